/// A word of a prompt that stands for vectors which no token has: the name of a textual inversion.
package struct InsertedTerm: Sendable, Hashable {
  package let text: String
  /// Places among all inserted vectors.
  package let rows: Range<Int>

  package init(_ text: String, rows: Range<Int>) {
    self.text = text
    self.rows = rows
  }

  /// Whether a text holds the term as a word.
  package static func isNamed(_ term: String, in text: String) -> Bool {
    TermFinder([InsertedTerm(term, rows: 0..<0)]).pieces(of: text).contains {
      if case .term = $0 { true } else { false }
    }
  }

  /// What stands for a row among the numbers of tokens, all of which are 0 or more.
  package static func token(ofRow row: Int) -> Int32 { Int32(-1 - row) }
  /// The row that such a number stands for.
  package static func row(ofToken token: Int) -> Int { -1 - token }
}

/// Finds terms in a text, in upper or lower case: the leftmost first, of those the longest. A letter, digit or underscore at
/// an end of a term must not touch another one.
struct TermFinder: Sendable {
  enum Piece {
    case term(InsertedTerm)
    case text(String)
  }

  private struct Pattern {
    let term: InsertedTerm
    let letters: [String]
    let startsAsWord: Bool
    let endsAsWord: Bool
  }

  /// The longest first.
  private let patterns: [Pattern]

  init(_ terms: [InsertedTerm]) {
    patterns = terms.filter { !$0.text.isEmpty }.map { term in
      let scalars = Array(term.text.unicodeScalars)
      return Pattern(
        term: term, letters: scalars.map(\.properties.lowercaseMapping), startsAsWord: scalars[0].isWord,
        endsAsWord: scalars[scalars.count - 1].isWord)
    }.sorted { $0.letters.count > $1.letters.count }
  }

  /// Cuts a text into terms and what stands between them.
  func pieces(of text: String) -> [Piece] {
    guard !patterns.isEmpty else { return [.text(text)] }
    let scalars = Array(text.unicodeScalars)
    let letters = scalars.map(\.properties.lowercaseMapping)
    var pieces: [Piece] = []
    var rest = String.UnicodeScalarView()
    var position = 0
    while position < scalars.count {
      let pattern = patterns.first { pattern in
        let end = position + pattern.letters.count
        return letters[position...].starts(with: pattern.letters)
          && !(pattern.startsAsWord && position > 0 && scalars[position - 1].isWord)
          && !(pattern.endsAsWord && end < scalars.count && scalars[end].isWord)
      }
      guard let pattern else {
        rest.append(scalars[position])
        position += 1
        continue
      }
      if !rest.isEmpty { pieces.append(.text(String(rest))) }
      rest = String.UnicodeScalarView()
      pieces.append(.term(pattern.term))
      position += pattern.letters.count
    }
    if !rest.isEmpty { pieces.append(.text(String(rest))) }
    return pieces
  }
}

extension CLIPTokenizer {
  /// What a text is made of: tokens, and the vectors of terms, which belong together.
  func encode(_ text: String, inserting finder: TermFinder) -> [[Int32]] {
    finder.pieces(of: text).flatMap { piece in
      switch piece {
      case .text(let text): encode(text).map { [$0] }
      case .term(let term): [term.rows.map(InsertedTerm.token)]
      }
    }
  }
}
