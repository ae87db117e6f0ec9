/// A word's 64-bit hash, computed letter by letter (FNV-1a over the scalars) so that every prefix of a word has one on the way.
struct WordHash: Hashable, Sendable {
  private(set) var state: UInt64 = 0xCBF2_9CE4_8422_2325

  init() {}

  init(_ letters: some Sequence<UInt32>) {
    for letter in letters { append(letter) }
  }

  /// Of a word as it stands, not folded.
  init(_ word: String) { self.init(word.unicodeScalars.lazy.map(\.value)) }

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

  /// What is known of a word.
  struct Entry: Sendable {
    var kind: Kind
    /// How seldom the word is used: twice the binary logarithm of its rank, at most `rarest`.
    var rarity: Int
  }

  /// The rarity of words without a rank.
  static let rarest = 31

  private var slots: [UInt64] = .init(repeating: 0, count: 1024)
  /// Words, those that merely exist included.
  private(set) var count = 0

  init() {}

  /// The eight low bits of a slot hold what is known, the others the hash; 0 is a free slot.
  private static func key(_ value: UInt64) -> UInt64 { value & ~0xFF }

  private static func bits(_ kind: Kind, rarity: Int) -> UInt64 { UInt64(rarity) << 3 | UInt64(kind.rawValue) }

  private static func entry(_ slot: UInt64) -> Entry {
    Entry(kind: Kind(rawValue: UInt8(slot & 7)) ?? .unknown, rarity: Int(slot >> 3 & 31))
  }

  /// Nil for a word that is not there, or of which nothing is known but that it exists.
  func entry(_ hash: WordHash) -> Entry? { slot(hash).map(Self.entry).flatMap { $0.kind == .unknown ? nil : $0 } }

  /// Whether the word is left as it is, be it so rare that no other is read as it.
  func exists(_ hash: WordHash) -> Bool { slot(hash) != nil }

  private func slot(_ hash: WordHash) -> UInt64? {
    let key = Self.key(hash.value)
    var slot = Int(truncatingIfNeeded: key >> 20) & (slots.count - 1)
    while slots[slot] != 0 {
      if Self.key(slots[slot]) == key { return slots[slot] }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  subscript(hash: WordHash) -> Kind { entry(hash)?.kind ?? .unknown }

  /// Adds a word, or raises the kind of one that is there.
  mutating func insert(_ hash: WordHash, _ kind: Kind) {
    if count * 2 >= slots.count { resize(to: slots.count * 2) }
    insert(key: Self.key(hash.value), kind, rarity: Self.rarest)
  }

  /// Adds words by the values of their hashes.
  ///
  /// - Parameters:
  ///   - used: everyday words, those used most first.
  ///   - rare: words that merely exist.
  mutating func insert(used: [UInt64], rare: [UInt64]) {
    var size = slots.count
    while (count + used.count + rare.count) * 2 >= size { size *= 2 }
    if size > slots.count { resize(to: size) }
    for value in rare { insert(key: Self.key(value), .unknown, rarity: Self.rarest) }
    for (rank, value) in used.enumerated() {
      let octave = rank.bitWidth - 1 - (rank + 1).leadingZeroBitCount
      // √2 is nearly 17/12.
      let rarity = min(2 * octave + ((rank + 1) * 12 >= 17 << octave ? 1 : 0), Self.rarest)
      insert(key: Self.key(value), rank < 200 ? .everyday : rank < 2000 ? .frequent : .common, rarity: rarity)
    }
  }

  private mutating func insert(key: UInt64, _ kind: Kind, rarity: Int) {
    var slot = Int(truncatingIfNeeded: key >> 20) & (slots.count - 1)
    while slots[slot] != 0 {
      if Self.key(slots[slot]) == key {
        let known = Self.entry(slots[slot])
        slots[slot] = key | Self.bits(max(known.kind, kind), rarity: min(known.rarity, rarity))
        return
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    slots[slot] = key | Self.bits(kind, rarity: rarity)
    count += 1
  }

  private mutating func resize(to size: Int) {
    let old = slots
    slots = .init(repeating: 0, count: size)
    count = 0
    for slot in old where slot != 0 {
      insert(key: Self.key(slot), Self.entry(slot).kind, rarity: Self.entry(slot).rarity)
    }
  }
}
