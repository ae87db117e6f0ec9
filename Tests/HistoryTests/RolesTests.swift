import Foundation
import GRDB
import History
import Testing

/// Who may do what.
@Suite struct RolesTests {
  let place: TemporaryHistory
  let store: HistoryStore
  let ada = Person(userID: 1001, name: "ada", groupIDs: [1001, 50])
  let grace = Person(userID: 1002, name: "grace", groupIDs: [1002, 50, 60])
  let admin: Access

  init() throws {
    place = try TemporaryHistory()
    store = try place.open()
    admin = try store.access(for: ada)
  }

  private func user(_ person: Person) -> Grant.Subject { .user(id: person.userID, name: person.name) }

  @Test func theFirstUserIsAdminAndOthersAreNobody() throws {
    #expect(admin.role == .admin)
    #expect(admin.permissions == Set(Permission.allCases))
    let other = try store.access(for: grace)
    #expect(other.role == nil)
    #expect(other.permissions.isEmpty)
    #expect(try store.access(for: ada).role == .admin)
    #expect(try store.audit().map(\.action) == ["grant"])
  }

  /// The whole table: what each role may do.
  static let table: [(Permission, Set<Role>)] = [
    (.paint, [.creator, .admin]), (.useReference, [.creator, .admin]), (.chooseModel, [.creator, .admin]),
    (.manageModels, [.admin]),
    (.seeOwnHistory, [.viewer, .creator, .admin]), (.seeAllHistory, [.viewer, .admin]), (.seePrompts, [.admin]),
    (.judge, [.creator, .admin]), (.export, [.creator, .admin]), (.import, [.admin]), (.prune, [.admin]),
    (.skipHistory, [.admin]), (.changePolicy, [.admin]), (.switchGuardrail, [.admin]), (.grantRoles, [.admin]),
  ]

  @Test func everyPermissionStandsInTheTable() {
    #expect(Set(Self.table.map(\.0)) == Set(Permission.allCases))
  }

  @Test("role by role", arguments: Role.allCases)
  func roles(_ role: Role) throws {
    try store.grant(.role(role), to: user(grace), by: admin)
    let access = try store.access(for: grace)
    #expect(access.role == role)
    for (permission, roles) in Self.table {
      #expect(access.allows(permission) == roles.contains(role), "\(role) \(permission)")
      if !roles.contains(role) { #expect(throws: Forbidden.self) { try store.require(permission, access) } }
    }
  }

  @Test func whatIsNearerDecides() throws {
    try store.grant(.role(.creator), to: .everyone, by: admin)
    #expect(try store.access(for: grace).role == .creator)
    try store.grant(.role(.viewer), to: .group(id: 50, name: "staff"), by: admin)
    #expect(try store.access(for: grace).role == .viewer)
    try store.grant(.role(.admin), to: .group(id: 60, name: "keepers"), by: admin)
    #expect(try store.access(for: grace).role == .admin, "the widest of the groups' roles")
    try store.grant(.role(.creator), to: user(grace), by: admin)
    #expect(try store.access(for: grace).role == .creator)
  }

  @Test func onePermissionIsGivenAndTaken() throws {
    try store.grant(.role(.creator), to: user(grace), by: admin)
    try store.grant(.permission(.prune), to: user(grace), by: admin)
    try store.revoke(.permission(.useReference), from: user(grace), by: admin)
    var access = try store.access(for: grace)
    #expect(access.permissions == Role.creator.permissions.union([.prune]).subtracting([.useReference]))
    try store.revoke(.permission(.prune), from: user(grace), by: admin)
    try store.grant(.permission(.useReference), to: user(grace), by: admin)
    access = try store.access(for: grace)
    #expect(access.permissions == Role.creator.permissions)
    try store.revoke(.permission(.export), from: .everyone, by: admin)
    #expect(try store.access(for: grace).allows(.export) == false)
    try store.grant(.permission(.export), to: user(grace), by: admin)
    #expect(try store.access(for: grace).allows(.export))
  }

  @Test func theLastAdminStays() throws {
    #expect(throws: HistoryError.self) { try store.revoke(.role(.admin), from: user(ada), by: admin) }
    #expect(try store.access(for: ada).role == .admin)
    try store.grant(.role(.admin), to: user(grace), by: admin)
    try store.revoke(.role(.admin), from: user(ada), by: admin)
    #expect(try store.access(for: ada).role == nil)
  }

  @Test func whatWasNotGivenCannotBeTaken() {
    #expect(throws: HistoryError.self) { try store.revoke(.role(.viewer), from: user(grace), by: admin) }
  }

  @Test func onlyWhoMayGrantsRoles() throws {
    try store.grant(.role(.creator), to: user(grace), by: admin)
    let access = try store.access(for: grace)
    #expect(throws: Forbidden.self) { try store.grant(.role(.admin), to: user(grace), by: access) }
    #expect(throws: Forbidden.self) { try store.revoke(.role(.admin), from: user(ada), by: access) }
    #expect(try store.access(for: grace).role == .creator)
    let refusals = try store.audit().filter { $0.action == "forbidden" }
    #expect(refusals.map(\.userName) == ["grace", "grace"])
    #expect(refusals.map(\.detail) == ["grant-roles", "grant-roles"])
  }

  @Test func aRefusalSaysWhoCanHelp() throws {
    try store.grant(.role(.creator), to: user(grace), by: admin)
    try store.grant(.role(.admin), to: .group(id: 60, name: "keepers"), by: admin)
    let access = try store.access(for: Person(userID: 1003, name: "alan", groupIDs: []))
    let sentence = "\(Forbidden(permission: .changePolicy, access: access))"
    #expect(
      sentence
        == "alan, who has no role here, may not change the guardrail's policy. ada or @keepers can allow it: `limn roles grant change-policy alan`."
    )
  }

  @Test func changesAreInTheAudit() throws {
    try store.grant(.role(.viewer), to: user(grace), by: admin)
    try store.revoke(.permission(.seeAllHistory), from: user(grace), by: admin)
    let rows = try store.audit().map { "\($0.userName) \($0.action) \($0.subject) \($0.detail)" }
    #expect(
      rows == [
        "ada grant ada admin, as the first user", "ada grant grace viewer (user 1002)",
        "ada revoke grace see-all-history (user 1002)",
      ])
    #expect(try store.checkAudit().faults.isEmpty)
  }

  @Test func whoeverRunsThisIsKnown() {
    #expect(Person.current.userID == Int64(getuid()))
    #expect(Person.current.groupIDs.contains(Int64(getgid())))
    #expect(Person(named: "root")?.userID == 0)
    #expect(Person(named: "nobody whom anybody knows") == nil)
    #expect(UserGroup.identifier(named: "root") == 0)
  }
}
