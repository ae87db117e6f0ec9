import JSON

/// Which neighbouring tokens join, and in which order: the learned part of byte-pair encoding.
struct MergeRules: Sendable {
  /// The rank of the rule for a pair of ids; of a pair listed twice, the last.
  private var ranks: [UInt64: UInt32] = [:]
  /// The token that the rule of each rank makes.
  private var results: [Int32] = []

  /// Reads the lines of `merges.txt`.
  /// - Throws: when one is not two tokens, or names a token, or makes one, that the vocabulary lacks.
  init(parsing text: [UInt8], file: String, vocabulary: Vocabulary) throws(TokenizerError) {
    try self.init(MergeLine.all(of: text, file: file), of: text, file: file, vocabulary: vocabulary)
  }

  /// Takes the lines of `merges.txt`.
  /// - Throws: when a line names a token, or makes one, that the vocabulary lacks.
  init(_ lines: [MergeLine], of text: [UInt8], file: String, vocabulary: Vocabulary) throws(TokenizerError) {
    for line in lines {
      try add(text, line.first, line.second, vocabulary) {
        TokenizerError.damaged(file: "\(file): line \(line.number)", problem: $0)
      }
    }
  }

  /// Reads the `merges` array of a `tokenizer.json`, of `"a b"` strings or `["a", "b"]` pairs.
  /// - Throws: where an element is neither or names a token, or makes one, that the vocabulary lacks.
  init(reading scanner: inout JSONScanner, vocabulary: Vocabulary) throws(JSONFault) {
    var rules = MergeRules()
    try scanner.elements { (scanner) throws(JSONFault) in
      var text: [UInt8] = []
      var tokens: [Range<Int>] = []
      if scanner.peek() == "[" {
        try scanner.elements { (scanner) throws(JSONFault) in
          let start = text.count
          text += try scanner.string().utf8
          tokens.append(start..<text.count)
        }
      } else {
        text += try scanner.string().utf8
        tokens = text.split(separator: 0x20, omittingEmptySubsequences: false).map(\.indices)
      }
      guard tokens.count == 2 else { throw scanner.fault("a merge of two tokens was expected") }
      let number = rules.results.count
      try rules.add(text, tokens[0], tokens[1], vocabulary) { JSONFault(problem: "merge \(number): \($0)") }
    }
    self = rules
  }

  /// Takes rules that are two tokens with one space between them each.
  /// - Throws: where one is anything else or names a token, or makes one, that the vocabulary lacks.
  init(_ merges: [String], file: String, vocabulary: Vocabulary) throws(TokenizerError) {
    for (number, merge) in merges.enumerated() {
      let text = Array(merge.utf8)
      guard let space = text.firstIndex(of: 0x20), space == text.lastIndex(of: 0x20) else {
        throw .damaged(file: file, problem: "merge \(number) is not two tokens with one space between them")
      }
      try add(text, 0..<space, (space + 1)..<text.count, vocabulary) {
        TokenizerError.damaged(file: file, problem: "merge \(number): \($0)")
      }
    }
  }

  private init() {}

  private mutating func add<Failure: Error>(
    _ source: [UInt8], _ first: Range<Int>, _ second: Range<Int>, _ vocabulary: Vocabulary,
    orThrow failure: (_ problem: String) -> Failure
  ) throws(Failure) {
    func unknown(_ bytes: ArraySlice<UInt8>) -> Failure {
      failure("the vocabulary lacks \"\(String(decoding: bytes, as: UTF8.self))\"")
    }
    guard let left = vocabulary.id(ofBytes: source, first, 0..<0) else { throw unknown(source[first]) }
    guard let right = vocabulary.id(ofBytes: source, second, 0..<0) else { throw unknown(source[second]) }
    guard let result = vocabulary.id(ofBytes: source, first, second) else {
      throw unknown(source[first] + source[second])
    }
    ranks[Self.key(left, right)] = UInt32(results.count)
    results.append(result)
  }

  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }
}

extension MergeRules {
  /// Joins the tokens of one word until no rule applies: always the lowest rank first, and of equal ranks the leftmost
  /// (Sennrich et al. 2016). A heap keeps this at n log n for a word of any length.
  func merge(_ tokens: [Int32]) -> [Int32] {
    guard tokens.count > 1 else { return tokens }
    var tokens = tokens
    let gone: Int32 = -1
    var next = Array(1...tokens.count)
    var previous = Array(-1..<(tokens.count - 1))
    var candidates = Heap()
    for position in 0..<(tokens.count - 1) {
      if let rank = ranks[Self.key(tokens[position], tokens[position + 1])] {
        candidates.push(UInt64(rank) << 32 | UInt64(position))
      }
    }
    while let candidate = candidates.pop() {
      let position = Int(candidate & 0xFFFF_FFFF)
      let result = results[Int(candidate >> 32)]
      let right = next[position]
      // A candidate is stale when one of its tokens has since joined another; what counts is what it would make now.
      guard tokens[position] != gone, right < tokens.count,
        let rank = ranks[Self.key(tokens[position], tokens[right])], results[Int(rank)] == result
      else { continue }
      tokens[position] = result
      tokens[right] = gone
      next[position] = next[right]
      if next[position] < tokens.count {
        previous[next[position]] = position
        if let rank = ranks[Self.key(result, tokens[next[position]])] {
          candidates.push(UInt64(rank) << 32 | UInt64(position))
        }
      }
      if previous[position] >= 0, let rank = ranks[Self.key(tokens[previous[position]], result)] {
        candidates.push(UInt64(rank) << 32 | UInt64(previous[position]))
      }
    }
    return tokens.filter { $0 != gone }
  }
}

/// A binary heap, smallest first.
private struct Heap {
  private var elements: [UInt64] = []

  mutating func push(_ element: UInt64) {
    elements.append(element)
    var child = elements.count - 1
    while child > 0, case let parent = (child - 1) / 2, elements[child] < elements[parent] {
      elements.swapAt(child, parent)
      child = parent
    }
  }

  mutating func pop() -> UInt64? {
    guard let smallest = elements.first, let last = elements.popLast() else { return nil }
    guard !elements.isEmpty else { return smallest }
    elements[0] = last
    var parent = 0
    while case let left = 2 * parent + 1, left < elements.count {
      let right = left + 1
      let child = right < elements.count && elements[right] < elements[left] ? right : left
      guard elements[child] < elements[parent] else { break }
      elements.swapAt(child, parent)
      parent = child
    }
    return smallest
  }
}
