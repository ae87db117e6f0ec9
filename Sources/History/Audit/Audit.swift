import Crypto
import Foundation
import GRDB
import System

/// Something that must not be forgotten.
package struct AuditEvent: Sendable, Equatable {
  package enum Action: String, Sendable {
    case grant, revoke
    /// The guardrail's policy was changed.
    case policy
    /// The guardrail was switched on or off.
    case guardrail
    /// The guardrail refused a prompt or a picture.
    case refused
    /// Somebody lacked a permission.
    case forbidden
    case prune, `import`, export
    /// A token was made or revoked, or somebody came with one that is none.
    case token
  }

  package let action: Action
  /// Whom or what it is about: a person, a file, a run's `id`.
  package let subject: String
  /// What was changed, from what to what.
  package let detail: String

  package init(_ action: Action, subject: String, detail: String) {
    self.action = action
    self.subject = subject
    self.detail = detail
  }
}

/// A row of the audit. Its hash covers all of it, and the hash of the row before.
package struct AuditEntry: Sendable, Equatable, Codable, FetchableRecord, PersistableRecord {
  package static let databaseTableName = "audit"
  package static let databaseColumnDecodingStrategy = DatabaseColumnDecodingStrategy.custom { SnakeCase.property($0) }
  package static let databaseColumnEncodingStrategy = DatabaseColumnEncodingStrategy.custom { SnakeCase.column($0) }

  /// 1, 2, 3, ...
  package var position: Int64
  /// Milliseconds since 1970.
  package var at: Int64
  package var userID: Int64
  package var userName: String
  package var role: String
  package var action: String
  package var subject: String
  package var detail: String
  /// The hash of the row before; sixty-four zeros in the first.
  package var previous: String
  package var hash: String

  /// A row whose hash is that of its fields.
  package init(position: Int64, at date: Date, by person: Person, role: Role?, event: AuditEvent, previous: String) {
    self.position = position
    at = date.milliseconds
    userID = person.userID
    userName = person.name
    self.role = role?.rawValue ?? ""
    action = event.action.rawValue
    subject = event.subject
    detail = event.detail
    self.previous = previous
    hash = ""
    hash = computedHash
  }

  /// SHA-256 over all fields but the hash, each with its length before it, as 64 digits.
  package var computedHash: String {
    let fields = [
      "\(position)", "\(at)", "\(userID)", userName, role, action, subject, detail, previous,
    ]
    let text = fields.map { "\($0.utf8.count):\($0)" }.joined(separator: ",")
    return SHA256.hash(data: Data(text.utf8)).hexadecimal
  }
}

/// The chained table: each row carries the hash of the one before.
package enum Audit {
  /// What the audit says of an admin whom nobody made one.
  static let firstUser = "admin, as the first user"
  static let begunAnew = "admin, of a history begun anew"

  static let beginning = String(repeating: "0", count: 64)

  /// The last row's place and hash. Whoever notes it elsewhere can tell later whether the end was cut off.
  package struct Head: Sendable, Equatable, CustomStringConvertible {
    package let position: Int64
    package let hash: String

    package init(position: Int64, hash: String) {
      self.position = position
      self.hash = hash
    }

    /// `12:9f86d0…`, as ``description`` writes it; nil for anything else.
    package init?(_ text: String) {
      let parts = text.split(separator: ":", maxSplits: 1)
      guard parts.count == 2, let position = Int64(parts[0]), position >= 0, !parts[1].isEmpty else { return nil }
      self.init(position: position, hash: String(parts[1]))
    }

    package var description: String { "\(position):\(hash)" }
  }

  /// Adds a row within a transaction.
  static func append(_ event: AuditEvent, by person: Person, role: Role?, at date: Date = Date(), _ database: Database)
    throws
  {
    let last = try AuditEntry.fetchOne(database, sql: "SELECT * FROM audit ORDER BY position DESC LIMIT 1")
    let entry = AuditEntry(
      position: (last?.position ?? 0) + 1, at: date, by: person, role: role, event: event,
      previous: last?.hash ?? beginning)
    try entry.insert(database)
    try database.execute(
      sql: "INSERT OR REPLACE INTO audit_head (only, position, hash) VALUES (1, ?, ?)",
      arguments: [entry.position, entry.hash])
  }
}

extension HistoryStore {
  /// Adds an event to the audit, in the name of a person.
  package func append(_ event: AuditEvent, by access: Access) throws(HistoryError) {
    try write { try Audit.append(event, by: access.person, role: access.role, $0) }
  }

  /// The whole audit, in order.
  package func audit() throws(HistoryError) -> [AuditEntry] {
    try read { try AuditEntry.fetchAll($0, sql: "SELECT * FROM audit ORDER BY position") }
  }

  /// The last rows of the audit before a position, the newest first.
  package func audit(before position: Int64?, limit: Int) throws(HistoryError) -> [AuditEntry] {
    try read {
      try AuditEntry.fetchAll(
        $0, sql: "SELECT * FROM audit WHERE position < ? ORDER BY position DESC LIMIT ?",
        arguments: [position ?? .max, limit])
    }
  }
}
