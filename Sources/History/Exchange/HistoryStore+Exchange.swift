import Foundation
import GRDB

/// What an import did.
package struct ImportResult: Sendable, Equatable {
  package var added = 0
  /// Known already, but the import knew more: how they ended, or how they were rated.
  package var completed = 0
  package var known = 0

  package init(added: Int = 0, completed: Int = 0, known: Int = 0) {
    self.added = added
    self.completed = completed
    self.known = known
  }
}

extension HistoryStore {
  /// Takes in runs of another history. Each has one identifier everywhere, so that nothing comes in twice.
  ///
  /// Numbers are given anew. All of it is kept, or nothing.
  /// - Parameter next: The next run, nil after the last.
  /// - Throws: ``HistoryError``; what `next` throws.
  package func importRuns(by access: Access, from name: String, next: () throws(HistoryError) -> Run?)
    throws(HistoryError)
    -> ImportResult
  {
    try write { database in
      var result = ImportResult()
      while var run = try next() {
        run.number = nil
        // Whatever ran elsewhere when it was exported has ended by now, as far as anybody here can know.
        if run.outcome == .running { run.outcome = .interrupted }
        guard let known = try Run.fetchOne(database, sql: "SELECT * FROM runs WHERE id = ?", arguments: [run.id]) else {
          try run.insert(database)
          result.added += 1
          continue
        }
        let merged = known.completed(by: run)
        if merged == known {
          result.known += 1
        } else {
          try merged.update(database)
          result.completed += 1
        }
      }
      let detail = "\(result.added) added, \(result.completed) completed, \(result.known) known"
      try Audit.append(.init(.import, subject: name, detail: detail), by: access.person, role: access.role, database)
      return result
    }
  }

  /// How the audit says that a pruning left refused runs.
  static let keptRefused = ", refused ones kept"

  /// Removes the runs that a filter lets through; their pictures stay. Returns how many.
  package func prune(_ filter: RunFilter, keepBlocked: Bool, by access: Access) throws -> Int {
    try require(.prune, access)
    let (condition, arguments) = try filter.pruned(keepBlocked: keepBlocked)
    return try write { database in
      try database.execute(sql: "DELETE FROM runs WHERE \(condition)", arguments: arguments)
      let count = database.changesCount
      let until = filter.until.map { "before \($0.iso8601)" } ?? "of all times"
      let detail = "\(count) runs \(until)\(keepBlocked ? HistoryStore.keptRefused : "")"
      try Audit.append(.init(.prune, subject: "runs", detail: detail), by: access.person, role: access.role, database)
      return count
    }
  }

  /// How many runs ``prune(_:keepBlocked:by:)`` would remove.
  package func countPruned(_ filter: RunFilter, keepBlocked: Bool) throws(HistoryError) -> Int {
    let (condition, arguments) = try filter.pruned(keepBlocked: keepBlocked)
    return try read {
      try Int.fetchOne($0, sql: "SELECT count(*) FROM runs WHERE \(condition)", arguments: arguments) ?? 0
    }
  }

  /// Gives the room of removed runs back to the disk.
  package func compact() throws(HistoryError) {
    try writeWithoutTransaction { try $0.execute(sql: "VACUUM; PRAGMA wal_checkpoint(TRUNCATE)") }
  }

  /// Rates a run 1...5, or takes the rating away.
  package func rate(_ run: Run, _ rating: Int?) throws(HistoryError) {
    if let rating, !(1...5).contains(rating) { throw .request("A rating is 1 to 5, not \(rating).") }
    try write {
      try $0.execute(sql: "UPDATE runs SET rating = ? WHERE id = ?", arguments: [rating, run.id])
    }
  }

  /// Adds words to a run's flags, or takes them away. A word is small letters, digits and hyphens. Returns all flags.
  @discardableResult
  package func flag(_ run: Run, adding added: [String], removing removed: [String] = []) throws(HistoryError)
    -> [String]
  {
    for word in added + removed where !Run.isFlag(word) {
      throw .request("\"\(word)\" is no flag: one word of small letters, digits and hyphens.")
    }
    return try write { database in
      var current = run
      current.flags = try String.fetchOne(database, sql: "SELECT flags FROM runs WHERE id = ?", arguments: [run.id])
      current.flagWords = current.flagWords.filter { !removed.contains($0) } + added
      try database.execute(sql: "UPDATE runs SET flags = ? WHERE id = ?", arguments: [current.flags, run.id])
      return current.flagWords
    }
  }
}

extension RunFilter {
  fileprivate func pruned(keepBlocked: Bool) throws(HistoryError) -> (sql: String, arguments: StatementArguments) {
    let (sql, arguments) = try condition
    // A run that is being painted is not the past.
    return ("\(sql) AND outcome <> 'running'\(keepBlocked ? " AND outcome <> 'refused'" : "")", arguments)
  }
}

extension Run {
  /// What is known of the same run here, with what another history knows beyond that.
  fileprivate func completed(by other: Run) -> Run {
    var run = self
    if outcome == .running || outcome == .interrupted, other.outcome != .interrupted, other.outcome != .running {
      run = other
      run.number = number
      run.rating = rating
      run.flags = flags
    }
    run.rating = run.rating ?? other.rating
    run.flagWords += other.flagWords
    return run
  }
}
