/// A token that is looked for in the text as a whole, before it is cut into words (transformers' `AddedToken`).
package struct AddedToken: Sendable, Equatable {
  package let content: String
  /// Whether it is looked for in the normalised text (lower case) or in the text as typed.
  package let isNormalised: Bool
  /// Whether it counts only where nothing that a word may hold touches it.
  package let isSingleWord: Bool
  /// Whether the blanks before it belong to it.
  package let takesBlanksBefore: Bool
  /// Whether the blanks after it belong to it.
  package let takesBlanksAfter: Bool

  /// A token that counts in the text as typed unless `isNormalised`, inside of words too unless `isSingleWord`.
  package init(
    _ content: String, isNormalised: Bool = false, isSingleWord: Bool = false, takesBlanksBefore: Bool = false,
    takesBlanksAfter: Bool = false
  ) {
    self.content = content
    self.isNormalised = isNormalised
    self.isSingleWord = isSingleWord
    self.takesBlanksBefore = takesBlanksBefore
    self.takesBlanksAfter = takesBlanksAfter
  }
}

extension AddedToken {
  /// As it would stand in a normalised text.
  var normalisedContent: String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: Normaliser.normalise(Array(content.unicodeScalars)[...]))
    return String(text)
  }
}

/// Finds added tokens in a text: the leftmost first, of those the longest.
struct AddedTokenFinder: Sendable {
  enum Piece: Equatable {
    case token(Int32)
    case text(Range<Int>)
  }

  private struct Pattern {
    let scalars: [Unicode.Scalar]
    let id: Int32
    let token: AddedToken
  }

  /// By first scalar, the longest first.
  private let patterns: [Unicode.Scalar: [Pattern]]

  init(_ tokens: [(token: AddedToken, id: Int32)], spelling: (AddedToken) -> [Unicode.Scalar]) {
    let patterns = tokens.map { Pattern(scalars: spelling($0.token), id: $0.id, token: $0.token) }
      .filter { !$0.scalars.isEmpty }
    self.patterns = Dictionary(grouping: patterns) { $0.scalars[0] }
      .mapValues { $0.sorted { $0.scalars.count > $1.scalars.count } }
  }

  /// Cuts `text` into added tokens and the stretches of text between them.
  func pieces(of text: ArraySlice<Unicode.Scalar>) -> [Piece] {
    var pieces: [Piece] = []
    var start = text.startIndex
    var position = start
    while position < text.endIndex {
      guard let match = patterns[text[position]]?.first(where: { text[position...].starts(with: $0.scalars) }) else {
        position += 1
        continue
      }
      var end = position + match.scalars.count
      if !match.token.isSingleWord || standsAlone(position..<end, in: text) {
        var first = position
        if match.token.takesBlanksBefore {
          while first > start, text[first - 1].properties.isWhitespace { first -= 1 }
        }
        if match.token.takesBlanksAfter {
          while end < text.endIndex, text[end].properties.isWhitespace { end += 1 }
        }
        if start < first { pieces.append(.text(start..<first)) }
        pieces.append(.token(match.id))
        start = end
      }
      position = end
    }
    if start < text.endIndex { pieces.append(.text(start..<text.endIndex)) }
    return pieces
  }

  private func standsAlone(_ range: Range<Int>, in text: ArraySlice<Unicode.Scalar>) -> Bool {
    let touchesBefore = range.lowerBound > text.startIndex && text[range.lowerBound - 1].isWord
    let touchesAfter = range.upperBound < text.endIndex && text[range.upperBound].isWord
    return !touchesBefore && !touchesAfter
  }
}
