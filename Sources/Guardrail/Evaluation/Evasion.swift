/// Ways to hide a word from a filter, for measuring how much they help.
package enum Evasion: String, CaseIterable, Sendable {
  case capitals, fullWidth, mathematical, accents, combiningMarks, zeroWidth, cyrillic, leetspeak, spaces, punctuation,
    repeated, swapped, masked, split

  /// The text with every word of `words` (as typed) disguised; every word of five letters and more when `words` is empty.
  package func applied(to text: String, words: Set<String>) -> String {
    text.split(separator: " ", omittingEmptySubsequences: false).map { piece in
      let core = String(piece.filter(\.isLetter))
      let isMeant = words.isEmpty ? core.count >= 5 : words.contains(core.lowercased())
      guard isMeant, core.count >= 3, core.allSatisfy(\.isASCII) else { return String(piece) }
      return String(piece.replacing(core, with: disguised(core)))
    }.joined(separator: " ")
  }

  /// - Parameter word: ASCII letters.
  func disguised(_ word: String) -> String {
    let letters = Array(word)
    switch self {
    case .capitals:
      return String(
        letters.enumerated().map { Character($0.offset % 2 == 0 ? $0.element.lowercased() : $0.element.uppercased()) })
    case .fullWidth: return mapped(word) { $0 + 0xFEE0 }
    case .mathematical: return mapped(word.lowercased()) { 0x1D41A + $0 - 0x61 }
    case .accents:
      return String(letters.map { ["a": "à", "e": "é", "i": "ï", "o": "ö", "u": "ü", "n": "ñ", "c": "ç"][$0] ?? $0 })
    case .combiningMarks: return letters.map { "\($0)\u{0336}" }.joined()
    case .zeroWidth: return letters.map(String.init).joined(separator: "\u{200B}")
    case .cyrillic:
      return String(letters.map { ["a": "а", "e": "е", "o": "о", "c": "с", "p": "р", "i": "і", "x": "х"][$0] ?? $0 })
    case .leetspeak:
      return String(letters.map { ["a": "4", "e": "3", "i": "1", "o": "0", "s": "5", "t": "7"][$0] ?? $0 })
    case .spaces: return letters.map(String.init).joined(separator: " ")
    case .punctuation: return letters.map(String.init).joined(separator: ".")
    case .repeated:
      return String(letters.enumerated().flatMap { [Character](repeating: $0.element, count: $0.offset == 1 ? 4 : 1) })
    case .swapped:
      guard letters.count >= 4 else { return word }
      var swapped = letters
      swapped.swapAt(letters.count / 2 - 1, letters.count / 2)
      return String(swapped)
    case .masked: return String(letters.enumerated().map { $0.offset == letters.count / 2 ? "*" : $0.element })
    case .split: return String(letters.prefix(letters.count / 2)) + " " + String(letters.dropFirst(letters.count / 2))
    }
  }

  private func mapped(_ word: String, _ shift: (UInt32) -> UInt32) -> String {
    String(String.UnicodeScalarView(word.unicodeScalars.compactMap { Unicode.Scalar(shift($0.value)) }))
  }
}

extension Guardrail {
  /// The words, as typed and in small letters, that a verdict rests on.
  package func tellingWords(of verdict: Verdict) -> Set<String> {
    Set(verdict.reasons.flatMap(\.words).flatMap { $0.lowercased().split { !$0.isLetter }.map(String.init) })
  }
}
