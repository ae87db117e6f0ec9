import Engine
import Foundation
import History
import Reports
import System

/// The database: whether it can be read, is whole, and who one is in it.
package enum HistoryCheck {
  /// Of larger files the pages are read only when asked for: a gigabyte takes seconds.
  private static let byteLimit = 100 << 20

  package static func findings(isThorough: Bool) -> [Finding] {
    let path = Installation.current.historyPath
    guard FileManager.default.fileExists(atPath: path) else {
      return [Finding("history", "database", "\(path), not begun yet")]
    }
    do {
      let store = try HistoryStore(path: path, mode: .readOnly)
      return try whole(store, isThorough: isThorough) + [person(store)]
    } catch {
      return [Finding("history", "database", path, .wrong, advice: "\(error)")]
    }
  }

  private static func whole(_ store: HistoryStore, isThorough: Bool) throws -> [Finding] {
    let health = try HistoryHealth(store, byteLimit: isThorough ? nil : byteLimit)
    let found = "\(store.path), \(health.runs) run\(health.runs == 1 ? "" : "s"), \(ByteCount(health.bytes))"
    var findings: [Finding] = []
    switch health.damage {
    case nil:
      findings.append(
        Finding("history", "database", "\(found); too large to be read through in passing (--thorough does)"))
    case []?: findings.append(Finding("history", "database", "\(found), whole"))
    case let damage?:
      findings.append(
        Finding(
          "history", "database", found, .wrong,
          advice:
            "SQLite finds it damaged: \(damage[0]). Copy it away, then try `sqlite3 \(store.path) .recover | sqlite3 saved.sqlite`; painting goes on without it meanwhile (--no-history)."
        ))
    }
    let audit = "\(health.auditRows) row\(health.auditRows == 1 ? "" : "s")"
    if let fault = health.auditFaults.first {
      let more = health.auditFaults.count - 1
      findings.append(
        Finding(
          "history", "audit", audit, .wrong,
          advice:
            "\(fault)\(more > 0 ? " So are \(more) more." : "") Somebody changed it outside of limn: `limn history verify` lists all; compare with a backup."
        ))
    } else {
      findings.append(Finding("history", "audit", "\(audit), unbroken"))
    }
    return findings
  }

  private static func person(_ store: HistoryStore) throws -> Finding {
    let person = Installation.current.person
    let grants = try store.grants()
    guard !grants.isEmpty else { return Finding("history", "you", "\(person.name), nobody has a role yet") }
    let access = Access(person, grants: grants)
    guard let role = access.role else {
      return Finding(
        "history", "you", "\(person.name), without a role", .note,
        advice: "\(Forbidden(permission: .paint, access: access))")
    }
    return Finding("history", "you", "\(person.name), \(role.rawValue)")
  }
}
