import Foundation
import GRDB
import History
import Testing

/// Whatever is done to the audit behind limn's back is found, and where.
@Suite struct AuditTests {
  let place: TemporaryHistory
  let store: HistoryStore
  let access: Access

  /// Ten rows.
  init() throws {
    place = try TemporaryHistory()
    store = try place.open()
    access = try store.access(for: Person(userID: 1, name: "ada", groupIDs: []))
    for number in 2...10 {
      try store.append(AuditEvent(.policy, subject: "policy.json", detail: "change \(number)"), by: access)
    }
  }

  /// What somebody does who has another program and the right to write the file.
  private func tamper(_ sql: String) throws {
    try store.write { database in
      try database.execute(sql: "DROP TRIGGER audit_unchanged; DROP TRIGGER audit_kept")
      try database.execute(sql: sql)
    }
  }

  private func faults() throws -> [AuditCheck.Fault] { try store.checkAudit().faults }

  @Test func anUntouchedAuditIsWhole() throws {
    let check = try store.checkAudit()
    #expect(check.faults.isEmpty)
    #expect(check.head?.position == 10)
    #expect(try store.audit().map(\.position) == Array(1...10))
  }

  @Test(
    "an edited field is found",
    arguments: [
      "user_name = 'grace'", "role = 'viewer'", "action = 'prune'", "detail = 'nothing'", "at = at + 1", "user_id = 7",
      "subject = ''", "previous = hash",
    ])
  func edited(_ change: String) throws {
    try tamper("UPDATE audit SET \(change) WHERE position = 4")
    #expect(try faults() == [.edited(position: 4)])
  }

  @Test func aHashThatWasReplacedTooBreaksTheChain() throws {
    var entry = try store.audit()[3]
    entry.detail = "nothing"
    let hash = entry.computedHash
    try tamper("UPDATE audit SET detail = 'nothing', hash = '\(hash)' WHERE position = 4")
    #expect(try faults() == [.broken(position: 5)])
  }

  @Test func removedRowsAreNamed() throws {
    try tamper("DELETE FROM audit WHERE position IN (1, 4, 5, 9)")
    #expect(
      try faults() == [
        .removed(first: 1, last: 1), .removed(first: 4, last: 5), .removed(first: 9, last: 9),
      ])
  }

  @Test func exchangedRowsAreNamed() throws {
    try tamper(
      """
      UPDATE audit SET position = -3 WHERE position = 3;
      UPDATE audit SET position = 3 WHERE position = 7;
      UPDATE audit SET position = 7 WHERE position = -3;
      """)
    #expect(try faults() == [.moved(position: 3, from: 7), .moved(position: 7, from: 3)])
  }

  @Test func rowsThatMovedUpAfterARemovalAreNamed() throws {
    try tamper("DELETE FROM audit WHERE position = 9; UPDATE audit SET position = 9 WHERE position = 10")
    #expect(try faults() == [.moved(position: 9, from: 10), .removed(first: 10, last: 10)])
  }

  @Test func aCutEndIsFoundUnlessTheNoteIsCutToo() throws {
    let noted = try #require(try store.checkAudit().head)
    try tamper("DELETE FROM audit WHERE position > 8")
    #expect(try faults() == [.removed(first: 9, last: 10)])
    let hash = try store.audit()[7].hash
    try store.write { try $0.execute(sql: "UPDATE audit_head SET position = 8, hash = '\(hash)'") }
    #expect(try faults().isEmpty, "nothing within the file can tell")
    #expect(try store.checkAudit(expecting: noted).faults == [.expectationMissing(position: 10)])
  }

  @Test func aHistoryWrittenAnewIsFoundByTheHeadNotedElsewhere() throws {
    let noted = try #require(try store.checkAudit().head)
    #expect(try store.checkAudit(expecting: noted).faults.isEmpty)
    #expect(try store.checkAudit(expecting: Audit.Head("10:\(noted.hash.prefix(12))")).faults.isEmpty)
    var (previous, entries) = (String(repeating: "0", count: 64), try store.audit())
    for index in entries.indices {
      entries[index].detail += "!"
      entries[index].previous = previous
      entries[index].hash = entries[index].computedHash
      previous = entries[index].hash
    }
    let anew = AuditCheck(entries, noted: .init(position: 10, hash: previous), expected: noted)
    #expect(anew.faults == [.expectationMissing(position: 10)])
  }

  @Test func accidentsAreRefused() throws {
    for sql in ["DELETE FROM audit", "UPDATE audit SET detail = ''"] {
      #expect(throws: HistoryError.self) { try store.write { try $0.execute(sql: sql) } }
    }
    #expect(try faults().isEmpty)
  }

  @Test func aFieldCannotBorrowFromItsNeighbour() {
    func hash(_ subject: String, _ detail: String) -> String {
      AuditEntry(
        position: 1, at: Date(milliseconds: 2), by: Person(userID: 3, name: "ada", groupIDs: []), role: nil,
        event: AuditEvent(.grant, subject: subject, detail: detail), previous: ""
      ).hash
    }
    #expect(hash("ab", "c") != hash("a", "bc"))
    #expect(hash("a,1:b", "c") != hash("a", "b,1:c"))
  }

  /// The expected digits are those of `printf '1:1,1:2,1:3,3:ada,…' | sha256sum`, from coreutils 9.1.
  @Test func theHashIsThatOfAnyOtherProgram() {
    let entry = AuditEntry(
      position: 1, at: Date(milliseconds: 2), by: Person(userID: 3, name: "ada", groupIDs: []), role: .admin,
      event: AuditEvent(.grant, subject: "grace", detail: "é"), previous: String(repeating: "0", count: 64))
    #expect(entry.hash == "eff9854b93617aa4d04789867dc060e6893d6d3e53dba693aa71d8643a98caa8")
  }
}
