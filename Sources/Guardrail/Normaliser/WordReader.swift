/// One pass over a folded text that cuts it into words and lifts disguises on the way.
struct WordReader {
  let text: FoldedText
  let normaliser: Normaliser
  var output = NormalisedText()
  /// The letters of the word being read.
  var word: [UInt32] = []
  /// Where the last word ended.
  private var reached = 0

  /// Disguises are looked for in pieces of at most this many characters; longer ones are read part by part.
  static let longestDisguise = 40

  init(text: FoldedText, normaliser: Normaliser) {
    self.text = text
    self.normaliser = normaliser
    output.letters.reserveCapacity(text.scalars.count)
    output.words.reserveCapacity(text.scalars.count / 5 + 1)
  }

  var scalars: [FoldedScalar] { text.scalars }

  mutating func read() -> NormalisedText {
    var position = 0
    while position < scalars.count {
      switch scalars[position].kind {
      case .space:
        position += 1
      case .ideograph:
        emit([scalars[position].value], from: position..<position + 1, isDisguised: false)
        position += 1
      case .letter, .digit, .symbol:
        let end = chunkEnd(position)
        if let next = readSpacedLetters(from: position, firstEnd: end) ?? readSplitWord(position..<end) {
          position = next
        } else {
          readChunk(position..<end)
          position = end
        }
      }
    }
    return output
  }

  /// The end of the run without blanks that begins at `start`.
  func chunkEnd(_ start: Int) -> Int {
    var end = start
    while end < scalars.count, scalars[end].kind != .space, scalars[end].kind != .ideograph { end += 1 }
    return end
  }

  /// Reads a run without blanks: a word, words with punctuation, or a disguise.
  private mutating func readChunk(_ chunk: Range<Int>) {
    var isPlain = true
    for position in chunk where scalars[position].kind != .letter {
      isPlain = false
      break
    }
    if isPlain { return readWord(chunk) }
    if chunk.count <= Self.longestDisguise, readDisguised(chunk) { return }
    readParts(of: chunk)
  }

  /// Reads the runs of letters and of digits in a chunk one by one; an apostrophe between letters belongs to the word.
  mutating func readParts(of chunk: Range<Int>) {
    var position = chunk.lowerBound
    while position < chunk.upperBound {
      let kind = scalars[position].kind
      guard kind != .symbol else {
        position += 1
        continue
      }
      if let next = readPunctuatedLetters(from: position, in: chunk) {
        position = next
        continue
      }
      var end = position + 1
      while end < chunk.upperBound {
        if scalars[end].kind == kind {
          end += 1
        } else if kind == .letter, isApostrophe(end), end + 1 < chunk.upperBound, scalars[end + 1].kind == .letter {
          end += 2
        } else {
          break
        }
      }
      readWord(position..<end)
      position = end
    }
  }

  func isApostrophe(_ position: Int) -> Bool {
    let value = scalars[position].value
    return value == 0x27 || value == 0x2019
  }

  /// Puts the letters of a word of one script into `word`, look-alikes of another script replaced.
  /// - Returns: whether letters had to be replaced in a word that is partly Latin.
  mutating func collectLetters(_ range: Range<Int>) -> Bool {
    word.removeAll(keepingCapacity: true)
    var latin = 0
    var twins = 0
    var others = 0
    for position in range where scalars[position].kind != .symbol {
      let scalar = scalars[position]
      if scalar.latinTwin != 0 { twins += 1 } else if scalar.value < 0x80 { latin += 1 } else { others += 1 }
      word.append(scalar.value)
    }
    guard twins > 0, others == 0, latin > 0 || !text.hasOtherAlphabet else { return false }
    word.removeAll(keepingCapacity: true)
    for position in range where scalars[position].kind != .symbol {
      let scalar = scalars[position]
      word.append(scalar.latinTwin != 0 ? UInt32(scalar.latinTwin) : scalar.value)
    }
    return latin > 0
  }

  /// Adds a word to the output.
  mutating func emit(_ letters: some Collection<UInt32>, from range: Range<Int>, isDisguised: Bool) {
    let start = output.letters.count
    output.letters.append(contentsOf: letters)
    let hash = WordHash(letters)
    let between = scalars[min(reached, range.lowerBound)..<range.lowerBound]
    var boundary = NormalisedText.Boundary.none
    if between.contains(where: { Self.ends.contains($0.value) }) { boundary = .sentence }
    if Self.joiners.contains(hash) { boundary = .joiner }
    if between.contains(where: { Self.quotes.contains($0.value) }) { boundary = .quotation }
    let isSaid = boundary == .quotation || output.words.last.map { Self.speaking.contains($0.hash) } ?? false
    if isSaid, output.words.suffix(6).contains(where: { Self.signs.contains($0.hash) }) { boundary = .sign }
    reached = range.upperBound
    output.words.append(
      .init(
        letters: start..<output.letters.count, typed: text.typedRange(range), hash: hash, isDisguised: isDisguised,
        boundary: boundary))
  }

  private static let ends = Set(".;!?。；！？…".unicodeScalars.map(\.value))
  private static let quotes = Set("\"“”„«»「」『』".unicodeScalars.map(\.value))

  /// Words that put one thing beside another.
  private static let joiners = hashes([
    "next", "beside", "near", "while", "front", "along", "alongside", "together", "surrounded",
  ])

  /// Things that are written on, and words after which stands what is.
  private static let signs = hashes([
    "sign", "signs", "poster", "posters", "banner", "banners", "billboard", "placard", "placards", "shirt", "tshirt",
    "graffiti", "caption", "captioned", "mug", "tattoo", "cake", "flag", "card", "label", "sticker", "headline",
    "screen", "wall", "text", "words", "letters",
  ])
  private static let speaking = hashes(["says", "saying", "reads", "reading", "words", "text", "written", "letters"])

  private static func hashes(_ words: [String]) -> Set<WordHash> {
    Set(words.map { WordHash($0) })
  }
}
