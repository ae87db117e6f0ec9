/// A token that is looked for in the text as a whole, before it is cut into words (transformers' `AddedToken`).
/// Its `lstrip` and `rstrip` only take blanks, which are no token of CLIP's, so they change nothing and are not kept.
package struct AddedToken: Sendable, Equatable {
  package let content: String
  /// Whether it is looked for in the normalised text (lower case) or in the text as typed.
  package let isNormalised: Bool
  /// Whether it counts only where nothing that a word may hold touches it.
  package let isSingleWord: Bool

  /// A token that counts in the text as typed unless `isNormalised`, inside of words too unless `isSingleWord`.
  package init(_ content: String, isNormalised: Bool = false, isSingleWord: Bool = false) {
    self.content = content
    self.isNormalised = isNormalised
    self.isSingleWord = isSingleWord
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
    let isSingleWord: Bool
  }

  /// By first scalar, the longest first.
  private let patterns: [Unicode.Scalar: [Pattern]]

  init(_ tokens: [(token: AddedToken, id: Int32)], spelling: (AddedToken) -> [Unicode.Scalar]) {
    let patterns = tokens.map { Pattern(scalars: spelling($0.token), id: $0.id, isSingleWord: $0.token.isSingleWord) }
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
      let end = position + match.scalars.count
      if !match.isSingleWord || standsAlone(position..<end, in: text) {
        if start < position { pieces.append(.text(start..<position)) }
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
