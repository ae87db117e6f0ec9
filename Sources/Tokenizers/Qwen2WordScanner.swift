/// Cuts composed text into the words that are then encoded one by one; every character belongs to one. It does what this
/// expression does:
///
///     (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
struct Qwen2WordScanner {
  private let text: ArraySlice<Unicode.Scalar>
  private var position: Int

  init(_ text: ArraySlice<Unicode.Scalar>) {
    self.text = text
    position = text.startIndex
  }

  /// The next word, as a range of the text; nil at the end.
  mutating func next() -> Range<Int>? {
    guard position < text.endIndex else { return nil }
    let start = position
    position = end(ofWordAt: start)
    return start..<position
  }

  private func end(ofWordAt start: Int) -> Int {
    if let length = contraction(at: start) { return start + length }
    let kind = CharacterKind(text[start])
    switch kind {
    case .letter: return end(of: .letter, from: start)
    case .number: return start + 1
    case .symbol, .blank:
      // One that is not a letter goes with the letters after it, unless it ends a line.
      if !isLineEnd(text[start]), start + 1 < text.endIndex, CharacterKind(text[start + 1]) == .letter {
        return end(of: .letter, from: start + 1)
      }
    }
    let symbols = text[start] == " " ? start + 1 : start
    if symbols < text.endIndex, CharacterKind(text[symbols]) == .symbol {
      var end = end(of: .symbol, from: symbols)
      while end < text.endIndex, isLineEnd(text[end]) { end += 1 }
      return end
    }
    return endOfBlanks(at: start)
  }

  /// Blanks up to the last end of a line among them; where there is none, all but the last, which goes with what follows.
  private func endOfBlanks(at start: Int) -> Int {
    let end = end(of: .blank, from: start)
    if let lineEnd = text[start..<end].lastIndex(where: isLineEnd) { return lineEnd + 1 }
    return end == text.endIndex || end == start + 1 ? end : end - 1
  }

  private func end(of kind: CharacterKind, from start: Int) -> Int {
    var end = start
    while end < text.endIndex, CharacterKind(text[end]) == kind { end += 1 }
    return end
  }

  private func isLineEnd(_ scalar: Unicode.Scalar) -> Bool { scalar == "\r" || scalar == "\n" }

  /// The length of a contraction, in any case; ſ is a small letter of S.
  private func contraction(at start: Int) -> Int? {
    guard text[start] == "'", start + 1 < text.endIndex else { return nil }
    switch text[start + 1] {
    case "s", "S", "ſ", "t", "T", "m", "M", "d", "D": return 2
    case "r", "R", "v", "V": return start + 2 < text.endIndex && "eE".unicodeScalars.contains(text[start + 2]) ? 3 : nil
    case "l", "L": return start + 2 < text.endIndex && "lL".unicodeScalars.contains(text[start + 2]) ? 3 : nil
    default: return nil
    }
  }
}
