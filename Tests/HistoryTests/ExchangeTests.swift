import Foundation
import History
import HistorySamples
import Testing

/// What is exported comes in elsewhere as it was, once.
@Suite struct ExchangeTests {
  let place: TemporaryHistory
  let store: HistoryStore
  let access: Access

  init() throws {
    place = try TemporaryHistory()
    store = try place.open()
    access = try store.access(for: Person(userID: 1000, name: "ada", groupIDs: []))
  }

  private func importing(_ runs: some Sequence<Run>, into store: HistoryStore) throws -> ImportResult {
    var lines = runs.map(RunLines.json).makeIterator()
    return try store.importRuns(by: access, from: "test") { () throws(HistoryError) in
      guard let line = lines.next() else { return nil }
      return try RunLines.run(json: line, number: 1, name: "test")
    }
  }

  /// Without what each history gives anew.
  private func contents(_ store: HistoryStore) throws -> [Run] {
    try store.runs(RunFilter()).map { run in
      var run = run
      run.number = nil
      return run
    }.sorted { $0.id < $1.id }
  }

  @Test func everythingComesThroughLines() throws {
    var odd = Run()
    odd.prompt = "a \"fox\",\n\tün\u{0} \u{1F98A} \u{2028}"
    odd.seed = Seed(.max)
    odd.guidance = 0.1 + 0.2
    odd.flagWords = ["kept", "a-b"]
    odd.queuedAt = Date(milliseconds: 1)
    for run in [odd] + SampleRuns(count: 500) {
      let line = RunLines.json(run)
      #expect(!line.contains("\n"))
      #expect(try RunLines.run(json: line, number: 1, name: "") == run)
    }
  }

