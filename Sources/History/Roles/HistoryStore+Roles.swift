import Foundation
import GRDB

extension HistoryStore {
  /// Who may do what, as it was granted.
  package func grants() throws(HistoryError) -> [Grant] { try read { try Grant.all($0) } }

  /// What a person may do. The first one who asks in a new history becomes its admin; in one that had an owner, only a
  /// former admin or the owner of its folder does.
  package func access(for person: Person = .current) throws(HistoryError) -> Access {
    let grants = try grants()
    guard grants.isEmpty else {
      try noteAdmins()
      return Access(person, grants: grants)
    }
    let access = try write { database in
      // Another process may have been quicker.
      let grants = try Grant.all(database)
      guard grants.isEmpty else { return Access(person, grants: grants) }
      let former = try FormerOwners(of: path, database)
      if let former, !former.include(person) { return Access(person, begunAnewBy: former.names) }
      try HistoryStore.put(.role(.admin), .user(id: person.userID, name: person.name), by: person, database)
      let event = AuditEvent(.grant, subject: person.name, detail: former == nil ? Audit.firstUser : Audit.begunAnew)
      try Audit.append(event, by: person, role: nil, database)
      return Access(person, grants: try Grant.all(database))
    }
    if access.allows(.grantRoles) { try noteAdmins(takingUp: true) }
    return access
  }

  /// Keeps the mark beside the database as the grants are; one of another history stays, for ``checkAudit(expecting:)``.
  private func noteAdmins(takingUp: Bool = false) throws(HistoryError) {
    guard mode == .readWrite, let mark = try read({ try OwnerMark($0) }) else { return }
    switch OwnerMark.read(beside: path) {
    case .absent: mark.write(beside: path)
    case .mark(let known) where known != mark && (takingUp || known.beginning == mark.beginning):
      mark.write(beside: path)
    case .unreadable where takingUp: mark.write(beside: path)
    case .mark, .unreadable: break
    }
  }

  /// Gives a role or permission.
  /// - Throws: ``Forbidden`` for whoever may not; ``HistoryError``.
  package func grant(_ what: Grant.What, to subject: Grant.Subject, by access: Access) throws {
    try require(.grantRoles, access)
    try write { database in
      try HistoryStore.put(what, subject, by: access.person, database)
      try Audit.append(
        .init(.grant, subject: "\(subject)", detail: "\(what)\(subject.number)"), by: access.person, role: access.role,
        database)
    }
    try noteAdmins()
  }

  /// Takes a role or permission away; a permission that comes with a role is refused from then on.
  ///
  /// - Throws: ``HistoryError/request(_:)`` where there is nothing to take, or nobody would be left to grant roles.
  package func revoke(_ what: Grant.What, from subject: Grant.Subject, by access: Access) throws {
    try require(.grantRoles, access)
    try write { database in
      try database.execute(
        sql: "DELETE FROM grants WHERE kind = ? AND subject_id = ? AND what = ? AND NOT is_denied",
        arguments: [subject.kind, subject.id, what.description])
      if database.changesCount == 0 {
        guard case .permission = what else {
          throw HistoryError.request(
            "\(subject) was not given the role \(what); `limn roles list` shows who was given what.")
        }
        try HistoryStore.put(what, subject, isDenied: true, by: access.person, database)
      }
      let left = try Grant.all(database)
      let powerless = left.filter { $0.isDenied && $0.what == .permission(.grantRoles) }.map(\.subject)
      guard left.contains(where: { !$0.isDenied && $0.what == .role(.admin) && !powerless.contains($0.subject) }) else {
        throw HistoryError.request("\(subject) is the last admin; grant the role to another first.")
      }
      try Audit.append(
        .init(.revoke, subject: "\(subject)", detail: "\(what)\(subject.number)"), by: access.person, role: access.role,
        database)
    }
    try noteAdmins()
  }

  /// Checks a permission; a refusal goes into the audit.
  /// - Throws: ``Forbidden``
  package func require(_ permission: Permission, _ access: Access) throws(Forbidden) {
    do throws(Forbidden) {
      try access.require(permission)
    } catch {
      // A refusal stands, written down or not.
      try? append(AuditEvent(.forbidden, subject: access.person.name, detail: permission.rawValue), by: access)
      throw error
    }
  }

  private static func put(
    _ what: Grant.What, _ subject: Grant.Subject, isDenied: Bool = false, by person: Person, _ database: Database
  ) throws {
    try database.execute(
      sql: """
        INSERT OR REPLACE INTO grants (kind, subject_id, subject_name, what, is_denied, granted_by, granted_at)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        subject.kind, subject.id, subject.name, what.description, isDenied, person.name, Date().milliseconds,
      ])
  }
}
