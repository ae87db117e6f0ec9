import Batch
import Synchronization
import System
import Terminal

/// How far a batch is, on one line of the terminal: pictures, steps and the time left. Callable from any thread.
package final class BatchBar: Sendable {
  private struct Content {
    /// Steps of each job, and those done, by the job's index.
    var steps: [Int: Int] = [:]
    var done: [Int: Int] = [:]
    var picturesDone = 0
    var lastDrawn: ContinuousClock.Instant?

    var allSteps: Int { steps.values.reduce(0, +) }
    var allDone: Int { done.values.reduce(0, +) }
  }

  private let isShown: Bool
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private let content = Mutex(Content())

  package init(isShown: Bool) {
    self.isShown = isShown
    start = clock.now
  }

  package func begin(_ jobs: [BatchJob]) {
    guard isShown, !jobs.isEmpty else { return }
    content.withLock { content in
      content.steps = Dictionary(uniqueKeysWithValues: jobs.map { ($0.index, $0.summary.steps) })
    }
    Console.drawLine("loading")
  }

  /// A job has done so many of its evaluations.
  package func step(_ done: Int, of total: Int, _ job: BatchJob) {
    guard isShown else { return }
    content.withLock { content in
      content.steps[job.index] = total
      content.done[job.index] = done
      let now = clock.now
      if let drawn = content.lastDrawn, now - drawn < .milliseconds(100) { return }
      content.lastDrawn = now
      draw(content, at: now)
    }
  }

  /// A job has ended, painted or not.
  package func end(_ job: BatchJob) {
    content.withLock { content in
      content.done[job.index] = content.steps[job.index]
      content.picturesDone += 1
    }
  }

  package func clear() {
    if isShown { Console.clearLine() }
  }

  private func draw(_ content: Content, at now: ContinuousClock.Instant) {
    guard content.allDone > 0 else { return Console.drawLine("0/\(content.steps.count) pictures") }
    Console.drawLine(
      ProgressBar.line(
        prefix: "\(content.picturesDone)/\(content.steps.count) pictures", done: content.allDone,
        total: content.allSteps, secondsPerStep: (now - start) / .seconds(1) / Double(content.allDone),
        width: Console.size.columns))
  }
}
