/// One picture that a line asks for: every choice made, every variable filled in, the seed decided.
package struct ExpandedLine: Equatable, Sendable {
  /// Where its line begins, counted from 1.
  package let line: Int
  /// Which picture of its line it is, counted from 1.
  package let copy: Int
  /// ``Field/count`` is gone; ``Field/seed`` is there.
  package let fields: [Field: String]
  package let variables: [String: String]
}
