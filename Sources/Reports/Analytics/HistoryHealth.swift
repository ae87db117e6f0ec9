import Foundation
import GRDB
import History

/// Whether a history is whole: `limn doctor`.
package struct HistoryHealth: Sendable {
  package let runs: Int
  /// Of the database and what is yet to be put into it.
  package let bytes: Int
  /// What SQLite finds wrong with the file; nil where it was not looked at.
  package let damage: [String]?
  /// What is wrong with the audit.
  package let auditFaults: [String]
  package let auditRows: Int

  /// Reads the history.
  ///
  /// - Parameter byteLimit: Of a larger file the pages are not read; nil reads any.
  /// - Throws: ``HistoryError``
  package init(_ history: HistoryStore, byteLimit: Int?) throws(HistoryError) {
    let bytes = HistoryHealth.bytes(of: history.path)
    let isRead = byteLimit.map { bytes <= $0 } ?? true
    (runs, damage, auditRows) = try history.read { database in
      let runs = try Int.fetchOne(database, sql: "SELECT count(*) FROM runs") ?? 0
      let lines = isRead ? try String.fetchAll(database, sql: "PRAGMA quick_check(20)") : nil
      let rows = try Int.fetchOne(database, sql: "SELECT count(*) FROM audit") ?? 0
      return (runs, lines.map { $0 == ["ok"] ? [] : $0 }, rows)
    }
    self.bytes = bytes
    auditFaults = try history.checkAudit().faults.map(\.description)
  }

  /// The version of SQLite, for example `3.40.1`.
  package static var libraryVersion: String? {
    try? DatabaseQueue().read { try String.fetchOne($0, sql: "SELECT sqlite_version()") }
  }

  /// The size of a database, with what is yet to be put into it.
  static func bytes(of path: String) -> Int {
    ["", "-wal"].reduce(0) { sum, ending in
      let attributes = try? FileManager.default.attributesOfItem(atPath: path + ending)
      return sum + (attributes?[.size] as? Int ?? 0)
    }
  }
}
