import System

/// How often, and after which pauses, something is tried again.
struct Patience {
  var attempts: Int
  private let firstPause: Double
  private let longestWait: Double
  private let report: @Sendable (String) -> Void
  private var failures = 0

  private static let longestPause = 30.0

  init(_ settings: HubSettings, report: @escaping @Sendable (String) -> Void) {
    attempts = settings.attempts
    firstPause = settings.pauseSeconds
    longestWait = settings.longestWaitSeconds
    self.report = report
  }

  /// Begins to count anew: something has come.
  mutating func progressed() { failures = 0 }

  /// Waits before the next attempt.
  ///
  /// - Parameters:
  ///   - reason: What failed, as a sentence without its end.
  ///   - wish: Seconds that the other side asks for.
  /// - Throws: ``UserError/input(_:)`` where there have been enough, or the wish is too long; `CancellationError`.
  mutating func pause(because reason: String, atLeast wish: Double? = nil) async throws {
    failures += 1
    guard failures < attempts else {
      throw UserError.input(
        "\(reason); it was tried \(attempts) times. What has come is kept: the same command goes on from there.")
    }
    let pause = max(min(firstPause * Double(1 << min(failures - 1, 10)), Patience.longestPause), wish ?? 0)
    guard pause <= longestWait else {
      throw UserError.input(
        "\(reason) and asks to come again in \(Duration.brief(pause)). What has come is kept: the same command goes on from there."
      )
    }
    if pause >= 1 { report("\(reason); trying again in \(Duration.brief(pause)).") }
    try await Task.sleep(for: .seconds(pause))
  }
}
