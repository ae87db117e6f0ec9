import Foundation
import GRDB

/// What the rest of the database says, held against a whole audit.
struct RecordCheck {
  let faults: [AuditCheck.Fault]

  /// - Parameter path: Of the database; the mark of its owner lies beside it.
  init(_ entries: [AuditEntry], _ database: Database, path: String) throws {
    faults =
      RecordCheck.ownerFaults(entries, path: path) + RecordCheck.grantFaults(entries, try Grant.all(database))
      + (try RecordCheck.refusalFaults(entries, database))
  }

  private static func ownerFaults(_ entries: [AuditEntry], path: String) -> [AuditCheck.Fault] {
    guard case .mark(let mark) = OwnerMark.read(beside: path), mark.beginning != entries.first?.hash else { return [] }
    return [.otherOwner(mark: OwnerMark.path(for: path), admins: mark.admins.map(\.name))]
  }

  private static func grantFaults(_ entries: [AuditEntry], _ grants: [Grant]) -> [AuditCheck.Fault] {
    var audited: [AuditedGrant] = []
    for entry in entries {
      guard let grant = AuditedGrant(entry) else { continue }
      let known = audited.firstIndex { $0.isSame(as: grant) }
      let wasGiven = known.map { !audited[$0].isDenied } ?? false
      if let known { audited.remove(at: known) }
      // A permission that a role gave is denied from then on; anything else that is taken away is just gone.
      if !grant.isDenied || grant.isPermission && !wasGiven { audited.append(grant) }
    }
    let unaudited = grants.filter { grant in !audited.contains { $0.says(grant) } }
    let missing = audited.filter { audited in !grants.contains { audited.says($0) } }
    return unaudited.map { .unauditedGrant(phrase("\($0.subject)", "\($0.what)", $0.isDenied)) }
      + missing.map { .missingGrant(phrase($0.subject, $0.what, $0.isDenied)) }
  }

  private static func phrase(_ subject: String, _ what: String, _ isDenied: Bool) -> String {
    "\(subject) is \(isDenied ? "denied" : "given") \(what)"
  }

  private static func refusalFaults(_ entries: [AuditEntry], _ database: Database) throws -> [AuditCheck.Fault] {
    guard let first = entries.first else { return [] }
    var refused: [String: Int64] = [:]
    for entry in entries where entry.action == AuditEvent.Action.refused.rawValue {
      refused[entry.subject] = entry.position
    }
    let lastPruning =
      entries.last {
        $0.action == AuditEvent.Action.prune.rawValue && !$0.detail.hasSuffix(HistoryStore.keptRefused)
      }?.position ?? 0
    var faults: [AuditCheck.Fault] = []
    for (run, position) in refused.sorted(by: { $0.value < $1.value }) {
      let outcome = try String.fetchOne(database, sql: "SELECT outcome FROM runs WHERE id = ?", arguments: [run])
      if outcome == Outcome.refused.rawValue || outcome == nil && position < lastPruning { continue }
      faults.append(.changedRefusal(run: run, outcome: outcome))
    }
    // Refusals of another history stand in its audit, not in this one.
    guard !entries.contains(where: { $0.action == AuditEvent.Action.import.rawValue }) else { return faults }
    let runs = try String.fetchAll(
      database, sql: "SELECT id FROM runs WHERE outcome = 'refused' AND finished_at >= ? ORDER BY number",
      arguments: [first.at])
    return faults + runs.filter { refused[$0] == nil }.map { .unauditedRefusal(run: $0) }
  }
}

/// What a row of the audit says of a grant. Rows of limn 0.1 name people and groups, later ones number them too.
private struct AuditedGrant {
  let subject: String
  let what: String
  let isDenied: Bool
  /// "user 1000"; nil where it is not known.
  private let number: String?

  /// Nil for rows of other kinds.
  init?(_ entry: AuditEntry) {
    switch AuditEvent.Action(rawValue: entry.action) {
    case .grant: isDenied = false
    case .revoke: isDenied = true
    default: return nil
    }
    subject = entry.subject
    if [Audit.firstUser, Audit.begunAnew].contains(entry.detail) {
      what = Role.admin.rawValue
      number = "user \(entry.userID)"
    } else if let parts = entry.detail.wholeMatch(of: /(.+) \(((?:user|group) -?\d+)\)/) {
      what = String(parts.1)
      number = String(parts.2)
    } else {
      what = entry.detail
      number = nil
    }
  }

  var isPermission: Bool { Permission(rawValue: what) != nil }

  func isSame(as other: AuditedGrant) -> Bool {
    guard what == other.what else { return false }
    guard let number, let others = other.number else { return subject == other.subject }
    return number == others
  }

  func says(_ grant: Grant) -> Bool {
    let isSubject = number.map { $0 == "\(grant.subject.kind) \(grant.subject.id)" } ?? (subject == "\(grant.subject)")
    return isSubject && what == "\(grant.what)" && isDenied == grant.isDenied
  }
}
