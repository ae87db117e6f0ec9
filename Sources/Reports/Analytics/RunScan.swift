import Foundation
import GRDB
import History

/// Everything that is counted over all runs of a period and the one before, in one pass over the index `runs_report`.
struct RunScan: Sendable {
  private(set) var totals = Accumulator()
  private(set) var before = Accumulator()
  private(set) var intervals: [Accumulator]
  private(set) var styles = Grouped()
  private(set) var models = Grouped()
  private(set) var users = Grouped()
  private(set) var categories = Grouped()
  private(set) var outputBytes = 0

  /// In milliseconds since 1970: where the period's intervals start.
  private let starts: [Int64]
  private var interval = 0

  /// - Parameters:
  ///   - runs: Those of the period, and of the one before it.
  ///   - starts: Where the period's intervals start, in milliseconds since 1970; what lies before the first is counted
  ///     as ``before``.
  init(_ database: Database, _ runs: ReportedRuns, starts: [Int64]) throws {
    self.starts = starts
    intervals = Array(repeating: Accumulator(), count: starts.count)
    let rows = try Row.fetchCursor(
      database,
      sql: runs.select(
        "started_at, outcome, finished_at, queued_at, output_bytes, user_name, model, style, category",
        "ORDER BY started_at"),
      arguments: runs.arguments)
    while let row = try rows.next() {
      if let outcome = Ending(row[1]) { count(row, outcome) }
    }
    interval = 0
    // A run that says that it is running may have ended with its process.
    let running = runs.select("*", by: "runs_unfinished", and: "outcome = 'running'", "ORDER BY started_at")
    for run in try Run.fetchAll(database, sql: running, arguments: runs.arguments) where run.isAbandoned() {
      countInterrupted(run)
    }
  }

  private mutating func countInterrupted(_ run: Run) {
    let started = ReportedRuns.milliseconds(run.startedAt)
    guard advance(to: started) else { return before.count(.interrupted, seconds: nil) }
    count(.interrupted, seconds: nil)
    users.count(run.userName, .interrupted, seconds: nil)
    models.count(run.model, .interrupted, seconds: nil)
    styles.count(run.style, .interrupted, seconds: nil)
  }

  private mutating func count(_ row: Row, _ outcome: Ending) {
    let started: Int64 = row[0]
    let finished: Int64? = row[2]
    let queued: Int64? = row[3]
    let seconds = outcome == .painted ? finished.map { Double($0 - started) / 1000 } : nil
    let wait = queued.map { max(0, Double(started - $0) / 1000) }
    guard advance(to: started) else {
      before.count(outcome, seconds: seconds)
      if let wait { before.waits.add(wait) }
      return
    }
    count(outcome, seconds: seconds)
    if let wait { totals.waits.add(wait) }
    outputBytes += row[4] ?? 0
    users.count(row[5], outcome, seconds: seconds)
    models.count(row[6], outcome, seconds: seconds)
    styles.count(row[7], outcome, seconds: seconds)
    if outcome == .refused { categories.count(row[8], outcome, seconds: nil) }
  }

  private mutating func count(_ outcome: Ending, seconds: Double?) {
    intervals[interval].count(outcome, seconds: seconds)
    totals.count(outcome, seconds: seconds)
  }

  /// Goes to the interval of a time no earlier than the last one; false where that lies before the period.
  private mutating func advance(to started: Int64) -> Bool {
    guard let first = starts.first, started >= first else { return false }
    while interval + 1 < starts.count, started >= starts[interval + 1] { interval += 1 }
    return true
  }

  /// With what another scan of the same intervals counted.
  func adding(_ other: RunScan) -> RunScan {
    precondition(starts == other.starts, "RunScan: \(starts.count) intervals and \(other.starts.count)")
    var sum = self
    sum.totals.add(other.totals)
    sum.before.add(other.before)
    for index in intervals.indices { sum.intervals[index].add(other.intervals[index]) }
    sum.styles.add(other.styles)
    sum.models.add(other.models)
    sum.users.add(other.users)
    sum.categories.add(other.categories)
    sum.outputBytes += other.outputBytes
    return sum
  }

  /// How a run ended.
  enum Ending {
    case painted, refused, failed, interrupted

    /// Nil for a run that is still going on.
    init?(_ outcome: String) {
      switch outcome {
      case Outcome.painted.rawValue: self = .painted
      case Outcome.refused.rawValue: self = .refused
      case Outcome.failed.rawValue: self = .failed
      case Outcome.interrupted.rawValue: self = .interrupted
      default: return nil
      }
    }
  }

  /// Runs that are counted together.
  struct Accumulator: Sendable {
    private(set) var tally = Tally()
    fileprivate var durations = Durations()
    fileprivate var waits = Durations()

    fileprivate mutating func count(_ outcome: Ending, seconds: Double?) {
      switch outcome {
      case .painted: tally.painted += 1
      case .refused: tally.refused += 1
      case .failed: tally.failed += 1
      case .interrupted: tally.interrupted += 1
      }
      if let seconds { durations.add(seconds) }
    }

    fileprivate mutating func add(_ other: Accumulator) {
      tally = tally + other.tally
      durations.add(other.durations)
      waits.add(other.waits)
    }

    var timing: Timing? { durations.summary() }
    var totals: Report.Totals { Report.Totals(tally: tally, timing: timing, waiting: waits.summary()) }
  }

  /// Runs counted by a name.
  struct Grouped: Sendable {
    private var names: [String?] = []
    private var accumulators: [Accumulator] = []
    private var places: [String?: Int] = [:]
    private var latest = 0

    fileprivate mutating func count(_ name: String?, _ outcome: Ending, seconds: Double?) {
      // The same name often comes many times in a row.
      if latest >= names.count || names[latest] != name { latest = place(of: name) }
      accumulators[latest].count(outcome, seconds: seconds)
    }

    fileprivate mutating func add(_ other: Grouped) {
      for (name, accumulator) in zip(other.names, other.accumulators) {
        accumulators[place(of: name)].add(accumulator)
      }
    }

    private mutating func place(of name: String?) -> Int {
      if let known = places[name] { return known }
      places[name] = names.count
      names.append(name)
      accumulators.append(Accumulator())
      return names.count - 1
    }

    /// Most runs first.
    var groups: [Report.Group] {
      zip(names, accumulators).map { Report.Group(name: $0, tally: $1.tally, timing: $1.timing) }
        .sorted { ($1.tally.runs, $0.name ?? "") < ($0.tally.runs, $1.name ?? "") }
    }
  }
}