  @Test func twoMachinesIntoOne() throws {
    let others = [try TemporaryHistory(), try TemporaryHistory()]
    var all: [Run] = []
    for (index, other) in others.enumerated() {
      let source = try other.open()
      try source.add(SampleRuns(count: 400, seed: UInt64(index + 1)))
      let runs = try source.runs(RunFilter())
      all += runs
      #expect(try importing(runs, into: store) == ImportResult(added: 400))
    }
    #expect(try importing(all, into: store) == ImportResult(known: 800), "nothing comes in twice")
    let expected = all.map { run in
      var run = run
      run.number = nil
      return run
    }.sorted { $0.id < $1.id }
    #expect(try contents(store) == expected)
    #expect(
      try store.audit().suffix(3).map(\.detail) == [
        "400 added, 0 completed, 0 known", "400 added, 0 completed, 0 known", "0 added, 0 completed, 800 known",
      ])
  }

  @Test func whatEndedMeanwhileIsCompleted() throws {
    var run = Run()
    run.prompt = "a fox"
    #expect(try importing([run], into: store).added == 1)
    #expect(try contents(store)[0].outcome == .interrupted, "its process is not here")
    try store.rate(run, 3)
    run.outcome = .painted
    run.finishedAt = Date().wholeMilliseconds
    run.rating = 5
    run.flagWords = ["kept"]
    #expect(try importing([run], into: store) == ImportResult(completed: 1))
    let stored = try contents(store)[0]
    #expect(stored.outcome == .painted && stored.finishedAt == run.finishedAt)
    #expect(stored.rating == 3, "what was judged here stands")
    #expect(stored.flagWords == ["kept"])
    #expect(try importing([run], into: store) == ImportResult(known: 1))
  }

  @Test(
    "a damaged line is named and nothing comes in",
    arguments: [
      "", "{}", "no json", #"{"id":"x"}"#, "[1]", #"{"id":1}"#,
    ])
  func damaged(_ line: String) throws {
    var lines = [RunLines.json(Run()), line].makeIterator()
    var number = 0
    let error = #expect(throws: HistoryError.self) {
      _ = try store.importRuns(by: access, from: "f") { () throws(HistoryError) in
        number += 1
        return try lines.next().map { (line) throws(HistoryError) in
          try RunLines.run(json: line, number: number, name: "f.jsonl")
        }
      }
    }
    #expect(error?.description.hasPrefix("f.jsonl, line 2 is no run") == true)
    #expect(try store.count(RunFilter()) == 0)
  }

  @Test(
    "what no run can hold is named and nothing comes in",
    arguments: [
      (#""guidance":1e308"#, #""guidance" is 1e+308; a run has 0 to 100"#),
      (#""guidance":"nan""#, #""guidance" is nan; a run has 0 to 100"#),
      (#""sample_seconds":-1e308"#, #""sample_seconds" is -1e+308; a run has 0 to 31622400"#),
      (#""write_seconds":"inf""#, #""write_seconds" is inf; a run has 0 to 31622400"#),
      (#""width":-1"#, #""width" is -1; a run has 1 to 1048576"#),
      (#""steps":9223372036854775807"#, #""steps" is 9223372036854775807; a run has 1 to 1000"#),
      (#""rating":99"#, #""rating" is 99; a run has 1 to 5"#),
      (#""finished_at":"1970-01-01T00:00:00.000Z""#, #""finished_at" is before "started_at""#),
      (#""queued_at":"2100-01-01T00:00:00.000Z""#, #""queued_at" is after "started_at""#),
      (#""finished_at":"9999-01-01T00:00:00.000Z""#, #""finished_at" is not between 1970 and 2200"#),
      (#""redo_of":"../../x""#, #""redo_of" is no identifier of a run"#),
      (#""flags":" \u001b[31m ""#, #""flags" holds what is no flag"#),
    ])
  func impossible(_ field: String, _ reason: String) throws {
    let line = RunLines.json(Run()).dropLast() + ",\(field)}"
    let error = #expect(throws: HistoryError.self) { try RunLines.run(json: String(line), number: 7, name: "f.jsonl") }
    #expect(
      error?.description == "f.jsonl, line 7 is no run as `limn history export` writes it: \(reason).")
  }

  @Test func tablesForSpreadsheets() throws {
    var run = Run()
    run.prompt = "a \"red\" fox,\nrunning"
    run.seed = Seed(.max)
    run.guidance = 7.5
    run.startedAt = Date(milliseconds: 1_767_225_600_123)
    let names = RunLines.csvHeader.split(separator: ",").map(String.init)
    #expect(names.prefix(4) == ["number", "id", "order_id", "started_at"])
    #expect(Set(names).count == names.count)
    let line = RunLines.csv(run)
    #expect(line.contains("\"a \"\"red\"\" fox,\nrunning\""))
    #expect(line.contains(",18446744073709551615,"))
    #expect(line.contains(",7.5,"))
    #expect(line.contains("2026-01-01T00:00:00.123Z"))
  }

  @Test(
    "no text is a formula",
    arguments: ["=1+1", "+1", "-1", "@A1", "\t=1", "\r=1", "  =1", "＝1"])
  func formulas(_ text: String) throws {
    var run = Run()
    (run.prompt, run.negative, run.error) = (text, text, text)
    let cells = RunLines.csv(run)
    #expect(cells.components(separatedBy: ",\"'\(text)\"").count == 4)
    #expect(!cells.contains(",\(text)"))
  }

  /// Unicode knows more ends of lines than a file of lines has.
  @Test func onlyALineFeedEndsALine() throws {
    var run = Run()
    run.prompt = "a\u{2028}b\u{2029}c\u{85}d\u{0B}e\u{0C}f\r\ng"
    let (first, second) = (RunLines.json(run), RunLines.json(Run()))
    let lines = RunLines.split("\u{FEFF}\(first)\r\n\n\(second)")
    #expect(lines.map(\.number) == [1, 3])
    #expect(lines.map(\.line) == [first, second])
    #expect(try RunLines.run(json: lines[0].line, number: 1, name: "") == run)
    #expect(RunLines.split("").isEmpty)
  }

  @Test func pruningForgetsWhatIsOldAndNothingElse() throws {
    try store.add(SampleRuns(count: 1000))
    let runs = try store.runs(RunFilter())
    var filter = RunFilter()
    filter.until = runs[400].startedAt
    let old = runs.filter { $0.startedAt < runs[400].startedAt }
    let oldButRefused = old.filter { $0.outcome != .refused }
    #expect(try store.countPruned(filter, keepBlocked: true) == oldButRefused.count)
    #expect(try store.prune(filter, keepBlocked: true, by: access) == oldButRefused.count)
    #expect(try store.prune(filter, keepBlocked: false, by: access) == old.count - oldButRefused.count)
    #expect(Set(try store.runs(RunFilter()).map(\.id)) == Set(runs.map(\.id)).subtracting(old.map(\.id)))
    var words = RunFilter()
    words.text = "fox"
    #expect(try store.count(words) == runs.count { $0.startedAt >= runs[400].startedAt && $0.prompt.contains("fox") })
    try store.compact()
    #expect(try store.count(RunFilter()) == runs.count - old.count)
    #expect(try store.audit().suffix(2).allSatisfy { $0.action == "prune" })
  }

  @Test func aRunThatIsBeingPaintedIsNotPruned() throws {
    var run = Run()
    try store.begin(&run)
    #expect(try store.prune(RunFilter(), keepBlocked: false, by: access) == 0)
    #expect(try store.count(RunFilter()) == 1)
  }

  @Test func ratingsAndFlags() throws {
    var run = Run()
    try store.finish(&run)
    try store.rate(run, 4)
    #expect(try store.flag(run, adding: ["kept", "bright"]) == ["bright", "kept"])
    #expect(try store.flag(run, adding: ["kept", "2x"], removing: ["bright"]) == ["2x", "kept"])
    #expect(try contents(store)[0].rating == 4)
    #expect(try store.flag(run, adding: [], removing: ["kept", "2x"]) == [])
    try store.rate(run, nil)
    #expect(try contents(store)[0].rating == nil && (try contents(store)[0].flags) == nil)
    for rating in [0, 6, -1] { #expect(throws: HistoryError.self) { try store.rate(run, rating) } }
    for word in ["", "Kept", "a b", "%", String(repeating: "a", count: 41)] {
      #expect(throws: HistoryError.self) { try store.flag(run, adding: [word]) }
    }
  }
}
