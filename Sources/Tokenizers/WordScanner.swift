/// Cuts normalised text into the words that are then encoded one by one. It does what these two expressions do, the
/// first CLIP's own, the second that of the byte-level step after it (which only cuts `<|endoftext|>` further):
///
///     <\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+
///     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
struct WordScanner {
  private let text: ArraySlice<Unicode.Scalar>
  private var position: Int
  /// Where the closing "|>" of a special token that the prompt spells out stands.
  private var endOfTypedToken: Int?

  init(_ text: ArraySlice<Unicode.Scalar>) {
    self.text = text
    position = text.startIndex
  }

  /// The next word, as a range of the text; nil at the end.
  mutating func next() -> Range<Int>? {
    while position < text.endIndex {
      let start = position
      switch CharacterKind(text[position]) {
      case .blank:
        position += 1
        continue
      case .number:
        position += 1
      case .letter:
        skip(.letter)
      case .symbol where position == endOfTypedToken:
        position += 2
      case .symbol:
        if let length = length(ofOneOf: Self.contractions) {
          position += length
        } else if let length = length(ofOneOf: Self.specialTokens) {
          // Three words: "<|", the letters, "|>".
          endOfTypedToken = position + length - 2
          position += 2
        } else {
          skip(.symbol)
        }
      }
      return start..<position
    }
    return nil
  }

  private mutating func skip(_ kind: CharacterKind) {
    while position < text.endIndex, CharacterKind(text[position]) == kind { position += 1 }
  }

  private static let contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"].map { Array($0.unicodeScalars) }
  private static let specialTokens = ["<|startoftext|>", "<|endoftext|>"].map { Array($0.unicodeScalars) }

  private func length(ofOneOf words: [[Unicode.Scalar]]) -> Int? {
    guard text[position] == "'" || text[position] == "<" else { return nil }
    return words.first { text[position...].starts(with: $0) }?.count
  }
}
