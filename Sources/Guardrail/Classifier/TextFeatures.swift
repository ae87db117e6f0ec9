/// What the classifier sees of a text: hashed features, word by word.
///
/// Words, pairs of neighbours, runs of 3 to 5 letters, the lists that terms belong to, lists near lists, words near lists, and
/// phrases in which the names of lists stand for their words: "i like #groups" is one phrase for every group. A word that the
/// training texts lack is still known by its letters and by the list that it is on. The ideas of a text, in the language that it
/// is in, are known one by one, in pairs and in threes: they are the same in every language.
/// Kinds of things and deeds in a picture are known one by one, with each other or a list anywhere in the text, and with the
/// words around them.
struct TextFeatures {
  /// One kind of feature in the order of the words, each a row of the table in the low bits and a check above them.
  struct Column {
    fileprivate(set) var keys: [UInt32] = []
    /// Where the features of each word begin in `keys`, with the end of the last.
    fileprivate(set) var starts: [Int] = []
  }

  /// Words, pairs, lists and ideas.
  private(set) var words = Column()
  /// Runs of letters and phrases with lists in them, which are many and count half.
  private(set) var runs = Column()

  /// How much a feature of `runs` counts beside one of `words`.
  static let runShare: Float = 0.5
  /// Bits of a key above the row that tell apart features of the same row.
  static let checkBits = 8

  /// The clauses that say enough to be judged by themselves; none where the text is but one.
  let clauses: [NormalisedText.Clause]
  /// Words of the shortest of them.
  private static let shortestClause = 3

  private let rowMask: UInt64
  private let tableBits: UInt64

  /// Pairs of lists are formed among this many different ones.
  private static let mostLists = 24

  /// - Parameters:
  ///   - terms: what `rules` finds in the text; a word that its context excuses is seen as any other such word.
  ///   - tableBits: the table has two to this power rows.
  init(
    _ text: NormalisedText, terms: FoundTerms, rules: RuleSet, tableBits: Int
  ) {
    rowMask = (1 << UInt64(tableBits)) - 1
    self.tableBits = UInt64(tableBits)
    let clauses = text.clauses
    self.clauses = clauses.count < 2 ? [] : clauses.filter { $0.words.count >= Self.shortestClause }
    words.keys.reserveCapacity(text.words.count * 6)
    runs.keys.reserveCapacity(text.letters.count * 4)
    var text = text
    var isExcused = [Bool](repeating: false, count: text.words.count)
    for word in terms.excused.joined() {
      isExcused[word] = true
      text.words[word].hash = WordHash()
    }
    let hits = terms.hits.sorted { ($0.words.lowerBound, $0.list) < ($1.words.lowerBound, $1.list) }
    var phrases = rules.slots.isEmpty ? [] : Self.phrases(text, hits: hits, rules: rules)
    var thoughts = Thoughts(terms, rules: rules, words: text.words.count)
    var seen: [Int] = []
    var hit = 0
    var shown: [UInt64] = []
    var scene = 0
    for (index, word) in text.words.enumerated() {
      words.starts.append(words.keys.count)
      runs.starts.append(runs.keys.count)
      addIdeas(&thoughts, at: index)
      let hash = word.hash.value
      addWord(hash, 1)
      if index + 1 < text.words.count { addWord(hash, text.words[index + 1].hash.value, 2) }
      if !isExcused[index] { addLetterRuns(text.letters[word.letters]) }
      while hit < hits.count, hits[hit].words.lowerBound == index {
        let known = seen.count
        addList(at: hit, of: hits, seen: &seen, tags: rules.listTags, text: text)
        if seen.count > known {
          for other in shown { addWord(other, rules.listTags[hits[hit].list], 41) }
        }
        hit += 1
      }
      while scene < terms.scenes.count, terms.scenes[scene].words.lowerBound == index {
        addScene(terms.scenes[scene], shown: &shown, lists: seen, rules: rules, text: text)
        scene += 1
      }
      for phrase in phrases.indices { addPhrases(&phrases[phrase], at: index, kind: UInt64(20 + phrase)) }
    }
    words.starts.append(words.keys.count)
    runs.starts.append(runs.keys.count)
  }

