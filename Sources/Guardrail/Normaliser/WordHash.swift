/// A word's 64-bit hash, computed letter by letter (FNV-1a over the scalars) so that every prefix of a word has one on the way.
struct WordHash: Hashable, Sendable {
  private(set) var state: UInt64 = 0xCBF2_9CE4_8422_2325

  init() {}

  init(_ letters: some Sequence<UInt32>) {
    for letter in letters { append(letter) }
  }

  mutating func append(_ letter: UInt32) {
    state = (state ^ UInt64(letter)) &* 0x100_0000_01B3
    state ^= state >> 29
  }

  /// The hash with its bits well spread, as tables need it.
  var value: UInt64 {
    var mixed = state
    mixed = (mixed ^ (mixed >> 31)) &* 0x9E37_79B9_7F4A_7C15
    return mixed ^ (mixed >> 32)
  }
}

/// Which words exist: what a disguised or misspelt word may be read as.
struct Vocabulary: Sendable {
  enum Kind: UInt8, Comparable, Sendable {
    case unknown, common
    /// Among the two thousand words used most, and among the two hundred.
    case frequent, everyday
    /// A word that a rule names: one worth disguising.
    case telling

    static func < (left: Kind, right: Kind) -> Bool { left.rawValue < right.rawValue }
  }

  private var slots: [UInt64] = .init(repeating: 0, count: 1024)
  private(set) var count = 0

  init() {}

  /// The three low bits of a slot hold the kind, the others the hash; 0 is a free slot.
  private static func key(_ hash: WordHash) -> UInt64 { hash.value & ~7 }

  subscript(hash: WordHash) -> Kind {
    let key = Self.key(hash)
    var slot = Int(truncatingIfNeeded: key >> 20) & (slots.count - 1)
    while slots[slot] != 0 {
      if slots[slot] & ~7 == key { return Kind(rawValue: UInt8(slots[slot] & 7)) ?? .unknown }
      slot = (slot + 1) & (slots.count - 1)
    }
    return .unknown
  }

  /// Adds a word, or raises the kind of one that is there.
  mutating func insert(_ hash: WordHash, _ kind: Kind) {
    if count * 2 >= slots.count { grow() }
    insert(key: Self.key(hash), kind)
  }

  /// Adds everyday words by the values of their hashes, those used most first.
  mutating func insert(_ values: [UInt64]) {
    while (count + values.count) * 2 >= slots.count { grow() }
    for (rank, value) in values.enumerated() {
      insert(key: value & ~7, rank < 200 ? .everyday : rank < 2000 ? .frequent : .common)
    }
  }

  private mutating func insert(key: UInt64, _ kind: Kind) {
    var slot = Int(truncatingIfNeeded: key >> 20) & (slots.count - 1)
    while slots[slot] != 0 {
      if slots[slot] & ~7 == key {
        slots[slot] = key | max(slots[slot] & 7, UInt64(kind.rawValue))
        return
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    slots[slot] = key | UInt64(kind.rawValue)
    count += 1
  }

  private mutating func grow() {
    let old = slots
    slots = .init(repeating: 0, count: old.count * 2)
    count = 0
    for entry in old where entry != 0 { insert(key: entry & ~7, Kind(rawValue: UInt8(entry & 7)) ?? .unknown) }
  }
}
