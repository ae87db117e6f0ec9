import Foundation
import History
import HistorySamples
import Testing

/// Every filter lets through exactly what a plain loop over all runs would.
@Suite struct QueryTests {
  let place: TemporaryHistory
  let store: HistoryStore
  let runs: [Run]

  init() throws {
    place = try TemporaryHistory()
    store = try place.open()
    try store.add(SampleRuns(count: 2000))
    runs = try store.runs(RunFilter())
  }

  private func expect(
    _ filter: RunFilter, _ isWanted: (Run) -> Bool, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let expected = Set(runs.filter(isWanted).map(\.id))
    let found = try store.runs(filter)
    #expect(Set(found.map(\.id)) == expected, sourceLocation: sourceLocation)
    #expect(found.count == expected.count, sourceLocation: sourceLocation)
    #expect(try store.count(filter) == expected.count, sourceLocation: sourceLocation)
    #expect(!expected.isEmpty && expected.count < runs.count, "a case that tells", sourceLocation: sourceLocation)
  }

  @Test func newestFirst() {
    #expect(runs.map(\.startedAt) == runs.map(\.startedAt).sorted(by: >))
    #expect(runs.count == 2000)
  }

  @Test func oneByOne() throws {
    var filter = RunFilter()
    filter.style = "flat"
    try expect(filter) { $0.style == "flat" }
    filter = RunFilter()
    filter.model = "sd15"
    try expect(filter) { $0.model == "sd15" }
    filter.model = "a0d7"
    try expect(filter) { $0.modelHash == "a0d7e3c1f2" }
    filter = RunFilter()
    filter.user = "grace"
    try expect(filter) { $0.userName == "grace" }
    filter = RunFilter()
    filter.outcomes = [.refused, .interrupted]
    try expect(filter) { $0.outcome == .refused || $0.outcome == .interrupted }
    filter = RunFilter()
    filter.isUnsafe = true
    try expect(filter) { $0.decision == "block" || $0.flagWords.contains("unsafe") }
    filter = RunFilter()
    filter.flag = "kept"
    try expect(filter) { $0.flagWords.contains("kept") }
    filter = RunFilter()
    filter.minimumRating = 4
    try expect(filter) { ($0.rating ?? 0) >= 4 }
    filter = RunFilter()
    filter.batchID = try #require(runs.first { $0.batchID != nil }?.batchID)
    try expect(filter) { $0.batchID == filter.batchID }
    filter = RunFilter()
    (filter.since, filter.until) = (runs[1500].startedAt, runs[500].startedAt)
    try expect(filter) { $0.startedAt >= runs[1500].startedAt && $0.startedAt < runs[500].startedAt }
  }

  @Test func together() throws {
    var filter = RunFilter()
    filter.style = "flat"
    filter.user = "ada"
    filter.text = "fox"
    filter.outcomes = [.painted]
    try expect(filter) {
      $0.style == "flat" && $0.userName == "ada" && $0.prompt.contains("fox") && $0.outcome == .painted
    }
    filter.limit = 3
    #expect(try store.runs(filter).count == 3)
  }

  private func words(_ text: String) -> RunFilter {
    var filter = RunFilter()
    filter.text = text
    return filter
  }

  @Test func words() throws {
    try expect(words("fox")) { $0.prompt.contains("fox") }
    try expect(words("snow FOX")) { $0.prompt.contains("fox") && $0.prompt.contains("snow") }
    try expect(words("lant*")) { $0.prompt.contains("lantern") }
    try expect(words("cafe")) { $0.prompt.contains("café") }
    try expect(words("\"a red fox\"")) { $0.prompt.contains("a red fox") }
    try expect(words("blurry")) { $0.negative.contains("blurry") }
  }

  @Test(
    "whatever is typed is words, never an operator",
    arguments: [
      "a OR b", "fox AND", "NEAR(fox)", "prompt:fox", "fox)", "\"fox", "-fox", "fox^2", "f'ox", "%", "*", "fox*bar",
    ])
  func typed(_ text: String) {
    do { _ = try store.runs(words(text)) } catch {
      if case .request = error {} else { Issue.record("\(error)") }
    }
  }

  @Test func textThatChangesIsFoundAnew() throws {
    var run = Run()
    run.prompt = "an armadillo"
    try store.begin(&run)
    #expect(try store.runs(words("armadillo")).count == 1)
    run.prompt = "a pangolin"
    try store.finish(&run)
    #expect(try store.runs(words("armadillo")).isEmpty)
    #expect(try store.runs(words("pangolin")).count == 1)
  }