  // MARK: Lists

  /// The list of a term, the lists of the terms that follow closely or came before, and the words around it.
  private mutating func addList(
    at position: Int, of hits: [TermHit], seen: inout [Int], tags: [UInt64], text: NormalisedText
  ) {
    let hit = hits[position]
    let tag = tags[hit.list]
    addWord(tag, 4)
    for next in hits[(position + 1)...].prefix(6) {
      let distance = next.words.lowerBound - hit.words.lowerBound
      if distance > 8 { break }
      if next.list != hit.list || distance > 0 { addWord(tag, tags[next.list], distance == 0 ? 9 : 5) }
    }
    if seen.count < Self.mostLists, !seen.contains(hit.list) {
      // Whichever comes first.
      for other in seen { addWord(tags[min(other, hit.list)], tags[max(other, hit.list)], 10) }
      seen.append(hit.list)
    }
    for distance in 1...2 {
      let before = hit.words.lowerBound - distance
      let after = hit.words.upperBound + distance - 1
      if before >= 0 { addWord(text.words[before].hash.value, tag, 6) }
      if after < text.words.count { addWord(tag, text.words[after].hash.value, 7) }
    }
  }

  // MARK: Scenes

  /// A kind of thing or deed, the kinds and lists before it, and the words around it.
  private mutating func addScene(
    _ hit: TermHit, shown: inout [UInt64], lists: [Int], rules: RuleSet, text: NormalisedText
  ) {
    let tag = rules.sceneTags[hit.list]
    addWord(tag, 40)
    if shown.count < Self.mostLists, !shown.contains(tag) {
      for list in lists { addWord(tag, rules.listTags[list], 41) }
      // Whichever comes first.
      for other in shown { addWord(min(tag, other), max(tag, other), 42) }
      shown.append(tag)
    }
    for distance in 1...2 {
      let before = hit.words.lowerBound - distance
      let after = hit.words.upperBound + distance - 1
      if before >= 0 { addWord(text.words[before].hash.value, tag, 43) }
      if after < text.words.count { addWord(tag, text.words[after].hash.value, 44) }
    }
  }

  // MARK: Phrases

  /// A text in which tags stand for the words of some lists.
  private struct Phrase {
    var tokens: [(hash: UInt64, word: Int)]
    var position = 0
  }

  /// The text with its slots of the first level, of both levels, and those of both levels alone.
  private static func phrases(_ text: NormalisedText, hits: [TermHit], rules: RuleSet) -> [Phrase] {
    var levels: [[UInt64]] = []
    for level in 1...2 {
      var tokens = text.words.map(\.hash.value)
      // The longer of two terms wins.
      let slots = hits.filter { (1...level).contains(Int(rules.slots[$0.list])) }
        .sorted { ($0.words.count, $0.list) < ($1.words.count, $1.list) }
      for slot in slots {
        tokens[slot.words.lowerBound] = rules.listTags[slot.list] | 1
        for word in slot.words.dropFirst() { tokens[word] = 0 }
      }
      levels.append(tokens)
    }
    let isSlot = Set(hits.filter { rules.slots[$0.list] > 0 }.map { rules.listTags[$0.list] | 1 })
    let kept: [[(hash: UInt64, word: Int)]] =
      levels.map { $0.enumerated().filter { $0.element != 0 }.map { ($0.element, $0.offset) } }
      + [levels[1].enumerated().filter { isSlot.contains($0.element) }.map { ($0.element, $0.offset) }]
    return kept.map { Phrase(tokens: [(2, $0.first?.word ?? 0)] + $0 + [(3, $0.last?.word ?? 0)]) }
  }

  /// The runs of two to four tokens that begin at a word.
  private mutating func addPhrases(_ phrase: inout Phrase, at word: Int, kind: UInt64) {
    while phrase.position < phrase.tokens.count, phrase.tokens[phrase.position].word <= word {
      var hash = phrase.tokens[phrase.position].hash
      for next in phrase.tokens[(phrase.position + 1)...].prefix(3) {
        hash = (hash ^ (hash >> 29)) &* 0xD6E8_FEB8_6659_FD93 ^ next.hash
        runs.keys.append(key(hash, kind))
      }
      phrase.position += 1
    }
  }

