/// Words that are written in one piece, rightly or wrongly spelt.
extension WordReader {
  /// Reads a run of letters (or of digits): as it is when such a word exists, else with its spelling mended.
  mutating func readWord(_ range: Range<Int>) {
    let isMixed = collectLetters(range)
    if scalars[range.lowerBound].kind == .digit || word.count < 3 || kind(of: word) != .unknown
      || normaliser.vocabulary.exists(WordHash(word))
    {
      return emit(word, from: range, isDisguised: isMixed)
    }
    if let mended = withoutRepeats(word) { return emit(mended, from: range, isDisguised: true) }
    guard word.allSatisfy({ $0 < 0x80 }) else { return emit(word, from: range, isDisguised: false) }
    if word.count >= 4, let meant = unshortened(word, to: .telling) ?? unswapped(word) ?? unshortened(word, to: .common)
    {
      return emit(meant, from: range, isDisguised: true)
    }
    let letters = word
    if letters.count >= 6, let ends = pieceEnds(of: letters) {
      return emitPieces(of: letters, ends: ends, positions: range.filter { scalars[$0].kind != .symbol })
    }
    if letters.count >= 5, letters.count <= Self.longestDisguise {
      let reversed = Array(letters.reversed())
      if normaliser.vocabulary[WordHash(reversed)] == .telling { return emit(reversed, from: range, isDisguised: true) }
    }
    emit(shortened(letters), from: range, isDisguised: isMixed)
  }

  /// What the vocabulary knows of a word or of its stem.
  func kind(of letters: [UInt32]) -> Vocabulary.Kind {
    var hash = WordHash()
    var beforeLast = [hash, hash, hash]  // of the word without its last 1, 2, 3 letters
    for letter in letters {
      beforeLast[2] = beforeLast[1]
      beforeLast[1] = beforeLast[0]
      beforeLast[0] = hash
      hash.append(letter)
    }
    let known = normaliser.vocabulary[hash]
    guard known == .unknown, letters.count >= 5, let last = letters.last else { return known }
    if last == 0x73, normaliser.vocabulary[beforeLast[0]] != .unknown { return .common }
    if letters.hasEnding("ed") || letters.hasEnding("es") || letters.hasEnding("er") || letters.hasEnding("ly"),
      normaliser.vocabulary[beforeLast[1]] != .unknown
    {
      return .common
    }
    if letters.hasEnding("ing"), normaliser.vocabulary[beforeLast[2]] != .unknown { return .common }
    return .unknown
  }

  /// The word with repeated letters reduced so that it exists.
  func withoutRepeats(_ letters: [UInt32]) -> [UInt32]? {
    var runs: [(letter: UInt32, count: Int)] = []
    for letter in letters {
      if runs.last?.letter == letter { runs[runs.count - 1].count += 1 } else { runs.append((letter, 1)) }
    }
    guard runs.count < letters.count, runs.count >= 2, runs.count <= Self.longestDisguise else { return nil }
    let repeated = runs.indices.filter { runs[$0].count > 1 }.prefix(4)
    for choice in (0..<(1 << repeated.count)).reversed() {
      // Double letters first. Runs beyond the fourth become single letters.
      var candidate: [UInt32] = []
      for (position, run) in runs.enumerated() {
        candidate.append(run.letter)
        if let bit = repeated.firstIndex(of: position), choice >> bit & 1 == 1 { candidate.append(run.letter) }
      }
      if candidate.count >= 3, kind(of: candidate) != .unknown { return candidate }
    }
    return nil
  }

  /// The word that a letter was left out of; of words of five letters an inner vowel, and only of telling ones.
  ///
  /// - Parameter kind: `telling`, or `common` for all others, of which the most used is taken.
  private func unshortened(_ letters: [UInt32], to kind: Vocabulary.Kind) -> [UInt32]? {
    guard normaliser.knowsEverydayWords, letters.count < Self.longestDisguise / 2,
      kind == .telling || letters.count >= 5
    else { return nil }
    var best: (word: [UInt32], rarity: Int)?
    var prefix = WordHash()
    let isLong = letters.count >= 5
    for position in 0...letters.count {
      if position > 0 { prefix.append(letters[position - 1]) }
      guard isLong || (1..<letters.count).contains(position) else { continue }
      // A common word at whose end a letter may be missing is mostly another one.
      guard kind == .telling || (1..<letters.count).contains(position) else { continue }
      for letter in isLong ? Self.alphabet : Self.vowels {
        var hash = prefix
        hash.append(letter)
        for following in letters[position...] { hash.append(following) }
        guard let entry = normaliser.vocabulary.entry(hash), (entry.kind == .telling) == (kind == .telling),
          entry.rarity < best?.rarity ?? .max
        else { continue }
        var whole = letters
        whole.insert(letter, at: position)
        if kind == .telling { return whole }
        best = (whole, entry.rarity)
      }
    }
    return best?.word
  }

