/// A term of a list that stands in a text.
struct TermHit: Equatable, Sendable {
  /// An index into `RuleSet.listNames`.
  let list: Int
  /// The words of the text.
  let words: Range<Int>
}

/// What a text holds of the rules' terms.
struct FoundTerms: Sendable {
  /// Every term that no innocent context surrounds, sorted by list and then by place.
  var hits: [TermHit] = []
  /// The terms that innocent contexts excuse, as ranges of words.
  var excused: [Range<Int>] = []
  /// The terms of ideas in the language that most of the words are known in; `list` is an index into `RuleSet.ideaTags`.
  var ideas: [TermHit] = []
  /// The kinds of things and deeds, sorted by place and then by list; `list` is an index into `RuleSet.sceneTags`.
  var scenes: [TermHit] = []
  /// Framing words, and those that join them, each in the order of its beginning.
  var framing: [Range<Int>] = []
  var joining: [Range<Int>] = []
  /// Words of the same language that say nothing by themselves.
  var fillers: [Int] = []
  /// Whether most words that a language is known by are of another than English.
  var isForeign = false
}

/// A rule that a text falls under, with the terms that make it so.
struct RuleHit: Sendable {
  let rule: RuleSet.Rule
  let words: [Range<Int>]
}

extension RuleSet {
  /// Every term in the text that no innocent context surrounds, sorted by list and then by place. Linear.
  func termHits(in text: NormalisedText) -> [TermHit] { terms(in: text).hits }

  /// All that is found in a text.
  func terms(in text: NormalisedText) -> FoundTerms {
    var excused: [Range<Int>] = []
    var hits: [TermHit] = []
    var contexts: [Range<Int>] = []
    var ideas: [IdeaHit] = []
    var scenes: [TermHit] = []
    var found = FoundTerms()
    let symbols = text.words.indices.map { symbolsOf(word: $0, in: text) }
    for start in text.words.indices where !symbols[start].isEmpty {
      follow(
        node: 0, from: start, at: start, symbols: symbols, hits: &hits, contexts: &contexts, ideas: &ideas,
        scenes: &scenes, framing: &found)
    }
    (found.ideas, found.fillers, found.isForeign) = spoken(ideas, words: text.words.count)
    found.scenes = Self.shown(scenes, among: sceneTags.count)
    guard !hits.isEmpty else { return found }
    if !contexts.isEmpty {
      // The widest context over each word.
      var widest = [Range<Int>?](repeating: nil, count: text.words.count)
      for context in contexts {
        for word in context where (widest[word]?.count ?? 0) < context.count { widest[word] = context }
      }
      hits.removeAll { hit in
        guard let context = widest[hit.words.lowerBound], context.lowerBound <= hit.words.lowerBound,
          context.upperBound >= hit.words.upperBound
        else { return false }
        excused.append(hit.words)
        return true
      }
    }
    hits.sort {
      ($0.list, $0.words.lowerBound, $1.words.upperBound) < ($1.list, $1.words.lowerBound, $0.words.upperBound)
    }
    (found.hits, found.excused) = (hits, excused)
    return found
  }

  /// Each kind once where its terms overlap, the longer one.
  private static func shown(_ scenes: [TermHit], among count: Int) -> [TermHit] {
    guard !scenes.isEmpty else { return [] }
    var ends = [Int](repeating: 0, count: count)
    return scenes.sorted {
      ($0.words.lowerBound, $0.list, $1.words.upperBound) < ($1.words.lowerBound, $1.list, $0.words.upperBound)
    }.filter { scene in
      guard scene.words.lowerBound >= ends[scene.list] else { return false }
      ends[scene.list] = scene.words.upperBound
      return true
    }
  }

  /// A term of an idea, known in one of the languages.
  private struct IdeaHit {
    let language: Int
    let hit: TermHit
  }

  /// The ideas of the language that covers most words; English is tried first.
  private func spoken(_ ideas: [IdeaHit], words: Int) -> (ideas: [TermHit], fillers: [Int], isForeign: Bool) {
    guard !ideas.isEmpty else { return ([], [], false) }
    var languages = [UInt16](repeating: 0, count: words)
    for idea in ideas { for word in idea.hit.words { languages[word] |= 1 << UInt16(idea.language) } }
    var covered = [Int](repeating: 0, count: 16)
    for languages in languages where languages != 0 {
      for language in covered.indices where languages >> UInt16(language) & 1 == 1 { covered[language] += 1 }
    }
    let most = covered.max() ?? 0
    let language = covered.firstIndex(of: most) ?? 0
    let spoken = ideas.compactMap { $0.language == language ? $0.hit : nil }
    let fillers = spoken.filter { $0.list == Self.filler && $0.words.count == 1 }.map(\.words.lowerBound)
    return (spoken.filter { $0.list != Self.filler }, fillers, english.map { covered[$0] < most } ?? false)
  }

  private func follow(
    node: Int, from start: Int, at word: Int, symbols: [[Symbol]], hits: inout [TermHit], contexts: inout [Range<Int>],
    ideas: inout [IdeaHit], scenes: inout [TermHit], framing: inout FoundTerms
  ) {
    guard word < symbols.count else { return }
    func found(_ list: Int32) {
      if list < 0 {
        contexts.append(start..<word + 1)
      } else if list >= Self.framing {
        if list == Self.framing {
          framing.framing.append(start..<word + 1)
        } else {
          framing.joining.append(start..<word + 1)
        }
      } else if list >= Self.firstScene {
        scenes.append(TermHit(list: Int(list - Self.firstScene), words: start..<word + 1))
      } else if list >= Self.firstIdea {
        let code = Int(list - Self.firstIdea)
        ideas.append(IdeaHit(language: code >> 8, hit: TermHit(list: code & 0xFF, words: start..<word + 1)))
      } else {
        hits.append(TermHit(list: Int(list), words: start..<word + 1))
      }
    }
    for symbol in symbols[word] {
      guard let next = next(of: node, by: symbol) else { continue }
      nodes[next].forEachList(found)
      if nodes[next].hasNext {
        follow(
          node: next, from: start, at: word + 1, symbols: symbols, hits: &hits, contexts: &contexts, ideas: &ideas,
          scenes: &scenes, framing: &framing)
      }
    }
  }

