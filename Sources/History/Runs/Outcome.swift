import GRDB

/// How a run ended.
package enum Outcome: String, Sendable, Codable, CaseIterable, DatabaseValueConvertible {
  /// The picture was written.
  case painted
  /// The guardrail refused the prompt or the picture.
  case refused
  /// An error ended it; ``Run/error`` says which.
  case failed
  /// A signal, a crash or a power cut ended it.
  case interrupted
  /// It has not ended, as far as the history knows.
  case running
}
