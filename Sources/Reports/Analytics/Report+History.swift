import Foundation
import GRDB
import History

extension Report {
  /// Works out a report from the history.
  ///
  /// - Throws: ``HistoryError`` where the database cannot be read.
  package init(_ request: ReportRequest, from history: HistoryStore) throws(HistoryError) {
    let calendar = request.calendar
    guard let days = try history.read({ try Report.days(request, $0) }) else {
      self.init(empty: request)
      return
    }
    let length = days.lowerBound.days(until: days.upperBound, in: calendar) + 1
    let unit = request.unit ?? Timeline.Unit(days: length)
    let starts = Timeline.starts(of: days, unit: unit, in: calendar)
    // Without a beginning there is nothing before.
    let first = request.since == nil ? days.lowerBound : days.lowerBound.adding(days: -length, in: calendar)
    let scan = try RunScan.scan(
      history, ReportedRuns(request, days: first...days.upperBound),
      starts: starts.map { ReportedRuns.milliseconds($0.start(in: calendar)) })
    self.init(
      scope: Scope(request, days: days), totals: scan.totals.totals,
      timeline: Timeline(
        unit: unit,
        intervals: zip(starts, scan.intervals).map {
          Timeline.Interval(start: $0, tally: $1.tally, timing: $1.timing)
        }),
      disk: DiskUse(pictureBytes: scan.outputBytes, databaseBytes: HistoryHealth.bytes(of: history.path)))
    before = scan.before.tally.runs == 0 ? nil : scan.before.totals
    styles = scan.styles.groups
    models = scan.models.groups
    users = request.user == nil ? scan.users.groups : []
    categories = scan.categories.groups.map {
      RefusedCategory(name: $0.name ?? "unknown", refused: Share($0.tally.refused, of: totals.tally.runs))
    }
    try addDetails(request, ReportedRuns(request, days: days), history)
  }

  /// What is looked at run by run.
  private mutating func addDetails(
    _ request: ReportRequest, _ runs: ReportedRuns, _ history: HistoryStore
  ) throws(HistoryError) {
    let (causes, painted, rated) = try history.read { database in
      (
        try Report.failures(database, runs, showsExamples: request.showsPrompts),
        try SampledRun.latest(database, runs, onlyRated: false), try SampledRun.latest(database, runs, onlyRated: true)
      )
    }
    failures = causes
    stages = Report.stages(painted)
    effectiveness = Effectiveness(painted: painted, rated: rated, showsPrompts: request.showsPrompts)
    if request.showsPrompts { pictures = Report.pictures(painted, rated, limit: request.pictureLimit) }
  }

  /// A report on no history at all.
  package init(empty request: ReportRequest) {
    self.init(
      scope: Scope(request, days: nil), totals: Totals(), timeline: Timeline(unit: request.unit ?? .day),
      disk: DiskUse(pictureBytes: 0, databaseBytes: 0))
  }

  /// The days that a report is about; nil where there is no run at all.
  private static func days(_ request: ReportRequest, _ database: Database) throws -> ClosedRange<Day>? {
    if let since = request.since {
      let isEmpty = try Int.fetchOne(database, sql: "SELECT 1 FROM runs LIMIT 1") == nil
      return isEmpty ? nil : min(since, request.until)...request.until
    }
    let runs = ReportedRuns(request, days: nil)
    let first = try Int64.fetchOne(
      database, sql: runs.select("started_at", "ORDER BY started_at LIMIT 1"), arguments: runs.arguments)
    return first.map { milliseconds in
      let day = Day(Date(timeIntervalSince1970: Double(milliseconds) / 1000), in: request.calendar)
      return min(day, request.until)...request.until
    }
  }

  /// Failed runs by exit status, with what the latest of each said.
  private static func failures(_ database: Database, _ runs: ReportedRuns, showsExamples: Bool) throws -> [Cause] {
    // The second condition says that the index, of runs that were not painted, has them all.
    // Beside max(), SQLite takes the other columns from the row that has it (sqlite.org/lang_select.html, 2.5).
    let rows = try Row.fetchAll(
      database,
      sql: runs.select(
        "coalesce(exit_status, 70) AS status, count(*) AS runs, error, max(started_at)", by: "runs_unpainted",
        and: "outcome = 'failed' AND outcome <> 'painted'",
        "GROUP BY status ORDER BY runs DESC, status"),
      arguments: runs.arguments)
    return rows.map { Cause(exitStatus: $0["status"], runs: $0["runs"], example: showsExamples ? $0["error"] : nil) }
  }

  private static func stages(_ runs: [SampledRun]) -> [Stage] {
    SampledRun.stages.enumerated().compactMap { index, name in
      let seconds = runs.compactMap { $0.stageSeconds[index] }
      return seconds.isEmpty ? nil : Stage(name: name, meanSeconds: seconds.reduce(0, +) / Double(seconds.count))
    }
  }

  /// The best rated, then the latest; none that was flagged, and none twice.
  private static func pictures(_ painted: [SampledRun], _ rated: [SampledRun], limit: Int) -> [Specimen] {
    var seen: Set<Int64> = []
    let best = rated.filter(\.isKept).sorted { ($1.rating ?? 0, $1.number) < ($0.rating ?? 0, $0.number) }
    var specimens: [Specimen] = []
    for run in best + painted where specimens.count < limit {
      guard let path = run.path, path != "-", !run.isFlagged, seen.insert(run.number).inserted else { continue }
      specimens.append(
        Specimen(run: run.number, prompt: run.prompt, style: run.style, path: path, hash: run.hash, rating: run.rating))
    }
    return specimens
  }
}

extension Report.Scope {
  fileprivate init(_ request: ReportRequest, days: ClosedRange<Day>?) {
    self.init(
      days: days, made: request.made, software: request.software, user: request.user?.name, style: request.style,
      model: request.model, showsPrompts: request.showsPrompts)
  }
}

extension Effectiveness {
  init(painted: [SampledRun], rated: [SampledRun], showsPrompts: Bool) {
    let settings = EffectCounts(painted: painted, rated: rated) { $0.settings }
    kept = settings.kept
    redone = settings.redone
    flagged = settings.flagged
    // Where nothing is judged there is nothing to compare.
    guard hasJudgements else { return }
    self.settings = settings.effects
    styles = EffectCounts(painted: painted, rated: rated) { [$0.style ?? "no style"] }.effects
    if showsPrompts {
      words = EffectCounts(painted: painted, rated: rated) { PromptWords.words(of: $0.prompt) }.effects
    }
  }
}
