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
    /// What parts it from the word before.
    var boundary = Boundary.none
  }

  var letters: [UInt32] = []
  var words: [Word] = []

  /// The words with single spaces between them.
  package var plain: String { words.indices.map(string).joined(separator: " ") }

  /// What lies between two words, from what parts clauses least to what parts them most.
  enum Boundary: UInt8, Comparable, Sendable {
    case none
    /// A full stop or the like: what follows stands by itself.
    case sentence
    /// A word such as "beside".
    case joiner
    /// A quotation mark.
    case quotation
    /// A quotation mark, or a word such as "says", after one such as "poster": what is written there is a text of its own.
    case sign

    static func < (left: Boundary, right: Boundary) -> Bool { left.rawValue < right.rawValue }
  }

  /// A part of the text between boundaries.
  struct Clause: Sendable {
    /// A range of words.
    let words: Range<Int>
    /// The stronger of those at its ends.
    let boundary: Boundary
  }

  /// All parts of the text, in order.
  var clauses: [Clause] {
    let starts = words.indices.filter { $0 == 0 || words[$0].boundary > .none }
    return zip(starts, starts.dropFirst() + [words.count]).map { start, end in
      let after = end < words.count ? words[end].boundary : .none
      return Clause(words: start..<end, boundary: max(words[start].boundary, after))
    }
  }

  /// The words' ranges in the UTF-8 of the text as typed.
  package var typedRanges: [Range<Int>] { words.map(\.typed) }

  /// Whether most letters are of another script than Latin.
  var isWrittenOtherwise: Bool { letters.count { $0 >= 0x250 } * 2 > letters.count }

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
