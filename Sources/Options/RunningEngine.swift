import Engine
import Synchronization
import Terminal

/// The engine of this process, whose records must be written before it ends.
package enum RunningEngine {
  private static let current = Mutex<Engine?>(nil)

  /// - Parameters:
  ///   - omitsHistory: `--no-history`
  ///   - isQuiet: Whether nobody wants to hear that something could not be recorded.
  package static func start(omitsHistory: Bool = false, isQuiet: Bool = false) -> Engine {
    let engine = Engine(omitsHistory: omitsHistory) { sentence in if !isQuiet { Console.warning(sentence) } }
    current.withLock { $0 = engine }
    return engine
  }

  /// Waits until everything is recorded.
  package static func finish() { current.withLock { $0 }?.finish() }
}
