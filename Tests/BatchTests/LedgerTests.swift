import Foundation
import GRDB
import System
import Testing

@testable import Batch

/// What is painted is known, also after a crash and by another machine.
@Suite final class LedgerTests {
  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "limn-ledger-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private func path(_ name: String) -> String { folder.appending(path: name).path }
  private func key(_ number: Int) -> JobKey { JobKey([("number", "\(number)")]) }
  private func record(_ number: Int) -> JobRecord {
    JobRecord(key: key(number), path: "\(number).png", line: number, copy: 1)
  }

  @Test func aJobsWayIsWrittenDown() throws {
    let ledger = try Ledger(path: path("a"))
    try ledger.save([record(1), record(2), record(3)])
    try ledger.begin(key(1))
    try ledger.begin(key(2))
    try ledger.finish(key(1), path: "one.png", bytes: 10, digest: "d", seconds: 1.5)
    try ledger.begin(key(3))
    try ledger.abandon(key(3), as: .failed, reason: "No.")
    ledger.close()
    let records = try Ledger(path: path("a")).records()
    let first = try #require(records[key(1).digits])
    #expect(first.state == .done && first.path == "one.png" && first.bytes == 10 && first.digest == "d")
    #expect(records[key(2).digits]?.state == .painting && records[key(2).digits]?.attempts == 1)
    #expect(records[key(3).digits]?.state == .failed && records[key(3).digits]?.reason == "No.")
  }

  /// Killed between marking a new file and making its tables.
  @Test func aLedgerCutShortAtItsBirthIsALedger() throws {
    let database = try DatabaseQueue(path: path("a"))
    try LedgerSchema.claim(database, path: path("a"))
    try database.write { try $0.execute(sql: "CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)") }
    try database.close()
    try Ledger(path: path("a")).save([record(1)])
  }

  @Test func oneProcessHoldsIt() throws {
    let ledger = try Ledger(path: path("a"))
    try ledger.save([record(1)])
    #expect { try Ledger(path: path("a")) } throws: { "\($0)".contains("in use") }
    ledger.close()
    #expect(try Ledger(path: path("a")).records().count == 1)
  }

  @Test func whatIsNoLedgerIsLeftAlone() throws {
    let text = Array("This is a letter, long enough to be taken for something else than a new file.".utf8)
    try Data(text).write(to: folder.appending(path: "letter"))
    #expect { try Ledger(path: path("letter")) } throws: { "\($0)".contains("damaged, or no ledger") }
    #expect(try Data(contentsOf: folder.appending(path: "letter")) == Data(text))
    #expect { try Ledger(path: path("no/where")) } throws: { "\($0)".contains("cannot be opened") }
  }

  @Test func mergingKeepsWhatIsDoneAndRepeatsNothing() throws {
    let (first, second) = (try Ledger(path: path("a")), try Ledger(path: path("b")))
    try first.save([record(1), record(2), record(3)])
    try second.save([record(2), record(3), record(4)])
    try first.finish(key(1), path: "1.png", bytes: 1, digest: "1", seconds: 1)
    try first.finish(key(2), path: "2.png", bytes: 1, digest: "first", seconds: 1)
    try second.finish(key(2), path: "2.png", bytes: 1, digest: "second", seconds: 1)
    try second.finish(key(3), path: "3.png", bytes: 1, digest: "3", seconds: 1)
    #expect(try first.merge(second) == 2)
    #expect(try first.merge(second) == 0)
    let records = try first.records()
    #expect(records.count == 4)
    #expect(records[key(2).digits]?.digest == "first")
    #expect(records[key(3).digits]?.state == .done)
    #expect(records[key(4).digits]?.state == .planned)
  }

  @Test func keysFollowFromNamesAndValues() {
    let one = JobKey([("prompt", "a"), ("seed", "1")])
    #expect(one == JobKey([("prompt", "a"), ("seed", "1")]))
    #expect(one != JobKey([("prompt", "a"), ("seed", "2")]))
    #expect(one != JobKey([("prompt", "aseed=1"), ("seed", "")]))
    #expect(one.digits.count == 64)
    // SHA-256 of "1:a" (FIPS 180-4; `printf 1:a | sha256sum`).
    #expect(
      Fingerprint.digits(of: ["a"])
        == Fingerprint.digits(of: Array("1:a".utf8)))
  }

  @Test func shardsDivideEverythingOnce() throws {
    let keys = (0..<2000).map(key)
    let shards = try (1...8).map { try Shard(parsing: "\($0)/8") }
    for key in keys { #expect(shards.count { $0.contains(key) } == 1) }
    for shard in shards { #expect((180...320).contains(keys.count { shard.contains($0) })) }
    for bad in ["0/8", "9/8", "1", "1/0", "a/b", "1/2/3", "-1/2"] {
      #expect(throws: UserError.self) { try Shard(parsing: bad) }
    }
  }

  @Test func slurmsArraysAreShards() throws {
    func shard(_ id: Int, _ count: Int, _ low: Int, _ high: Int, _ step: Int) throws -> Shard? {
      try Shard(slurm: [
        "SLURM_ARRAY_TASK_ID": "\(id)", "SLURM_ARRAY_TASK_COUNT": "\(count)", "SLURM_ARRAY_TASK_MIN": "\(low)",
        "SLURM_ARRAY_TASK_MAX": "\(high)", "SLURM_ARRAY_TASK_STEP": "\(step)",
      ])
    }
    #expect(try shard(0, 8, 0, 7, 1)?.description == "1/8")
    #expect(try shard(8, 8, 1, 8, 1)?.description == "8/8")
    #expect(try shard(5, 4, 1, 7, 2)?.description == "3/4")
    #expect(throws: UserError.self) { try shard(9, 3, 1, 9, 1) }
    #expect(try Shard(slurm: ["PATH": "/bin"]) == nil)
  }
}
