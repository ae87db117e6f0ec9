import Dispatch

/// Threads for painting alone: whoever paints waits for disks and for the history, and answers must not wait for that.
final class PaintingExecutor: TaskExecutor {
  private let queue = DispatchQueue(label: "limn.server.painting", qos: .userInitiated, attributes: .concurrent)

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}

/// Work that holds a thread for a while: opening models, decoding pictures, asking the disk. Swift's tasks share too few
/// threads for that.
enum Background {
  private static let queue = DispatchQueue(label: "limn.server.work", qos: .userInitiated, attributes: .concurrent)

  static func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      queue.async { continuation.resume(with: Result(catching: work)) }
    }
  }
}
