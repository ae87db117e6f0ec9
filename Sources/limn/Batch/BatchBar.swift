import Generation
import Synchronization

/// How far a batch is, on one line of the terminal: pictures, steps and the time left. Callable from any thread.
final class BatchBar: Sendable {
  private struct Content {
    /// Steps done, by the job's place.
    var stepsDone: [Int]
    var allDone = 0
    var picturesDone = 0
    var lastDrawn: ContinuousClock.Instant?
  }

  private let steps: [Int]
  private let allSteps: Int
  private let isShown: Bool
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private let content: Mutex<Content>

  init(_ jobs: [BatchJob], isShown: Bool) {
    steps = jobs.map(\.order.request.steps)
    allSteps = steps.reduce(0, +)
    self.isShown = isShown
    start = clock.now
    content = Mutex(Content(stepsDone: Array(repeating: 0, count: steps.count)))
    if isShown { Console.drawLine("loading") }
  }

  /// A job has done so many of its steps.
  func step(_ done: Int, of place: Int) {
    guard isShown else { return }
    content.withLock { content in
      content.allDone += done - content.stepsDone[place]
      content.stepsDone[place] = done
      let now = clock.now
      if let drawn = content.lastDrawn, now - drawn < .milliseconds(100) { return }
      content.lastDrawn = now
      draw(content, at: now)
    }
  }

  /// A job has ended, painted or not.
  func end(_ place: Int) {
    step(steps[place], of: place)
    content.withLock { $0.picturesDone += 1 }
  }

  func clear() {
    if isShown { Console.clearLine() }
  }

  private func draw(_ content: Content, at now: ContinuousClock.Instant) {
    guard content.allDone > 0 else { return Console.drawLine("0/\(steps.count) pictures") }
    Console.drawLine(
      ProgressBar.line(
        prefix: "\(content.picturesDone)/\(steps.count) pictures", done: content.allDone, total: allSteps,
        secondsPerStep: (now - start) / .seconds(1) / Double(content.allDone), width: Console.size.columns))
  }
}
