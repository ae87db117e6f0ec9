import Foundation
import GRDB

/// The runs of a period that a request is about, as a condition on the table `runs`.
struct ReportedRuns: Sendable {
  private var conditions: [String] = []
  private var values: [any DatabaseValueConvertible & Sendable] = []

  /// - Parameter days: Nil for all there are until the request's last day.
  init(_ request: ReportRequest, days: ClosedRange<Day>?) {
    let end = (days?.upperBound ?? request.until).adding(days: 1, in: request.calendar)
    if let days { add("started_at >= ?", ReportedRuns.milliseconds(days.lowerBound.start(in: request.calendar))) }
    add("started_at < ?", ReportedRuns.milliseconds(end.start(in: request.calendar)))
    switch request.user {
    case .named(let name): add("user_name = ?", name)
    case .numbered(let number, let name):
      // A history may hold runs of other machines, whose users have other numbers.
      add("user_id = ?", number)
      add("user_name = ?", name)
    case nil: break
    }
    if let style = request.style { add("style = ?", style) }
    if let model = request.model { add("model = ?", model) }
  }

  /// Those that started before a time, in milliseconds since 1970.
  func before(_ time: Int64) -> ReportedRuns {
    var runs = self
    runs.add("started_at < ?", time)
    return runs
  }

  /// Those that started at that time or later.
  func from(_ time: Int64) -> ReportedRuns {
    var runs = self
    runs.add("started_at >= ?", time)
    return runs
  }

  /// `SELECT columns FROM runs WHERE ...`, then what `rest` says.
  ///
  /// - Parameter index: One that SQLite would not think of, without statistics of the table.
  func select(_ columns: String, by index: String? = nil, and condition: String? = nil, _ rest: String) -> String {
    let all = conditions + (condition.map { [$0] } ?? [])
    return
      "SELECT \(columns) FROM runs \(index.map { "INDEXED BY \($0)" } ?? "") WHERE \(all.joined(separator: " AND ")) \(rest)"
  }

  var arguments: StatementArguments { StatementArguments(values) }

  /// Times in the table are milliseconds since 1970.
  static func milliseconds(_ date: Date) -> Int64 { Int64(date.timeIntervalSince1970 * 1000) }

  private mutating func add(_ condition: String, _ value: some DatabaseValueConvertible & Sendable) {
    conditions.append(condition)
    values.append(value)
  }
}
