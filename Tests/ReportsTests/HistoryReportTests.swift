import Foundation
import History
import HistorySamples
import Testing

@testable import Reports

/// Reports worked out from a history, against the same sums done run by run.
@Suite final class HistoryReportTests {
  private let folder: URL
  private let store: HistoryStore
  private static let calendar = {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    return calendar
  }()

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "limn-report-\(UUID().uuidString)")
    store = try HistoryStore(path: folder.appending(path: "history.sqlite").path)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private func request(
    since: String?, until: String = "2026-01-31", user: ReportRequest.User? = nil, style: String? = nil,
    model: String? = nil, showsPrompts: Bool = true
  ) -> ReportRequest {
    ReportRequest(
      since: since.flatMap(Day.init(parsing:)), until: Day(parsing: until), user: user,
      style: style, model: model, showsPrompts: showsPrompts, software: "limn",
      now: Date(timeIntervalSince1970: 0),
      calendar: Self.calendar)
  }

  /// Runs as the generator makes them, added to the history.
  private func add(_ runs: some Sequence<Run>) throws -> [Run] {
    try store.write { database in
      try runs.map { run in
        var run = run
        try run.insert(database)
        return run
      }
    }
  }

  private func run(_ outcome: Outcome, _ start: String, _ change: (inout Run) -> Void = { _ in }) throws -> Run {
    var run = Run()
    run.startedAt = try Date("\(start)Z", strategy: .iso8601)
    run.finishedAt = run.startedAt + 2
    run.outcome = outcome
    run.userName = "ada"
    run.userID = 1000
    run.model = "default"
    run.prompt = "a fox"
    change(&run)
    return run
  }

  // MARK: The naive twin

  @Test(arguments: [1, 2, 3])
  func figuresAreThoseOfTheRuns(_ seed: UInt64) throws {
    let start = try Date("2026-01-01T00:00:00Z", strategy: .iso8601)
    let runs = try add(SampleRuns(count: 800, seed: seed, start: start, spacing: 3000))
    let report = try Report(request(since: "2026-01-15", until: "2026-01-24"), from: store)
    func day(_ run: Run) -> String { Day(run.startedAt, in: Self.calendar).description }
    let within = runs.filter { ("2026-01-15"..."2026-01-24").contains(day($0)) }
    let before = runs.filter { ("2026-01-05"..."2026-01-14").contains(day($0)) }
    #expect(within.count > 200)
    #expect(report.totals.tally == tally(within))
    #expect(report.before?.tally == tally(before))
    #expect(report.totals.timing == timing(within))
    #expect(report.before?.timing == timing(before))
    #expect(report.totals.waiting?.count == within.count { $0.queuedAt != nil })
    #expect(report.timeline.intervals.map(\.start.description) == (15...24).map { "2026-01-\($0)" })
    for interval in report.timeline.intervals {
      let own = within.filter { day($0) == interval.start.description }
      #expect(interval.tally == tally(own))
      #expect(interval.timing == timing(own))
    }
    expect(report.styles, within, \.style)
    expect(report.models, within, \.model)
    expect(report.users, within) { $0.userName }
    #expect(report.categories.reduce(0) { $0 + $1.refused.count } == tally(within).refused)
    for category in report.categories {
      #expect(category.refused.count == within.count { $0.outcome == .refused && $0.category == category.name })
      #expect(category.refused.total == within.count)
    }
    #expect(report.disk.pictureBytes == within.reduce(0) { $0 + Int($1.outputBytes ?? 0) })
    #expect(report.failures.reduce(0) { $0 + $1.runs } == tally(within).failed)
    for cause in report.failures {
      let own = within.filter { $0.outcome == .failed && $0.exitStatus == cause.exitStatus }
      #expect(cause.runs == own.count)
      #expect(cause.example == own.last?.error)
    }
    expectJudgements(report.effectiveness, within, all: runs)
  }

  private func expectJudgements(_ figures: Effectiveness, _ within: [Run], all: [Run]) {
    let painted = within.filter { $0.outcome == .painted }
    let rated = painted.filter { $0.rating != nil }
    let redone = Set(all.compactMap(\.redoOf))
    #expect(figures.kept == Share(rated.count { ($0.rating ?? 0) >= 4 }, of: rated.count))
    #expect(figures.redone == Share(painted.count { redone.contains($0.id) }, of: painted.count))
    #expect(
      figures.flagged == Share(painted.count { !$0.flagWords.filter { $0 != "kept" }.isEmpty }, of: painted.count))
    for effect in figures.words {
      let own = painted.filter { ($0.typedPrompt ?? $0.prompt).split(separator: " ").contains(Substring(effect.name)) }
      #expect(effect.runs == own.count, "\(effect.name)")
      let share = effect.kept.share
      #expect(share.total == own.count { $0.rating != nil } && share.count == own.count { ($0.rating ?? 0) >= 4 })
      #expect(share.count + effect.kept.others.count == figures.kept.count)
      #expect(share.total + effect.kept.others.total == figures.kept.total)
    }
    let styles = Set(figures.styles.map(\.name))
    #expect(styles == ["no style", "flat", "cartoon", "gradient", "3d"])
  }

  private func tally(_ runs: [Run]) -> Tally {
    func count(_ outcome: Outcome) -> Int { runs.count { $0.outcome == outcome } }
    return Tally(
      painted: count(.painted), refused: count(.refused), failed: count(.failed), interrupted: count(.interrupted))
  }

  private func timing(_ runs: [Run]) -> Timing? {
    let seconds = runs.filter { $0.outcome == .painted }.compactMap(\.totalSeconds).map { ($0 * 1000).rounded() / 1000 }
    guard !seconds.isEmpty else { return nil }
    func quantile(_ share: Double) -> Double {
      Double(Float(seconds.sorted()[Int((share * Double(seconds.count)).rounded(.up)) - 1]))
    }
    // Summed in the order of the runs, as the report does.
    return Timing(
      count: seconds.count, meanSeconds: seconds.reduce(0, +) / Double(seconds.count), medianSeconds: quantile(0.5),
      p95Seconds: quantile(0.95))
  }

  private func expect(_ groups: [Report.Group], _ runs: [Run], _ name: (Run) -> String?) {
    let expected = Dictionary(grouping: runs, by: name)
    #expect(groups.count == expected.count)
    #expect(groups.map(\.tally.runs) == groups.map(\.tally.runs).sorted(by: >))
    for group in groups {
      #expect(group.tally == tally(expected[group.name] ?? []), "\(group.name ?? "none")")
      #expect(group.timing == timing(expected[group.name] ?? []))
    }
  }

  @Test func halvesAddUp() throws {
    _ = try add(SampleRuns(count: 500, start: try Date("2026-01-01T00:00:00Z", strategy: .iso8601), spacing: 3600))
    let all = request(since: nil)
    let runs = ReportedRuns(all, days: nil)
    let starts = (0..<31).map { Int64(1_767_225_600_000 + $0 * 86_400_000) }
    let (whole, halves) = try store.read { database in
      let middle = starts[11] + 12_345_678
      return (
        try RunScan(database, runs, starts: starts),
        try RunScan(database, runs.before(middle), starts: starts)
          .adding(RunScan(database, runs.from(middle), starts: starts))
      )
    }
    #expect(halves.totals.tally == whole.totals.tally)
    #expect(halves.totals.timing?.p95Seconds == whole.totals.timing?.p95Seconds)
    #expect(halves.intervals.map(\.tally) == whole.intervals.map(\.tally))
    #expect(halves.styles.groups.map(\.tally) == whole.styles.groups.map(\.tally))
    #expect(halves.outputBytes == whole.outputBytes)
  }

  // MARK: Filters and periods

  @Test func filtersNarrow() throws {
    let runs = try add(
      SampleRuns(count: 600, start: try Date("2026-01-01T00:00:00Z", strategy: .iso8601), spacing: 3600))
    func count(_ request: ReportRequest, _ condition: (Run) -> Bool) throws {
      let report = try Report(request, from: store)
      #expect(report.totals.tally.runs == runs.count(where: condition))
      #expect(report.before == nil, "all there is has nothing before it")
    }
    try count(request(since: nil, style: "flat")) { $0.style == "flat" }
    try count(request(since: nil, model: "sd15")) { $0.model == "sd15" }
    try count(request(since: nil, user: .named("grace"))) { $0.userName == "grace" }
    try count(request(since: nil, user: .numbered(1002, name: "alan"))) { $0.userName == "alan" }
    try count(request(since: nil, user: .numbered(1002, name: "grace"))) { _ in false }
    try count(request(since: nil)) { _ in true }
    #expect(try Report(request(since: nil, user: .named("grace")), from: store).users.isEmpty)
  }

  @Test func midnightBelongsToTheNewDay() throws {
    _ = try add([
      run(.painted, "2026-01-09T23:59:59"), run(.refused, "2026-01-10T00:00:00"), run(.painted, "2026-01-10T23:59:59"),
      run(.failed, "2026-01-11T00:00:00"),
    ])
    let report = try Report(request(since: "2026-01-10", until: "2026-01-10"), from: store)
    #expect(report.totals.tally == Tally(painted: 1, refused: 1))
    #expect(report.before?.tally == Tally(painted: 1))
  }

  @Test func anEmptyHistoryIsReported() throws {
    for since in [nil, "2026-01-01"] {
      let report = try Report(request(since: since), from: store)
      #expect(report.scope.days == nil && report.totals.tally.runs == 0)
      #expect(TerminalReport(report, width: 80, ink: Ink(hasColours: false)).text.contains("The history is empty"))
      #expect(ReportPage(report).html.contains("The history is empty"))
      #expect(try !report.json.isEmpty && !report.csv.isEmpty)
    }
  }

  @Test func oneRunIsReported() throws {
    _ = try add([run(.painted, "2026-01-10T12:00:00")])
    let report = try Report(request(since: nil, until: "2026-01-10"), from: store)
    #expect(report.totals.tally == Tally(painted: 1))
    #expect(report.totals.timing == Timing(count: 1, meanSeconds: 2, medianSeconds: 2, p95Seconds: 2))
    #expect(report.totals.picturesAnHour == 1800)
    #expect(report.timeline.intervals.count == 1)
    #expect(TerminalReport(report, width: 80, ink: Ink(hasColours: false)).text.contains("1 run\n"))
    #expect(ReportPage(report).html.contains("100.0%"))
  }

  @Test func aQuietPeriodIsNoEmptyHistory() throws {
    _ = try add([run(.painted, "2026-01-10T12:00:00")])
    let report = try Report(request(since: "2026-01-20"), from: store)
    #expect(TerminalReport(report, width: 80, ink: Ink(hasColours: false)).text.contains("No runs in this period"))
  }

  @Test func runsInTheFutureAndPastTheEndAreLeftOut() throws {
    _ = try add([run(.painted, "2026-01-10T12:00:00"), run(.painted, "2027-01-10T12:00:00")])
    #expect(try Report(request(since: nil), from: store).totals.tally.runs == 1)
    _ = try Report(request(since: "2026-02-20", until: "2026-01-31"), from: store)
  }

  // MARK: Runs that did not end

  @Test func aRunWhoseProcessIsGoneCountsAsInterrupted() throws {
    var alive = try run(.running, "2026-01-10T12:00:00")
    alive.finishedAt = nil
    try store.begin(&alive)
    _ = try add([
      run(.running, "2026-01-10T12:00:01") { run in
        run.finishedAt = nil
        run.processID = 1
        run.processMark = "another boot/0/1"
      }
    ])
    let report = try Report(request(since: nil), from: store)
    #expect(report.totals.tally == Tally(interrupted: 1))
    #expect(report.models == [Report.Group(name: "default", tally: Tally(interrupted: 1), timing: nil)])
  }

  // MARK: Prompts

  @Test func figuresWithoutPromptsHoldNoWords() throws {
    _ = try add(
      (0..<20).map { index in
        try run(index % 4 == 0 ? .failed : .painted, "2026-01-10T12:00:00") { run in
          run.prompt = "a secret fox"
          run.error = "secret.safetensors is missing."
          run.outputPath = "/home/ada/secret.png"
          run.rating = 5
        }
      })
    func renderings(_ showsPrompts: Bool) throws -> [String] {
      let report = try Report(request(since: nil, showsPrompts: showsPrompts), from: store)
      return [
        TerminalReport(report, width: 80, ink: Ink(hasColours: false)).text, ReportPage(report).html, try report.json,
        report.csv,
      ]
    }
    #expect(try renderings(true).allSatisfy { $0.contains("secret") })
    #expect(try renderings(false).allSatisfy { !$0.contains("secret") })
  }

  @Test func theBestPicturesComeFirstAndFlaggedOnesNever() throws {
    func painted(_ minute: Int, rating: Int? = nil, flags: [String] = []) throws -> Run {
      try run(.painted, "2026-01-10T12:\(minute):00") { run in
        run.outputPath = "/pictures/\(minute).png"
        run.rating = rating
        run.flagWords = flags
      }
    }
    _ = try add([
      painted(10), painted(11, rating: 4), painted(12, rating: 5), painted(13, rating: 5, flags: ["unsafe"]),
      painted(14, rating: 2), painted(15, flags: ["kept"]), painted(16),
    ])
    let report = try Report(request(since: nil), from: store)
    #expect(report.pictures.map(\.path) == [12, 11, 16, 15, 14, 10].map { "/pictures/\($0).png" })
  }

  @Test func goodWordsAreFound() throws {
    _ = try add(
      (0..<120).map { index in
        try run(.painted, "2026-01-10T12:00:00") { run in
          run.prompt = index % 3 == 0 ? "a fox in the snow" : "a boat in the snow"
          run.rating = index % 3 == 0 || index % 6 == 1 ? 5 : 2
        }
      })
    let effects = try Report(request(since: nil), from: store).effectiveness
    let notable = effects.words.filter { $0.kept.isNotable }
    // All foxes were kept and a quarter of the boats; snow is everywhere.
    #expect(Set(notable.map(\.name)) == ["fox", "boat"])
    #expect(notable.first { $0.name == "fox" }?.kept.share == Share(40, of: 40))
    #expect(effects.words.count == 3)
    #expect(!effects.settings.isEmpty && effects.comparedSettings.isEmpty, "all were painted with the same")
  }

  @Test(arguments: [
    ("a red Fox, the FOX", ["red", "fox"]), ("(Red:1.3) fox, 4k 1.5", ["red", "fox", "4k"]),
    ("an artist's well-lit room -- ", ["artist's", "well-lit", "room"]), ("Été à Paris", ["été", "à", "paris"]),
    ("狐、雪", ["狐", "雪"]), ("", []), ("  ,,, 12 ", []), ("'quoted' -dash", ["quoted'", "dash"]),
    (String(repeating: "x", count: 50) + " fox", ["fox"]),
  ])
  func promptsAreTakenApart(_ prompt: String, _ words: [String]) {
    #expect(PromptWords.words(of: prompt) == Set(words))
    // The path for ASCII gives what the other one does.
    #expect(PromptWords.words(of: prompt + " é") == Set(words + ["é"]))
  }
}
