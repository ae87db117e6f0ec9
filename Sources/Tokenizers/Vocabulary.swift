import JSON

/// The tokens of a byte-pair model and their ids, which run from 0 without gaps.
///
/// Spellings lie end to end in one array and are found through an open-addressing table, so that the fifty thousand
/// entries of a published vocabulary cost no allocation each.
struct Vocabulary: Sendable {
  private let spellings: [UInt8]
  /// Where the spelling of each id starts and ends.
  private let ranges: [Range<Int>]
  /// id + 1 at the slot of its hash or after; 0 where free. The count is a power of two.
  private let slots: [UInt32]

  /// Reads `{"token": id, ...}`.
  /// - Throws: when it is not such an object, or ids are missing, used twice or out of range.
  init(reading scanner: inout JSONScanner) throws(JSONFault) {
    var spellings: [UInt8] = []
    var entries: [(spelling: Range<Int>, id: Int)] = []
    try scanner.members { (token, scanner) throws(JSONFault) in
      let start = spellings.count
      spellings += token.utf8
      entries.append((start..<spellings.count, try scanner.count()))
    }
    func spelling(_ range: Range<Int>) -> String { String(decoding: spellings[range], as: UTF8.self) }

    guard !entries.isEmpty else { throw JSONFault(problem: "the vocabulary is empty") }
    var ranges = [Range<Int>?](repeating: nil, count: entries.count)
    for (range, id) in entries {
      guard ranges.indices.contains(id) else {
        throw JSONFault(
          problem: "token \"\(spelling(range))\" has id \(id); the ids of \(entries.count) tokens must run from 0 to "
            + "\(entries.count - 1) without gaps")
      }
      if let other = ranges[id] {
        throw JSONFault(problem: "tokens \"\(spelling(other))\" and \"\(spelling(range))\" both have id \(id)")
      }
      ranges[id] = range
    }
    try self.init(spellings: spellings, ranges: ranges.compactMap { $0 })
  }

  /// Reads the bytes of a `vocab.json`.
  init(parsing bytes: [UInt8], file: String) throws(TokenizerError) {
    do {
      var scanner = JSONScanner(bytes)
      try self.init(reading: &scanner)
      try scanner.expectEnd()
    } catch {
      throw .damaged(file: file, problem: error.problem)
    }
  }

  /// The tokens in the order of their ids.
  /// - Throws: when there are none, or one is listed twice.
  init(_ tokens: [String]) throws(JSONFault) {
    var spellings: [UInt8] = []
    var ranges: [Range<Int>] = []
    ranges.reserveCapacity(tokens.count)
    for token in tokens {
      let start = spellings.count
      spellings += token.utf8
      ranges.append(start..<spellings.count)
    }
    guard !ranges.isEmpty else { throw JSONFault(problem: "the vocabulary is empty") }
    try self.init(spellings: spellings, ranges: ranges)
  }

  /// The tokens of bytes, each once for each of the suffixes, what each merge makes of two of them, and others.
  /// - Throws: where two are spelt alike.
  init(
    merges lines: [MergeLine], of text: [UInt8], suffixes: [String] = [""], others: [String] = []
  ) throws(JSONFault) {
    var spellings: [UInt8] = []
    var ranges: [Range<Int>] = []
    func add(_ spelling: some Sequence<UInt8>) {
      let start = spellings.count
      spellings += spelling
      ranges.append(start..<spellings.count)
    }
    for suffix in suffixes {
      for character in ByteAlphabet.inOrderOfIDs { add("\(character)\(suffix)".utf8) }
    }
    for line in lines { add(text[line.first] + text[line.second]) }
    for other in others { add(other.utf8) }
    try self.init(spellings: spellings, ranges: ranges)
  }

  /// The tokens spelt by ranges of an array, in the order of their ids.
  /// - Throws: where two are spelt alike.
  init(spellings: [UInt8], ranges: [Range<Int>]) throws(JSONFault) {
    var slots = [UInt32](repeating: 0, count: (2 * ranges.count).nextPowerOfTwo)
    for (id, range) in ranges.enumerated() {
      var slot = Self.hash(spellings, range, 0..<0) & (slots.count - 1)
      while slots[slot] != 0 {
        if spellings[ranges[Int(slots[slot]) - 1]] == spellings[range] {
          throw JSONFault(problem: "token \"\(String(decoding: spellings[range], as: UTF8.self))\" is listed twice")
        }
        slot = (slot + 1) & (slots.count - 1)
      }
      slots[slot] = UInt32(id + 1)
    }
    self.spellings = spellings
    self.ranges = ranges
    self.slots = slots
  }

  var count: Int { ranges.count }

  /// How the token is written in the files. `id` must be below `count`.
  func spelling(of id: Int) -> String { String(decoding: spellings[ranges[id]], as: UTF8.self) }

  func id(of spelling: String) -> Int32? {
    let bytes = Array(spelling.utf8)
    return id(ofBytes: bytes, bytes.indices, 0..<0)
  }

  /// The id of the token spelt by two ranges of `source` one after the other.
  func id(ofBytes source: [UInt8], _ first: Range<Int>, _ second: Range<Int>) -> Int32? {
    var slot = Self.hash(source, first, second) & (slots.count - 1)
    while slots[slot] != 0 {
      let id = slots[slot] - 1
      if isSpelt(Int(id), source, first, second) { return Int32(id) }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  private func isSpelt(_ id: Int, _ source: [UInt8], _ first: Range<Int>, _ second: Range<Int>) -> Bool {
    let range = ranges[id]
    guard range.count == first.count + second.count else { return false }
    var index = range.lowerBound
    for part in [first, second] {
      for position in part {
        guard spellings[index] == source[position] else { return false }
        index += 1
      }
    }
    return true
  }

  /// FNV-1a, then a multiplication to spread the high bits.
  private static func hash(_ source: [UInt8], _ first: Range<Int>, _ second: Range<Int>) -> Int {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for position in first { hash = (hash ^ UInt64(source[position])) &* 0x100_0000_01B3 }
    for position in second { hash = (hash ^ UInt64(source[position])) &* 0x100_0000_01B3 }
    return Int(truncatingIfNeeded: (hash &* 0x9E37_79B9_7F4A_7C15) >> 32)
  }
}

extension Int {
  /// The smallest power of two that is not smaller; of a positive number.
  fileprivate var nextPowerOfTwo: Int { self <= 1 ? 1 : 1 << (Int.bitWidth - (self - 1).leadingZeroBitCount) }
}