  // MARK: Ideas

  /// The ideas of a text one after another, those that one stretch of words stands for together, between a beginning and an end.
  private struct Thoughts {
    var groups: [(word: Int, tags: [UInt64])] = []
    var position = 0
    var seen: [UInt64] = []

    /// The longer of two terms wins. The lists of the first level are ideas in every language.
    init(_ terms: FoundTerms, rules: RuleSet, words: Int) {
      var found = terms.ideas.map { (words: $0.words, tag: rules.ideaTags[$0.list]) }
      for hit in terms.hits where !rules.slots.isEmpty && rules.slots[hit.list] == 1 {
        found.append((hit.words, rules.listTags[hit.list]))
      }
      guard !found.isEmpty else { return }
      found.sort { ($1.words.count, $0.words.lowerBound, $0.tag) < ($0.words.count, $1.words.lowerBound, $1.tag) }
      var taken = [Range<Int>?](repeating: nil, count: words)
      var tags: [Int: [UInt64]] = [:]
      for (words, tag) in found where words.allSatisfy({ taken[$0] == nil || taken[$0] == words }) {
        for word in words { taken[word] = words }
        if tags[words.lowerBound]?.contains(tag) != true { tags[words.lowerBound, default: []].append(tag) }
      }
      groups = tags.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
      groups = [(groups[0].word, [2])] + groups + [(groups[groups.count - 1].word, [3])]
    }
  }

  /// Each idea, the ideas that follow it nearby, three in a row, and those that stand anywhere before it.
  private mutating func addIdeas(_ thoughts: inout Thoughts, at word: Int) {
    while thoughts.position < thoughts.groups.count, thoughts.groups[thoughts.position].word <= word {
      let following = thoughts.groups[(thoughts.position + 1)...].prefix(6).map(\.tags)
      for tag in thoughts.groups[thoughts.position].tags {
        if tag > 3 { addWord(tag, 30) }
        for (distance, tags) in following.enumerated() {
          for next in tags {
            let pair = Self.joined(tag, next)
            addWord(pair, distance == 0 ? 31 : distance < 3 ? 32 : 33)
            if distance < 3 { addWord(pair, 34) }
            guard distance == 0, following.count > 1 else { continue }
            for last in following[1] { addWord(Self.joined(pair, last), 35) }
          }
        }
        guard tag > 3, thoughts.seen.count < Self.mostLists, !thoughts.seen.contains(tag) else { continue }
        for other in thoughts.seen { addWord(Self.joined(min(tag, other), max(tag, other)), 36) }
        thoughts.seen.append(tag)
      }
      thoughts.position += 1
    }
  }

  private static func joined(_ first: UInt64, _ second: UInt64) -> UInt64 {
    (first ^ (first >> 29)) &* 0xD6E8_FEB8_6659_FD93 ^ second
  }

  // MARK: Letters

  private mutating func addLetterRuns(_ letters: ArraySlice<UInt32>) {
    let length = min(letters.count, 20)
    guard length >= 1, let first = letters.first, first > 0x39 else { return }
    let bordered = [0x3C] + letters.prefix(length) + [0x3E]
    for start in 0..<(bordered.count - 2) {
      var hash = WordHash()
      for end in start..<min(start + 5, bordered.count) {
        hash.append(bordered[end])
        if end - start >= 2 { runs.keys.append(key(hash.value, 8)) }
      }
    }
  }

  // MARK: Hashing

  private mutating func addWord(_ hash: UInt64, _ kind: UInt64) { words.keys.append(key(hash, kind)) }

  private mutating func addWord(_ first: UInt64, _ second: UInt64, _ kind: UInt64) {
    words.keys.append(key(first &* 0x94D0_49BB_1331_11EB ^ second, kind))
  }

  private func key(_ hash: UInt64, _ kind: UInt64) -> UInt32 {
    var mixed = hash ^ (kind &* 0x9E37_79B9_7F4A_7C15)
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed ^= mixed >> 27
    let check = (mixed >> 40) & ((1 << UInt64(Self.checkBits)) - 1)
    return UInt32(truncatingIfNeeded: check << tableBits | mixed & rowMask)
  }
}
