import Synchronization

/// Why no further picture of a batch is begun.
package enum BatchStop: Sendable {
  case interrupted
  case failed
  /// Nothing more can be written, or painted.
  case broken(any Error)
}

/// How far a batch is, shared by the tasks that paint it.
final class BatchState: Sendable {
  struct Counts: Sendable {
    var painted = 0
    var failed = 0
    /// Withheld by the model's own safety checker.
    var refused = 0
    /// Of those painted.
    var blurred = 0
  }

  private struct Content {
    var next = 0
    var counts = Counts()
    var failures: [(job: BatchJob, reason: String)] = []
    var stop: BatchStop?
  }

  private let content = Mutex(Content())
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private let total: Int

  init(total: Int) {
    self.total = total
    start = clock.now
  }

  /// The place of the next job; nil where there is none or the batch shall end.
  func take() -> Int? {
    content.withLock { content in
      guard content.stop == nil, content.next < total else { return nil }
      content.next += 1
      return content.next - 1
    }
  }

  /// The first reason is the one that counts.
  func stop(_ reason: BatchStop) {
    content.withLock { if $0.stop == nil { $0.stop = reason } }
  }

  func succeeded(isBlurred: Bool) {
    content.withLock { content in
      content.counts.painted += 1
      if isBlurred { content.counts.blurred += 1 }
    }
  }

  func refused() { content.withLock { $0.counts.refused += 1 } }

  func failed(_ job: BatchJob, _ reason: String) {
    content.withLock { content in
      content.counts.failed += 1
      content.failures.append((job, reason))
    }
  }

  var counts: Counts { content.withLock { $0.counts } }
  var failures: [(job: BatchJob, reason: String)] { content.withLock { $0.failures } }
  var stopReason: BatchStop? { content.withLock { $0.stop } }
  var elapsedSeconds: Double { (clock.now - start) / .seconds(1) }
}
