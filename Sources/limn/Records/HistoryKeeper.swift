import Dispatch
import Foundation
import Generation
import Guardrail
import History
import Synchronization

/// Writes every run into the history, beside the painting, and knows what this person may do.
///
/// The database is opened in the background while the model is. Whatever is wrong with it is said once, and painting goes on.
final class HistoryKeeper: RunObserver {
  /// The history was opened, or not: see ``HistoryKeeper/problem``.
  private let opened = DispatchSemaphore(value: 0)
  private let queue = DispatchQueue(label: "limn.history", qos: .userInitiated)
  private let state = Mutex(State())
  private let isOmitted: Bool
  private let isQuiet: Bool

  private struct State {
    var store: HistoryStore?
    var access = Access(withoutHistory: Installation.person)
    var hasWarned = false
    var hasBegun = false
    /// The rows of runs that have not ended.
    var rows: [UUID: Run] = [:]
  }

  /// Runs that wait to be written when the program ends.
  private static let current = Mutex<HistoryKeeper?>(nil)

  /// Begins to open the history.
  /// - Parameter isOmitted: `--no-history`: only refusals are recorded.
  init(isOmitted: Bool = false, isQuiet: Bool) {
    self.isOmitted = isOmitted
    self.isQuiet = isQuiet
    queue.async { [self] in
      attempt {
        let store = try HistoryStore(path: Installation.historyPath, patience: 5)
        let access = try store.access(for: Installation.person)
        state.withLock {
          $0.store = store
          $0.access = access
        }
      }
      // Who waits for permissions need not wait for what follows.
      opened.signal()
      guard let store = state.withLock({ $0.store }) else { return }
      attempt { try store.settleInterrupted() }
    }
    HistoryKeeper.current.withLock { $0 = self }
  }

  /// Waits until everything is written. The program calls it before it ends.
  static func finish() {
    current.withLock { $0 }?.queue.sync {}
  }

  /// What this person may do; where the history cannot be read, what a creator may.
  var access: Access {
    opened.wait()
    opened.signal()
    return state.withLock { $0.access }
  }

  /// - Throws: ``Forbidden``, which goes into the audit.
  func require(_ permission: Permission) throws(Forbidden) {
    let access = access
    guard let store = state.withLock({ $0.store }) else { return try access.require(permission) }
    try store.require(permission, access)
  }

  func began(_ run: PictureRun) {
    state.withLock { $0.hasBegun = true }
    guard !isOmitted else { return }
    let written = DispatchSemaphore(value: 0)
    queue.async { [self] in
      defer { written.signal() }
      guard let store = state.withLock({ $0.store }) else { return }
      var row = Run(run, access: state.withLock { $0.access })
      attempt { try store.begin(&row) }
      state.withLock { $0.rows[run.id] = row }
    }
    // A crash should find the run in the history; but another process's long import is no reason to wait with painting.
    _ = written.wait(timeout: .now() + 0.25)
  }

  func ended(_ run: PictureRun, _ outcome: RunOutcome) {
    let peakMemory = PictureRecord.peakMemory
    let finished = Date()
    if isOmitted {
      guard case .refused = outcome else { return }
    }
    queue.async { [self] in
      guard let store = state.withLock({ $0.store }) else { return }
      let access = state.withLock { $0.access }
      var row = state.withLock { $0.rows.removeValue(forKey: run.id) } ?? Run(run, access: access)
      row.end(run, outcome, peakMemory: peakMemory, at: finished)
      attempt {
        try store.finish(&row)
        if row.outcome == .refused {
          try store.append(
            AuditEvent(.refused, subject: row.id, detail: row.category ?? ""), by: access)
        }
      }
    }
  }

  /// Records what failed before there was anything to paint: a model that is missing, too little memory.
  func failed(_ wish: PictureWish, model: String?, _ error: any Error) {
    let status = ExitStatus(error) ?? .fault
    guard !isOmitted, [.unreadable, .resources, .fault].contains(status), !state.withLock({ $0.hasBegun }) else {
      return
    }
    queue.async { [self] in
      guard let store = state.withLock({ $0.store }) else { return }
      var row = Run(wish, access: state.withLock { $0.access })
      row.model = model
      row.fail(error)
      attempt { try store.finish(&row) }
    }
  }

  /// Does something with the database; the first thing that goes wrong is said, and nothing stops.
  private func attempt(_ work: () throws -> Void) {
    do {
      try work()
    } catch {
      let isFirst = state.withLock { state in
        defer { state.hasWarned = true }
        return !state.hasWarned
      }
      if isFirst, !isQuiet { Console.warning("Painting goes on, but is not recorded. \(error)") }
    }
  }
}