  private func symbolsOf(word: Int, in text: NormalisedText) -> [Symbol] {
    let letters = text.letters[text.words[word].letters]
    var symbols: [Symbol] = []
    symbolsOfWord.append(symbolsOf: text.words[word].hash.value, to: &symbols)
    if let first = letters.first, first < 0x3A, let number = text.number(word) {
      for (range, symbol) in numberSymbols where range.contains(number) { symbols.append(symbol) }
      return symbols
    }
    appendStems(of: letters, to: &symbols)
    if let first = letters.first, (0x0620...0x064A).contains(first) {
      for start in Self.arabicStarts where letters.count >= start.count + 3 && letters.starts(with: start) {
        appendSymbols(of: letters.dropFirst(start.count), to: &symbols)
      }
    }
    if letters.count >= 6, symbols.isEmpty, let first = letters.first, first == 0x64 || first == 0x6C,
      Self.elisionEnds.contains(letters[letters.startIndex + 1])
    {
      appendSymbols(of: letters.dropFirst(), to: &symbols)
    }
    return symbols
  }

  /// Those of a word that is written in one piece with another before it.
  private func appendSymbols(of rest: ArraySlice<UInt32>, to symbols: inout [Symbol]) {
    symbolsOfWord.append(symbolsOf: WordHash(rest).value, to: &symbols)
    appendStems(of: rest, to: &symbols)
  }

  /// What follows the French and Italian articles and prepositions of one letter.
  private static let elisionEnds = "aeiouh".unicodeScalars.map(\.value)

  /// Articles, conjunctions, prepositions and the beginnings of verbs that Arabic writes in one piece with a word.
  private static let arabicStarts: [[UInt32]] = [
    "و", "ف", "ب", "ل", "ه", "ح", "س", "ك", "ي", "ت", "ن", "ا", "م", "ال", "لل", "هي", "هن", "هت", "بي", "بت", "بن",
    "في", "سي",
    "سن", "وال", "بال", "فال", "كال",
  ].map { $0.unicodeScalars.map(\.value) }

  private func appendStems(of letters: ArraySlice<UInt32>, to symbols: inout [Symbol]) {
    var hash = WordHash()
    var length = 0
    for letter in letters.prefix(24) {
      hash.append(letter)
      length += 1
      guard stemLengths >> UInt64(length) & 1 == 1 else { continue }
      symbolsOfStem.append(symbolsOf: hash.value, to: &symbols)
    }
  }

  /// The rules that the terms fulfil, in the order of the files.
  func ruleHits(for hits: [TermHit]) -> [RuleHit] {
    guard !hits.isEmpty else { return [] }
    var ranges = [Range<Int>](repeating: 0..<0, count: listNames.count)
    var start = 0
    while start < hits.count {
      var end = start
      while end < hits.count, hits[end].list == hits[start].list { end += 1 }
      ranges[hits[start].list] = start..<end
      start = end
    }
    return rules.compactMap { rule in
      if let unless = rule.unless, !ranges[unless].isEmpty { return nil }
      let terms = rule.lists.map { hits[ranges[$0]] }
      guard terms.allSatisfy({ !$0.isEmpty }) else { return nil }
      if terms.count == 1 { return RuleHit(rule: rule, words: terms[0].prefix(4).map(\.words)) }
      return combination(of: terms, within: rule.within).map { RuleHit(rule: rule, words: $0) }
    }
  }

  /// The first choice of one term from each list, no two of them overlapping, that fits into `limit` words.
  private func combination(of terms: [ArraySlice<TermHit>], within limit: Int?) -> [Range<Int>]? {
    for anchor in terms[0] {
      var chosen = [anchor.words]
      for others in terms.dropFirst() {
        let near = nearest(to: anchor.words, in: others, avoiding: chosen)
        guard let near else { break }
        chosen.append(near)
      }
      guard chosen.count == terms.count else { continue }
      let first = chosen.map(\.lowerBound).min() ?? 0
      let last = chosen.map(\.upperBound).max() ?? 0
      if limit.map({ last - first <= $0 }) ?? true { return chosen.sorted { $0.lowerBound < $1.lowerBound } }
    }
    return nil
  }

  private func nearest(
    to anchor: Range<Int>, in hits: ArraySlice<TermHit>, avoiding taken: [Range<Int>]
  ) -> Range<Int>? {
    // Binary search for the first term that begins at or after the anchor; the nearest free one is close to it.
    var low = hits.startIndex
    var high = hits.endIndex
    while low < high {
      let middle = (low + high) / 2
      if hits[middle].words.lowerBound < anchor.lowerBound { low = middle + 1 } else { high = middle }
    }
    var best: Range<Int>?
    for index in max(hits.startIndex, low - 4)..<min(hits.endIndex, low + 4) {
      let words = hits[index].words
      guard !taken.contains(where: { $0.overlaps(words) }) else { continue }
      let distance = abs(words.lowerBound - anchor.lowerBound)
      if best.map({ distance < abs($0.lowerBound - anchor.lowerBound) }) ?? true { best = words }
    }
    return best
  }
}
