import Foundation
import GRDB

extension HistoryStore {
  /// Records that a run begins. Fills in its number and, where they are open, the marks of this process.
  package func begin(_ run: inout Run) throws(HistoryError) {
    var begun = run
    begun.processID = begun.processID ?? ProcessMark.current.processID
    begun.processMark = begun.processMark ?? ProcessMark.current.text
    try write { try begun.insert($0) }
    run = begun
  }

  /// Records how a run ended, with everything that is known by then. A run that was never begun is added whole.
  ///
  /// - Parameter access: Who asked; with it, what the guardrail refused is audited in the same step.
  package func finish(_ run: inout Run, by access: Access? = nil) throws(HistoryError) {
    var finished = run
    finished.finishedAt = finished.finishedAt ?? max(Date().wholeMilliseconds, finished.startedAt)
    try write { database in
      if finished.number == nil { try finished.insert(database) } else { try finished.update(database) }
      if let access, finished.outcome == .refused {
        let event = AuditEvent(.refused, subject: finished.id, detail: finished.category ?? "")
        try Audit.append(event, by: access.person, role: access.role, database)
      }
    }
    run = finished
  }

  /// Adds runs as they are, in one transaction: much faster than one by one.
  package func add(_ runs: some Sequence<Run>) throws(HistoryError) {
    try write { database in
      for var run in runs { try run.insert(database) }
    }
  }

  /// Marks runs as interrupted whose process is gone, or which nobody can ask about after a day. Returns how many.
  @discardableResult
  package func settleInterrupted(now: Date = Date()) throws(HistoryError) -> Int {
    let open = try read { try Run.filter(sql: "outcome = 'running'").fetchAll($0) }
    let gone = open.filter { $0.isAbandoned(now: now) }
    guard !gone.isEmpty else { return 0 }
    return try write { database in
      for run in gone {
        try database.execute(
          sql: "UPDATE runs SET outcome = 'interrupted' WHERE number = ? AND outcome = 'running'",
          arguments: [run.number])
      }
      return gone.count
    }
  }
}

extension Run {
  /// It says that it is running, but its process has ended.
  package func isAbandoned(now: Date = Date()) -> Bool {
    guard outcome == .running else { return false }
    guard let processID, let processMark else { return true }
    return !(ProcessMark.isAlive(processID, mark: processMark) ?? (now.timeIntervalSince(startedAt) < 86_400))
  }

  /// As it should be shown: a run whose process is gone is interrupted.
  package var settled: Run {
    guard isAbandoned() else { return self }
    var run = self
    run.outcome = .interrupted
    return run
  }
}
