import Foundation
import GRDB
import History
import Testing

/// Who had an owner gets no second first user.
@Suite struct OwnerTests {
  let place: TemporaryHistory
  let ada = Person(userID: 1001, name: "ada", groupIDs: [])
  let eve = Person(userID: 1002, name: "eve", groupIDs: [])
  private var mark: String { place.path + "-owner" }

  init() throws { place = try TemporaryHistory() }

  /// A history whose admin is ada, and what is left of it when somebody took the database away.
  private func beginAndLose() throws {
    let store = try place.open()
    #expect(try store.access(for: ada).role == .admin)
    try lose()
  }

  private func lose() throws {
    for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: place.path + suffix) }
  }

  @Test func aHistoryBegunAnewIsItsAdminsStill() throws {
    try beginAndLose()
    let store = try place.open()
    let access = try store.access(for: eve)
    #expect(access.role == nil && access.permissions.isEmpty)
    #expect(
      "\(Forbidden(permission: .paint, access: access))"
        == "eve, who has no role here, may not paint: this history was begun anew, and only ada can take it up (`limn roles whoami` does)."
    )
    #expect(throws: Forbidden.self) { try store.require(.paint, access) }
    #expect(try store.access(for: eve).role == nil, "the second time too")
    #expect(try store.checkAudit().faults.count == 1)
    #expect(try store.access(for: ada).role == .admin)
    #expect(try store.access(for: eve).role == nil)
    #expect(try store.audit().map(\.detail) == ["paint", "admin, of a history begun anew"])
    let check = try store.checkAudit()
    #expect(check.faults.isEmpty && check.takenUp.map(\.userName) == ["ada"])
  }

  @Test func theOwnerOfTheFolderTakesItUp() throws {
    try beginAndLose()
    let owner = Person(userID: Int64(getuid()), name: "owner", groupIDs: [])
    #expect(try place.open().access(for: owner).role == .admin)
  }

  @Test func whoeverIsAdminNowIsNoted() throws {
    var store: HistoryStore? = try place.open()
    let grace = Grant.Subject.user(id: 1003, name: "grace")
    let first = try #require(try store?.access(for: ada))
    try store?.grant(.role(.admin), to: grace, by: first)
    try store?.grant(.role(.admin), to: .group(id: 60, name: "keepers"), by: first)
    try store?.revoke(.role(.admin), from: .user(id: 1001, name: "ada"), by: first)
    store = nil
    try lose()
    let anew = try place.open()
    #expect(try anew.access(for: ada).role == nil)
    #expect(try anew.access(for: ada).helpers == ["grace", "@keepers"])
    #expect(try anew.access(for: Person(userID: 1004, name: "alan", groupIDs: [60])).role == .admin)
  }

  @Test func whatTheAuditSaysCountsWithoutAMark() throws {
    let store = try place.open()
    _ = try store.access(for: ada)
    try store.write { try $0.execute(sql: "DELETE FROM grants") }
    try FileManager.default.removeItem(atPath: mark)
    #expect(try store.access(for: eve).role == nil)
    #expect(try store.checkAudit().faults == [.missingGrant("ada is given admin")])
  }

  @Test func aMarkThatCannotBeReadMakesNobodyAdmin() throws {
    try beginAndLose()
    try Data("{".utf8).write(to: URL(filePath: mark))
    #expect(try place.open().access(for: ada).role == nil)
  }

  /// Histories of limn 0.1 have none.
  @Test func aHistoryWithoutAMarkGetsOne() throws {
    let store = try place.open()
    _ = try store.access(for: ada)
    let bytes = try Data(contentsOf: URL(filePath: mark))
    try FileManager.default.removeItem(atPath: mark)
    _ = try store.access(for: eve)
    #expect(try Data(contentsOf: URL(filePath: mark)) == bytes)
    let modes = try [mark, place.path].map { try FileManager.default.attributesOfItem(atPath: $0)[.posixPermissions] }
    #expect(modes.map { $0 as? Int } == [0o600, 0o600])
    #expect(try place.open(.readOnly).access(for: ada).role == .admin)
  }

  @Test func anotherHistoryInItsPlaceIsFound() throws {
    try beginAndLose()
    let other = try TemporaryHistory()
    var store: HistoryStore? = try other.open()
    _ = try store?.access(for: eve)
    try store?.compact()
    store = nil
    try FileManager.default.copyItem(atPath: other.path, toPath: place.path)
    let placed = try place.open()
    _ = try placed.access(for: eve)
    #expect(try placed.checkAudit().faults == [.otherOwner(mark: mark, admins: ["ada"])])
  }
}
