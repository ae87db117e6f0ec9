import Foundation
import GRDB
import History
import HistorySamples
import Testing

/// What is written down is read back, whole.
@Suite struct RecordingTests {
  let place: TemporaryHistory

  init() throws { place = try TemporaryHistory() }

  @Test func everyColumnComesBack() throws {
    let store = try place.open()
    for var run in SampleRuns(count: 300) {
      try store.finish(&run)
      let stored = try store.read { try Run.fetchOne($0, key: run.number) }
      try #require(stored == run)
    }
    let columns = try store.read { try $0.columns(in: "runs").map(\.name) }
    var full = Run()
    full.number = 1
    let encoded = try full.databaseDictionary
    #expect(Set(encoded.keys) == Set(columns))
  }

  @Test func runsAreAddedTogether() throws {
    let store = try place.open()
    let runs = Array(SampleRuns(count: 1000))
    try store.add(runs)
    var stored = try store.read { try Run.order(sql: "number").fetchAll($0) }
    for index in stored.indices { stored[index].number = nil }
    #expect(stored == runs)
    #expect(Set(runs.map(\.outcome)) == [.painted, .refused, .failed, .interrupted])
  }

  @Test func aHistoryOpenedTwiceByOneProcessStaysWhole() throws {
    let stores = [try place.open(), try place.open()]
    for (index, var run) in SampleRuns(count: 100).enumerated() {
      if index % 10 == 5 { _ = try place.open() }
      try stores[index % 2].finish(&run)
    }
    for store in stores + [try place.open()] {
      #expect(try store.read { try Run.fetchCount($0) } == 100)
      #expect(try store.read { try String.fetchAll($0, sql: "PRAGMA integrity_check") } == ["ok"])
    }
  }

  @Test(arguments: [0, 1, UInt64(1) << 63, UInt64.max])
  func anySeedComesBack(_ seed: UInt64) throws {
    let store = try place.open()
    var run = Run()
    run.seed = Seed(seed)
    try store.begin(&run)
    let stored = try store.read { try Run.fetchOne($0) }
    #expect(stored?.seed?.value == seed)
  }

  @Test func aRunBeginsAndEnds() throws {
    let store = try place.open()
    var run = Run()
    run.prompt = "a fox"
    try store.begin(&run)
    #expect(run.number == 1)
    #expect(try store.read { try Run.fetchOne($0)?.settled.outcome } == .running)
    run.outcome = .painted
    try store.finish(&run)
    let stored = try #require(try store.read { try Run.fetchAll($0) }.first)
    #expect(stored.outcome == .painted)
    #expect(stored.finishedAt != nil)
  }

  @Test func aRunWhoseProcessIsGoneIsInterrupted() throws {
    let store = try place.open()
    var (gone, alive) = (Run(), Run())
    gone.processID = 1 << 40
    gone.processMark = ProcessMark.current.text
    try store.begin(&gone)
    try store.begin(&alive)
    #expect(gone.settled.outcome == .interrupted)
    #expect(try store.settleInterrupted() == 1)
    #expect(try store.settleInterrupted() == 0)
    let outcomes = try store.read { try Run.order(sql: "number").fetchAll($0).map(\.outcome) }
    #expect(outcomes == [.interrupted, .running])
  }

  @Test func identifiersSortByTimeAndAreVersion7() {
    let early = RunIdentifier.fresh(at: Date(timeIntervalSince1970: 1_000_000))
    let late = RunIdentifier.fresh(at: Date(timeIntervalSince1970: 1_000_001))
    #expect(early < late)
    #expect(late.split(separator: "-").map(\.count) == [8, 4, 4, 4, 12])
    #expect(late.split(separator: "-")[2].first == "7")
    #expect(late.split(separator: "-")[3].first.map { "89ab".contains($0) } == true)
    #expect(Set((0..<1000).map { _ in RunIdentifier.fresh() }).count == 1000)
  }
}
