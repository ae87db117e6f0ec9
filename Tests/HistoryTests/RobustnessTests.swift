import Foundation
import GRDB
import History
import HistorySamples
import Testing

/// Whatever happened to the file: a sentence, and nothing overwritten.
@Suite struct RobustnessTests {
  let place: TemporaryHistory

  init() throws { place = try TemporaryHistory() }

  private func bytes() throws -> Data { try Data(contentsOf: URL(filePath: place.path)) }

  private func expectRefusal(_ isExpected: (HistoryError) -> Bool, sourceLocation: SourceLocation = #_sourceLocation)
    throws
  {
    let before = try? bytes()
    let error = #expect(throws: HistoryError.self, sourceLocation: sourceLocation) {
      let store = try place.open()
      for _ in try store.runs(RunFilter()) {}
    }
    #expect(error.map(isExpected) == true, "\(error.map(\.description) ?? "")", sourceLocation: sourceLocation)
    #expect((try? bytes()) == before, "left as it is", sourceLocation: sourceLocation)
    #expect(error?.description.contains(place.path) == true, sourceLocation: sourceLocation)
  }

  @Test(
    "a file that is no database",
    arguments: [
      Data("SQLite format 4\0 and more of nothing, which is long enough to look at".utf8),
      Data(repeating: 7, count: 5000),
    ])
  func noDatabase(_ contents: Data) throws {
    try contents.write(to: URL(filePath: place.path))
    try expectRefusal { if case .damaged = $0 { true } else { false } }
  }

  @Test func anotherProgramsDatabase() throws {
    let queue = try DatabaseQueue(path: place.path)
    try queue.write { try $0.execute(sql: "CREATE TABLE recipes (name TEXT)") }
    try queue.close()
    try expectRefusal { if case .damaged = $0 { true } else { false } }
  }

  @Test func aNewerSchema() throws {
    try place.open().write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99 from the future')") }
    let error = #expect(throws: HistoryError.self) { try place.open() }
    #expect(error == .newer(path: place.path))
    #expect(error?.description.contains("newer limn") == true)
  }

  @Test("damaged pages", arguments: 0..<12)
  func damagedPages(_ seed: Int) throws {
    var store: HistoryStore? = try place.open()
    try store?.add(SampleRuns(count: 300))
    try store?.compact()
    store = nil
    var contents = try bytes()
    // A page in the middle is overwritten, as a bad disk would.
    let page = 1 + seed * (contents.count / 4096 - 1) / 12
    contents.replaceSubrange(page * 4096..<(page + 1) * 4096, with: Data(repeating: UInt8(seed + 1), count: 4096))
    try contents.write(to: URL(filePath: place.path))
    do {
      let store = try place.open()
      for run in try store.runs(RunFilter()) { #expect(run.prompt.isEmpty == false) }
      var run = Run()
      try store.finish(&run)
    } catch {
      if case .damaged? = error as? HistoryError {} else { Issue.record("\(error)") }
    }
  }

  @Test func aFolderThatCannotBeMade() throws {
    try Data().write(to: place.folder.appending(path: "file"))
    let path = place.folder.appending(path: "file/history.sqlite").path
    let error = #expect(throws: HistoryError.self) { try HistoryStore(path: path) }
    if case .folder = error {} else { Issue.record("\(error.map(\.description) ?? "")") }
  }

  @Test func theFolderInThePlaceOfTheFile() throws {
    try FileManager.default.createDirectory(atPath: place.path, withIntermediateDirectories: false)
    #expect(throws: HistoryError.self) { try place.open() }
  }

  /// Whoever opens a pipe waits for the other end.
  @Test("a pipe in the place of a file", .timeLimit(.minutes(1)), arguments: ["", "-wal", "-journal"])
  func aPipe(_ suffix: String) throws {
    #expect(unsafe mkfifo(place.path + suffix, 0o600) == 0)
    for mode in [HistoryStore.Mode.readWrite, .readOnly] {
      let error = #expect(throws: HistoryError.self) { try place.open(mode) }
      #expect(error?.description.contains("a pipe or a device") == true)
    }
  }

  @Test func aFileToBeReadOnly() throws {
    #expect(throws: HistoryError.self) { try place.open(.readOnly) }
    try place.open().add(SampleRuns(count: 10))
    let store = try place.open(.readOnly)
    #expect(try store.count(RunFilter()) == 10)
    var run = Run()
    #expect(throws: HistoryError.self) { try store.begin(&run) }
  }

  /// SQLite's own limit of pages stands for the disk's: both end in SQLITE_FULL.
  @Test func aFullDisk() throws {
    let store = try place.open()
    try store.add(SampleRuns(count: 100))
    try store.write { try $0.execute(sql: "PRAGMA max_page_count = 1") }
    var written = 100
    let error = #expect(throws: HistoryError.self) {
      for _ in 0..<5000 {
        var run = Run()
        run.prompt = String(repeating: "fox ", count: 500)
        try store.finish(&run)
        written += 1
      }
    }
    #expect(error == .noSpace(path: place.path))
    #expect(try store.count(RunFilter()) == written)
  }

  @Test func onlyItsOwnerOpensIt() throws {
    _ = try place.open()
    let mode = try FileManager.default.attributesOfItem(atPath: place.path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
  }

  @Test func inASharedFolderItsGroupToo() throws {
    try FileManager.default.setAttributes([.posixPermissions: 0o2770], ofItemAtPath: place.folder.path)
    let store = try place.open()
    try store.add(SampleRuns(count: 1))
    for ending in ["", "-wal", "-shm"] {
      let mode = try FileManager.default.attributesOfItem(atPath: place.path + ending)[.posixPermissions] as? Int
      #expect(mode == 0o660, "history.sqlite\(ending)")
    }
  }

  @Test func manyOpenANewHistoryAtOnce() async throws {
    let path = place.path
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<12 {
        group.addTask {
          let store = try HistoryStore(path: path)
          _ = try store.access(for: Person(userID: Int64(number), name: "user\(number)", groupIDs: []))
          for _ in 0..<20 {
            var run = Run()
            try store.begin(&run)
            run.outcome = .painted
            try store.finish(&run)
          }
        }
      }
      try await group.waitForAll()
    }
    let store = try place.open()
    let runs = try store.runs(RunFilter())
    #expect(runs.count == 240 && Set(runs.map(\.id)).count == 240 && runs.allSatisfy { $0.outcome == .painted })
    #expect(try store.grants().count == 1, "one first user")
    #expect(try store.checkAudit().faults.isEmpty)
    #expect(try store.read { try String.fetchOne($0, sql: "PRAGMA integrity_check") } == "ok")
  }
}
