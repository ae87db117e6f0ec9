/// A text as a row of plain words, each of which knows where it was typed.
package struct NormalisedText: Sendable {
  struct Word: Sendable {
    /// The word's letters, as a range of `letters`.
    var letters: Range<Int>
    /// The UTF-8 range of the text as typed.
    var typed: Range<Int>
    var hash: WordHash
    /// The word was spelt so that a plain reader of characters would not have seen it.
    var isDisguised = false
  }

  var letters: [UInt32] = []
  var words: [Word] = []

  /// The words with single spaces between them.
  package var plain: String { words.indices.map(string).joined(separator: " ") }

  /// The words' ranges in the UTF-8 of the text as typed.
  package var typedRanges: [Range<Int>] { words.map(\.typed) }

  func string(_ word: Int) -> String {
    var result = String.UnicodeScalarView()
    for letter in letters[words[word].letters] {
      if let scalar = Unicode.Scalar(letter) { result.append(scalar) }
    }
    return String(result)
  }

  /// The number that the word is, when it is one of at most three digits.
  func number(_ word: Int) -> Int? {
    let digits = letters[words[word].letters]
    guard digits.count <= 3 else { return nil }
    var number = 0
    for digit in digits {
      guard (0x30...0x39).contains(digit) else { return nil }
      number = number * 10 + Int(digit - 0x30)
    }
    return number
  }
}
