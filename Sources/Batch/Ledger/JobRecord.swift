import GRDB

/// What the ledger knows of one job.
package struct JobRecord: Equatable, Sendable, Codable, FetchableRecord, PersistableRecord {
  package enum State: String, Codable, Sendable {
    /// Not begun.
    case planned
    /// Begun and not ended: in progress, or cut short with its process.
    case painting
    case done
    /// Its attempts all failed.
    case failed
    /// The guardrail did not let it pass.
    case refused
  }

  package static let databaseTableName = "job"

  /// ``JobKey/digits``
  package let key: String
  package var state = State.planned
  /// Where the picture is or will be, relative to the batch's folder unless absolute.
  package var path: String
  package var bytes: Int?
  /// SHA-256 of the file.
  package var digest: String?
  /// How often it was begun.
  package var attempts = 0
  /// Why it failed or was refused.
  package var reason: String?
  /// What the painting took.
  package var seconds: Double?
  /// The line and the picture of that line that asked for it first.
  package var line: Int
  package var copy: Int

  package init(key: JobKey, path: String, line: Int, copy: Int) {
    self.key = key.digits
    self.path = path
    self.line = line
    self.copy = copy
  }
}
