/// What is wrong with a line of a prompt file.
package struct LineFault: Error, Equatable, CustomStringConvertible {
  /// Counted from 1.
  package let line: Int
  /// A whole sentence.
  package let reason: String

  package init(line: Int, reason: String) {
    self.line = line
    self.reason = reason
  }

  package var description: String { "line \(line): \(reason)" }
}