  static let moments: [(String, String)] = [
    ("90min", "2026-01-31T12:30:00Z"), ("12h", "2026-01-31T02:00:00Z"), ("7d", "2026-01-24T14:00:00Z"),
    ("2w", "2026-01-17T14:00:00Z"), ("1m", "2026-01-01T14:00:00Z"), ("1y", "2025-01-31T14:00:00Z"),
    ("0.5d", "2026-01-31T02:00:00Z"), ("today", "2026-01-31T00:00:00Z"), ("yesterday", "2026-01-30T00:00:00Z"),
    ("2026-01-03", "2026-01-03T00:00:00Z"), ("2026-01-03T04:05", "2026-01-03T04:05:00Z"),
    ("2026-01-03 04:05:06", "2026-01-03T04:05:06Z"), ("2026-01-03T04:05:06+02:00", "2026-01-03T02:05:06Z"),
  ]

  @Test("moments", arguments: moments)
  func moment(_ text: String, _ expected: String) throws {
    let now = try Date("2026-01-31T14:00:00Z", strategy: .iso8601)
    let zone = try #require(TimeZone(identifier: "UTC"))
    #expect(try Moment.parse(text, now: now, timeZone: zone) == (try Date(expected, strategy: .iso8601)))
  }

  @Test(arguments: [
    "", "d", "7", "7 days", "2026-02-30", "2026-13-01", "2026-01", "2026-01-01T25:00", "x2026-01-01", "-3d",
  ])
  func noMoments(_ text: String) {
    #expect(throws: HistoryError.self) { try Moment.parse(text) }
  }
}

/// A person finds and sees what is theirs to see.
@Suite struct VisibilityTests {
  let place: TemporaryHistory
  let store: HistoryStore
  let runs: [Run]
  let grace = Person(userID: 1001, name: "grace", groupIDs: [])

  init() throws {
    place = try TemporaryHistory()
    store = try place.open()
    try store.add(SampleRuns(count: 300))
    runs = try store.runs(RunFilter())
  }

  private func access(_ permissions: Permission...) -> Access {
    Access(
      grace,
      grants: permissions.map {
        Grant(subject: .everyone, what: .permission($0), isDenied: false, grantedBy: "ada", grantedAt: Date())
      })
  }

  @Test func ownRunsOnly() throws {
    let found = try store.runs(RunFilter().narrowed(to: access(.seeOwnHistory)))
    #expect(!found.isEmpty && found.allSatisfy { $0.userName == "grace" })
    let foreign = try #require(runs.first { $0.userName == "ada" })
    for name in ["\(foreign.number ?? 0)", foreign.id, String(foreign.id.prefix(18))] {
      #expect(throws: HistoryError.self) { try store.run(named: name, for: access(.seeOwnHistory)) }
      #expect(try store.run(named: name, for: access(.seeAllHistory)).id == foreign.id)
    }
  }

  @Test func figuresWithoutWords() throws {
    let viewer = access(.seeOwnHistory, .seeAllHistory)
    for run in runs {
      let shown = run.shown(to: viewer)
      if run.userName == "grace" {
        #expect(shown == run)
      } else {
        let text = RunLines.json(shown)
        #expect(shown.prompt.isEmpty && shown.verdict == nil && shown.outputPath == nil)
        #expect(!text.contains(run.typedPrompt ?? run.prompt))
        #expect(shown.totalSeconds == run.totalSeconds && shown.outcome == run.outcome && shown.model == run.model)
      }
    }
    var filter = RunFilter()
    filter.text = "fox"
    #expect(
      try store.runs(filter.narrowed(to: viewer)).allSatisfy { $0.userName == "grace" }, "no guessing by searching")
  }

  @Test func namesOfRuns() throws {
    let all = access(.seeAllHistory)
    let run = runs[7]
    #expect(try store.run(named: "\(run.number ?? 0)", for: all).id == run.id)
    #expect(try store.run(named: run.id.uppercased(), for: all).id == run.id)
    #expect(try store.run(named: "last", for: all).number == 300)
    for name in ["0", "301", "abc", "nobody", "", "-1", "ffffffff"] {
      #expect(throws: HistoryError.self) { try store.run(named: name, for: all) }
    }
    let common = String(runs[0].id.prefix(6))
    #expect(throws: HistoryError.self, "several begin like this") { try store.run(named: common, for: all) }
  }
}
