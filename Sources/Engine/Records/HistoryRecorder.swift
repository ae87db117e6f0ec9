import Dispatch
import Foundation
import Guardrail
import History
import Painting
import Synchronization
import System

/// Writes every run into the history, beside the painting, and knows what this person may do.
///
/// The database is opened in the background while the model is. What could not be written is reported, and painting goes on.
package final class HistoryRecorder: RunObserver {
  /// The history was opened, or could not be.
  private let opened = DispatchSemaphore(value: 0)
  private let queue = DispatchQueue(label: "limn.history", qos: .userInitiated)
  private let state: Mutex<State>
  /// Whether only refusals are recorded.
  package let isOmitted: Bool
  private let report: @Sendable (String) -> Void

  private struct State {
    var store: HistoryStore?
    var access: Access
    var hasReported = false
    var hasBegun = false
    /// The rows of runs that have not ended.
    var rows: [UUID: Run] = [:]
  }

  /// Begins to open the history.
  ///
  /// - Parameters:
  ///   - isOmitted: Whether only refusals are recorded.
  ///   - report: Hears a sentence the first time that something could not be written.
  init(_ installation: Installation, isOmitted: Bool, report: @escaping @Sendable (String) -> Void) {
    self.isOmitted = isOmitted
    self.report = report
    let person = installation.person
    state = Mutex(State(access: Access(withoutHistory: person)))
    queue.async { [self] in
      attempt {
        let store = try HistoryStore(path: installation.historyPath, patience: 5)
        let access = try store.access(for: person)
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
  }

  /// Records in a history that is open, in the name of one person of several.
  init(_ store: HistoryStore, access: Access, report: @escaping @Sendable (String) -> Void) {
    isOmitted = false
    self.report = report
    state = Mutex(State(store: store, access: access))
    opened.signal()
  }

  /// The history, where it could be opened.
  package var store: HistoryStore? {
    opened.wait()
    opened.signal()
    return state.withLock { $0.store }
  }

  /// Waits until everything is written.
  package func finish() { queue.sync {} }

  /// What this person may do; where the history cannot be read, what a creator may.
  package var access: Access {
    opened.wait()
    opened.signal()
    return state.withLock { $0.access }
  }

  /// - Throws: ``Forbidden``, which goes into the audit.
  package func require(_ permission: Permission) throws(Forbidden) {
    let access = access
    guard let store = state.withLock({ $0.store }) else { return try access.require(permission) }
    try store.require(permission, access)
  }

  /// A run by its number or `last`, as this person may see it.
  ///
  /// - Throws: ``Forbidden``; `HistoryError` where there is none that they may see, or no history.
  func run(named name: String) throws -> Run {
    try require(.seeOwnHistory)
    let access = access
    guard let store = state.withLock({ $0.store }) else {
      throw HistoryError.unknownRun("There is no run \"\(name)\": the history could not be opened.")
    }
    return try store.run(named: name, for: access).shown(to: access)
  }

  package func began(_ run: PictureRun) {
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

  package func ended(_ run: PictureRun, _ outcome: RunOutcome) {
    let peakMemory = Machine.current.peakMemory ?? 0
    let finished = run.now
    if isOmitted {
      guard case .refused = outcome else { return }
    }
    queue.async { [self] in
      guard let store = state.withLock({ $0.store }) else { return }
      let access = state.withLock { $0.access }
      var row = state.withLock { $0.rows.removeValue(forKey: run.id) } ?? Run(run, access: access)
      row.end(run, outcome, peakMemory: peakMemory, at: finished)
      attempt { try store.finish(&row, by: access) }
    }
  }

  /// Records a change to a picture that was not painted here.
  func edited(_ run: Run) {
    guard !isOmitted else { return }
    queue.async { [self] in
      guard let store = state.withLock({ $0.store }) else { return }
      var row = run
      attempt { try store.finish(&row) }
    }
  }

  /// Records what failed before there was anything to paint: a model that is missing, too little memory.
  package func failed(_ settings: PictureSettings, _ error: any Error) {
    let status = ExitStatus(error) ?? .fault
    guard !isOmitted, [.unreadable, .resources, .fault].contains(status), !state.withLock({ $0.hasBegun }) else {
      return
    }
    queue.async { [self] in
      guard let store = state.withLock({ $0.store }) else { return }
      var row = Run(settings, access: state.withLock { $0.access })
      row.fail(error)
      attempt { try store.finish(&row) }
    }
  }

  /// Does something with the database; the first thing that goes wrong is reported, and nothing stops.
  private func attempt(_ work: () throws -> Void) {
    do {
      try work()
    } catch {
      let isFirst = state.withLock { state in
        defer { state.hasReported = true }
        return !state.hasReported
      }
      if isFirst { report("Painting goes on, but is not recorded. \(error)") }
    }
  }
}