  private static let alphabet = Array(UInt32(0x61)...0x7A)
  private static let vowels = "aeiou".unicodeScalars.map(\.value)

  /// The word that two neighbouring letters were swapped in, a telling one first; of short words the first and the last letter stay.
  private func unswapped(_ letters: [UInt32]) -> [UInt32]? {
    guard letters.count <= Self.longestDisguise else { return nil }
    var candidate = letters
    var best: [UInt32]?
    let places = letters.count >= 5 ? 0..<(letters.count - 1) : 1..<(letters.count - 2)
    for position in places where letters[position] != letters[position + 1] {
      candidate.swapAt(position, position + 1)
      let kind = normaliser.vocabulary[WordHash(candidate)]
      if kind == .telling { return candidate }
      if kind != .unknown, best == nil { best = candidate }
      candidate.swapAt(position, position + 1)
    }
    return best
  }

  /// The word with no letter more than twice in a row.
  private func shortened(_ letters: [UInt32]) -> [UInt32] {
    var result: [UInt32] = []
    result.reserveCapacity(letters.count)
    for letter in letters {
      if result.count >= 2, result[result.count - 1] == letter, result[result.count - 2] == letter { continue }
      result.append(letter)
    }
    return result
  }

  /// Where to cut words that were written together; nil when they can't be cut into words that exist.
  func pieceEnds(of letters: [UInt32]) -> [Int]? {
    guard
      let (ends, cost) = cheapestCover(of: letters, cost: { entry, letters in Self.cost(of: entry?.kind, letters) }),
      cost <= 5 * letters.count
    else { return nil }
    return ends
  }

  /// Where to cut letters that were typed with gaps into words, some of which need not exist; nil when too few do.
  func gappedEnds(of letters: [UInt32]) -> [Int]? {
    guard
      let (ends, cost) = cheapestCover(of: letters, cost: { entry, letters in Self.gappedCost(of: entry, letters) }),
      cost <= 8 * letters.count
    else { return nil }
    return ends
  }

  /// The ends of the pieces that cost the least together. Linear: no piece is longer than 20 letters.
  private func cheapestCover(
    of letters: [UInt32], cost: (Vocabulary.Entry?, ArraySlice<UInt32>) -> Int?
  ) -> (ends: [Int], cost: Int)? {
    let unreachable = Int.max
    var costs = [Int](repeating: unreachable, count: letters.count + 1)
    var starts = [Int](repeating: 0, count: letters.count + 1)
    costs[0] = 0
    for start in letters.indices where costs[start] != unreachable {
      var hash = WordHash()
      for end in (start + 1)...min(start + 20, letters.count) {
        hash.append(letters[end - 1])
        guard let piece = cost(normaliser.vocabulary.entry(hash), letters[start..<end]) else { continue }
        if costs[start] + piece < costs[end] {
          costs[end] = costs[start] + piece
          starts[end] = start
        }
      }
    }
    guard costs[letters.count] != unreachable else { return nil }
    var ends: [Int] = []
    var end = letters.count
    while end > 0 {
      ends.append(end)
      end = starts[end]
    }
    return (ends.reversed(), costs[letters.count])
  }

  private static func isArticle(_ letter: UInt32?) -> Bool { letter == 0x61 || letter == 0x69 }  // a, i

  /// Short words are dear.
  private static func cost(of kind: Vocabulary.Kind?, _ letters: ArraySlice<UInt32>) -> Int? {
    switch (kind, letters.count) {
    case (_, 1): isArticle(letters.first) ? 20 : nil
    case (nil, _): nil
    case (.telling, ...3): nil
    case (_, 2): 20
    case (_, 3): 14
    default: 10
    }
  }

  /// Twice the bits that a word takes where a rank's probability is inverse to it; telling words are typed so more often than
  /// others, and letters that make no word cost nearly as much as any letters do.
  private static func gappedCost(of entry: Vocabulary.Entry?, _ letters: ArraySlice<UInt32>) -> Int? {
    if letters.count == 1 { return isArticle(letters.first) ? 16 : 24 }
    guard let entry else { return letters.count <= 12 ? 18 + 8 * letters.count : nil }
    if entry.kind == .telling, letters.count > 3 { return min(entry.rarity, 22) + 7 }
    // Two letters are a word by chance more often than not.
    return entry.rarity + (letters.count == 2 ? 14 : 7)
  }

  /// Emits the pieces of words that were written together; `positions` are where each letter stands in the text.
  mutating func emitPieces(of letters: [UInt32], ends: [Int], positions: [Int]) {
    var start = 0
    for end in ends {
      emit(letters[start..<end], from: positions[start]..<positions[end - 1] + 1, isDisguised: ends.count == 1)
      start = end
    }
  }
}

extension [UInt32] {
  /// - Parameter ending: ASCII letters.
  fileprivate func hasEnding(_ ending: String) -> Bool {
    count >= ending.utf8.count && zip(suffix(ending.utf8.count), ending.utf8).allSatisfy { $0 == UInt32($1) }
  }
}
