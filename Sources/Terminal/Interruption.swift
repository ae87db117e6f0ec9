import Foundation
import Synchronization

/// Ctrl-C and the like: the first asks for an orderly end, the second ends at once.
package enum Interruption {
  /// The number of the signal that came first; 0 before.
  private static let first = Atomic<Int32>(0)
  /// Whether work ends between steps rather than at once.
  private static let paints = Atomic(true)
  private static let interval = Duration.milliseconds(20)

  /// The exit status that the signal stands for; nil before one came.
  package static var status: Int32? {
    let number = first.load(ordering: .relaxed)
    return number == 0 ? nil : 128 + number
  }

  /// Runs work that a signal cancels; from then on signals are asked about instead of ending the process.
  ///
  /// - Parameter paints: Whether the work ends between steps rather than at once.
  package static func cancelling<Value: Sendable>(
    paints: Bool = true, _ work: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    listen(paints: paints)
    let task = Task { try await work() }
    let watch = Task {
      // A handler may do no more than set a number.
      while !Task.isCancelled {
        if status != nil { return task.cancel() }
        try? await Task.sleep(for: interval)
      }
    }
    defer { watch.cancel() }
    return try await task.value
  }

  /// From now on a signal to end is asked about (``status``) instead of ending the process.
  package static func listen() { listen(paints: false) }

  /// Goes on after a Ctrl-C that ended what was painted; other signals still end the process.
  package static func forgetControlC() {
    _ = first.compareExchange(expected: SIGINT, desired: 0, ordering: .relaxed)
  }

  /// After `nohup`, hanging up stays without effect.
  private static func listen(paints: Bool) {
    self.paints.store(paints, ordering: .relaxed)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      if number == SIGHUP, isIgnored(number) { continue }
      // What a signal handler may do: set a number, write, or leave.
      Foundation.signal(number) { number in
        guard Interruption.first.compareExchange(expected: 0, desired: number, ordering: .relaxed).exchanged else {
          _exit(128 + number)
        }
        // A step of a large picture takes a while: whoever pressed Ctrl-C should see that it was heard.
        if number == SIGINT, Interruption.paints.load(ordering: .relaxed) {
          Interruption.say("\nEnding after this step; Ctrl-C again ends at once.\n")
        }
      }
    }
  }

  /// Callable within a signal handler.
  private static func say(_ sentence: StaticString) {
    if isatty(STDERR_FILENO) == 1 { _ = unsafe write(STDERR_FILENO, sentence.utf8Start, sentence.utf8CodeUnitCount) }
  }

  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    unsafe sigaction(number, nil, &action)
    return unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1  // SIG_IGN
  }
}
