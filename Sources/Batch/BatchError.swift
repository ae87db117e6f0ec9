/// Why a batch cannot be read or kept, as a whole sentence.
package enum BatchError: Error, Equatable, CustomStringConvertible {
  /// The command line does not fit together: a grid, a template of names, a shard.
  case request(String)
  /// A prompt file, list or ledger cannot be used.
  case input(String)
  /// No space is left for the ledger.
  case resources(String)

  package var description: String {
    switch self {
    case .request(let sentence), .input(let sentence), .resources(let sentence): sentence
    }
  }
}

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
