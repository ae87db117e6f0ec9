import Foundation
import GRDB
import History
import Testing

/// Grants and refusals that are not those of the audit are found.
@Suite struct RecordCheckTests {
  let place: TemporaryHistory
  let store: HistoryStore
  let admin: Access
  private let grace = Grant.Subject.user(id: 1002, name: "grace")

  init() throws {
    place = try TemporaryHistory()
    store = try place.open()
    admin = try store.access(for: Person(userID: 1001, name: "ada", groupIDs: []))
  }

  private func faults(after sql: String = "") throws -> [AuditCheck.Fault] {
    try store.write { try $0.execute(sql: sql) }
    return try store.checkAudit().faults
  }

  private func refuse() throws -> Run {
    var run = Run()
    run.outcome = .refused
    try store.finish(&run, by: admin)
    return run
  }

  @Test func allThatLimnDoesIsWhole() throws {
    try store.grant(.role(.creator), to: grace, by: admin)
    try store.grant(.role(.viewer), to: .everyone, by: admin)
    try store.grant(.permission(.prune), to: .group(id: 50, name: "staff"), by: admin)
    try store.revoke(.permission(.useReference), from: grace, by: admin)
    try store.revoke(.permission(.prune), from: .group(id: 50, name: "staff"), by: admin)
    try store.grant(.permission(.useReference), to: grace, by: admin)
    try store.revoke(.role(.viewer), from: .everyone, by: admin)
    // She is called otherwise now.
    try store.grant(.role(.creator), to: .user(id: 1002, name: "hopper"), by: admin)
    _ = try refuse()
    #expect(try faults().isEmpty)
  }

  /// As limn 0.1 wrote it: names, no numbers.
  @Test func olderAuditsAreRead() throws {
    try store.grant(.role(.creator), to: grace, by: admin)
    try store.append(AuditEvent(.revoke, subject: "grace", detail: "creator"), by: admin)
    #expect(try faults(after: "DELETE FROM grants WHERE subject_id = 1002").isEmpty)
    try store.append(AuditEvent(.grant, subject: "grace", detail: "viewer"), by: admin)
    #expect(
      try faults(after: "INSERT INTO grants VALUES ('user', 1002, 'grace', 'viewer', 0, 'ada', 0)").isEmpty)
  }

  @Test(
    arguments: [
      ("what = 'admin'", ["grace is given admin"], ["grace is given creator"]),
      ("subject_id = 7, subject_name = 'eve'", ["eve is given creator"], ["grace is given creator"]),
      ("is_denied = 1", ["grace is denied creator"], ["grace is given creator"]),
    ])
  func changedGrants(_ change: String, _ unaudited: [String], _ missing: [String]) throws {
    try store.grant(.role(.creator), to: grace, by: admin)
    let expected = unaudited.map(AuditCheck.Fault.unauditedGrant) + missing.map(AuditCheck.Fault.missingGrant)
    #expect(try faults(after: "UPDATE grants SET \(change) WHERE subject_id = 1002") == expected)
  }

  @Test func grantsPutInOrTakenOut() throws {
    try store.grant(.role(.creator), to: grace, by: admin)
    #expect(
      try faults(after: "DELETE FROM grants WHERE subject_id = 1002") == [.missingGrant("grace is given creator")])
    #expect(
      try faults(after: "INSERT INTO grants VALUES ('group', 50, 'staff', 'admin', 0, 'ada', 0)")
        == [.unauditedGrant("@staff is given admin"), .missingGrant("grace is given creator")])
  }

  @Test func refusedRuns() throws {
    let runs = [try refuse(), try refuse(), try refuse()]
    #expect(try faults().isEmpty)
    #expect(
      try faults(
        after: """
          UPDATE runs SET outcome = 'painted' WHERE id = '\(runs[0].id)'; DELETE FROM runs WHERE id = '\(runs[1].id)'
          """) == [
          .changedRefusal(run: runs[0].id, outcome: "painted"), .changedRefusal(run: runs[1].id, outcome: nil),
        ])
    var unknown = Run()
    unknown.outcome = .refused
    try store.finish(&unknown)
    #expect(try faults().last == .unauditedRefusal(run: unknown.id))
  }

  @Test func prunedAndImportedRefusalsAreNoFault() throws {
    _ = try refuse()
    var filter = RunFilter()
    filter.until = Date(timeIntervalSinceNow: 60)
    #expect(try store.prune(filter, keepBlocked: true, by: admin) == 0)
    #expect(try faults().isEmpty)
    #expect(try store.prune(filter, keepBlocked: false, by: admin) == 1)
    #expect(try faults().isEmpty)
    var imported: Run? = Run()
    imported?.outcome = .refused
    imported?.finishedAt = Date().wholeMilliseconds
    _ = try store.importRuns(by: admin, from: "elsewhere") { () throws(HistoryError) in
      defer { imported = nil }
      return imported
    }
    #expect(try faults().isEmpty)
  }
}
