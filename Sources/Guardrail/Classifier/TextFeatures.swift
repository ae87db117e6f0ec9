/// What the classifier sees of a text: hashed rows of its table, word by word.
///
/// Words, pairs of neighbours, runs of 3 to 5 letters, the lists that terms belong to, lists near lists and words near lists.
/// A word that the training texts lack is still known by its letters and by the list that it is on.
struct TextFeatures {
  /// Rows of the table, those of each word together.
  private(set) var rows: [UInt32] = []
  /// Where the rows of each word begin in `rows`, with the end of the last.
  private(set) var starts: [Int] = []

  /// Those of `rows` that come from lists alone, whatever the language of the terms.
  private(set) var listRows: [UInt32] = []

  private let mask: UInt64

  /// - Parameter tableBits: the table has two to this power rows.
  ///   - terms: what `rules` finds in the text; a word that its context excuses is seen as any other such word.
  init(
    _ text: NormalisedText, terms: (hits: [TermHit], excused: [Range<Int>]), rules: RuleSet, tableBits: Int
  ) {
    mask = (1 << UInt64(tableBits)) - 1
    rows.reserveCapacity(text.letters.count * 4)
    starts.reserveCapacity(text.words.count + 1)
    var text = text
    var isExcused = [Bool](repeating: false, count: text.words.count)
    for word in terms.excused.joined() {
      isExcused[word] = true
      text.words[word].hash = WordHash()
    }
    let hits = terms.hits.sorted { ($0.words.lowerBound, $0.list) < ($1.words.lowerBound, $1.list) }
    let tags = rules.listTags
    var hit = 0
    for (index, word) in text.words.enumerated() {
      starts.append(rows.count)
      let hash = word.hash.value
      add(hash, 1)
      if index + 1 < text.words.count { add(hash, text.words[index + 1].hash.value, 2) }
      if index + 2 < text.words.count { add(hash, text.words[index + 2].hash.value, 3) }
      if !isExcused[index] { addLetterRuns(text.letters[word.letters]) }
      while hit < hits.count, hits[hit].words.lowerBound == index {
        addList(at: hit, of: hits, tags: tags, text: text)
        hit += 1
      }
    }
    starts.append(rows.count)
  }

  /// The list of a term, the lists of the terms that follow closely and the words around it.
  private mutating func addList(at position: Int, of hits: [TermHit], tags: [UInt64], text: NormalisedText) {
    let hit = hits[position]
    let tag = tags[hit.list]
    let begin = rows.count
    add(tag, 4)
    add(tag, 4)
    for next in hits[(position + 1)...].prefix(6) {
      let distance = next.words.lowerBound - hit.words.lowerBound
      if distance > 8 { break }
      if next.list != hit.list || distance > 0 { add(tag, tags[next.list], distance == 0 ? 9 : 5) }
    }
    addTagRun(from: position, of: hits, tags: tags)
    listRows += Array(rows[begin...])
    for distance in 1...2 {
      let before = hit.words.lowerBound - distance
      let after = hit.words.upperBound + distance - 1
      if before >= 0 { add(text.words[before].hash.value, tag, 6) }
      if after < text.words.count { add(tag, text.words[after].hash.value, 7) }
    }
  }

  /// The lists of three terms in a row, whatever stands between them.
  private mutating func addTagRun(from position: Int, of hits: [TermHit], tags: [UInt64]) {
    var run = tags[hits[position].list]
    var last = hits[position]
    var length = 1
    for next in hits[(position + 1)...].prefix(8) where next.words.lowerBound >= last.words.upperBound {
      if next.words.lowerBound - last.words.upperBound > 6 { break }
      last = next
      length += 1
      run = run &* 0xD6E8_FEB8_6659_FD93 ^ tags[next.list]
      add(run, 10)
      if length == 4 { break }
    }
  }

  private mutating func addLetterRuns(_ letters: ArraySlice<UInt32>) {
    let length = min(letters.count, 20)
    guard length >= 3, let first = letters.first, first > 0x39 else { return }
    let bordered = [0x3C] + letters.prefix(length) + [0x3E]
    for start in 0..<(bordered.count - 2) {
      var hash = WordHash()
      for end in start..<min(start + 5, bordered.count) {
        hash.append(bordered[end])
        if end - start >= 2 { add(hash.value, 8) }
      }
    }
  }

  private mutating func add(_ hash: UInt64, _ kind: UInt64) {
    var mixed = hash ^ (kind &* 0x9E37_79B9_7F4A_7C15)
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    rows.append(UInt32(truncatingIfNeeded: (mixed ^ (mixed >> 27)) & mask))
  }

  private mutating func add(_ first: UInt64, _ second: UInt64, _ kind: UInt64) {
    add(first &* 0x94D0_49BB_1331_11EB ^ second, kind)
  }
}
