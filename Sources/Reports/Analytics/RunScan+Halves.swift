import Foundation
import GRDB
import History
import Synchronization

extension RunScan {
  /// Histories of more runs are read in two halves at the same time.
  private static let runsWorthHalving = 50_000

  /// Scans a history.
  ///
  /// Between the two halves another process may add or change runs, as it may after the report.
  /// - Throws: ``HistoryError``
  static func scan(_ history: HistoryStore, _ runs: ReportedRuns, starts: [Int64]) throws(HistoryError) -> RunScan {
    let middle = try history.read { try RunScan.middle($0) }
    let parts = middle.map { [runs.before($0), runs.from($0)] } ?? [runs]
    let scans = Mutex<[Result<RunScan, HistoryError>]>([])
    DispatchQueue.concurrentPerform(iterations: parts.count) { index in
      let scan = Result { () throws(HistoryError) -> RunScan in
        try history.read { try RunScan($0, parts[index], starts: starts) }
      }
      scans.withLock { $0.append(scan) }
    }
    var whole: RunScan?
    for scan in scans.withLock({ $0 }) {
      let part = try scan.get()
      whole = whole?.adding(part) ?? part
    }
    guard let whole else { preconditionFailure("RunScan: a history has no parts") }
    return whole
  }

  /// When about half of all runs had started; nil of few.
  private static func middle(_ database: Database) throws -> Int64? {
    let last = try Int64.fetchOne(database, sql: "SELECT max(number) FROM runs") ?? 0
    let first = try Int64.fetchOne(database, sql: "SELECT min(number) FROM runs") ?? 0
    guard last - first > runsWorthHalving else { return nil }
    return try Int64.fetchOne(
      database, sql: "SELECT started_at FROM runs WHERE number >= ? ORDER BY number LIMIT 1",
      arguments: [first + (last - first) / 2])
  }
}
