import Synchronization
import System

/// A fixed set of threads that share out the pieces of one loop at a time.
///
/// The calling thread works too, so a pool of one thread starts none. Threads spin for a moment between loops, because
/// a network is thousands of short loops, and then sleep. A loop waits for the threads that joined it, not for those that
/// the system lets run something else: with busy processors the caller does their share.
@safe package final class WorkerPool: @unchecked Sendable {
  /// Threads that work on a loop, the caller among them.
  package let threadCount: Int

  private let lock: UnsafeMutablePointer<pthread_mutex_t>
  private let wake: UnsafeMutablePointer<pthread_cond_t>
  /// One loop at a time; a nested or concurrent one runs on its own thread alone.
  private let occupied = Atomic<Bool>(false)
  /// Counts the loops begun; a worker looks up when it changes.
  private let generation = Atomic<Int>(0)
  private let nextPiece = Atomic<Int>(0)
  /// 1 while a loop may be joined, and 2 for every worker inside.
  private let gate = Atomic<Int>(0)
  /// Written by the caller before the gate opens, read by workers inside.
  private var pieces = 0
  private var body: (Int) -> Void = { _ in }

  private static let spins = 4000

  package init(threadCount: Int) {
    self.threadCount = max(1, threadCount)
    unsafe lock = .allocate(capacity: 1)
    unsafe wake = .allocate(capacity: 1)
    unsafe pthread_mutex_init(lock, nil)
    unsafe pthread_cond_init(wake, nil)
    for _ in 1..<max(2, threadCount) where threadCount > 1 {
      var thread = pthread_t()
      // The pool lives as long as the process: the threads keep it alive.
      let context = unsafe Unmanaged.passRetained(self).toOpaque()
      unsafe pthread_create(
        &thread, nil,
        { context in
          unsafe Unmanaged<WorkerPool>.fromOpaque(context!).takeUnretainedValue().serve()
          return nil
        }, context)
      pthread_detach(thread)
    }
  }

  /// Calls `body(0)` to `body(count - 1)`, each once, in no particular order, on all threads; returns when all are done.
  package func forEach(_ count: Int, _ body: (Int) -> Void) {
    guard count > 1, threadCount > 1,
      occupied.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
    else {
      for piece in 0..<count { body(piece) }
      return
    }
    defer { occupied.store(false, ordering: .releasing) }
    withoutActuallyEscaping(body) { body in
      self.body = body
      pieces = count
      nextPiece.store(0, ordering: .relaxed)
      gate.store(1, ordering: .releasing)
      unsafe pthread_mutex_lock(lock)
      generation.wrappingAdd(1, ordering: .releasing)
      unsafe pthread_cond_broadcast(wake)
      unsafe pthread_mutex_unlock(lock)
      takePieces()
      gate.wrappingSubtract(1, ordering: .relaxed)
      // Workers still hold `body` until the last has left.
      var spins = 0
      while gate.load(ordering: .acquiring) > 0 {
        spins += 1
        if spins > WorkerPool.spins { sched_yield() }
      }
      self.body = { _ in }
    }
  }

  /// Divides `0..<count` into ranges of at least `minimum` (but for the last), about `piecesPerThread` for each thread.
  package func forRanges(_ count: Int, minimum: Int = 1, piecesPerThread: Int = 4, _ body: (Range<Int>) -> Void) {
    guard count > 0 else { return }
    let wanted = threadCount == 1 ? 1 : threadCount * piecesPerThread
    let length = max(minimum, (count + wanted - 1) / wanted)
    let pieces = (count + length - 1) / length
    forEach(pieces) { piece in body(piece * length..<min(count, (piece + 1) * length)) }
  }

  private func takePieces() {
    while true {
      let piece = nextPiece.wrappingAdd(1, ordering: .relaxed).oldValue
      if piece >= pieces { return }
      body(piece)
    }
  }

  private func serve() {
    var seen = 0
    while true {
      var spins = 0
      while generation.load(ordering: .acquiring) == seen {
        spins += 1
        if spins > WorkerPool.spins {
          unsafe pthread_mutex_lock(lock)
          while generation.load(ordering: .acquiring) == seen { unsafe pthread_cond_wait(wake, lock) }
          unsafe pthread_mutex_unlock(lock)
        }
      }
      seen = generation.load(ordering: .acquiring)
      guard join() else { continue }
      takePieces()
      gate.wrappingSubtract(2, ordering: .releasing)
    }
  }

  /// Enters the loop that is on; false where it is over.
  private func join() -> Bool {
    var state = gate.load(ordering: .relaxed)
    while state & 1 == 1 {
      let (joined, found) = gate.compareExchange(expected: state, desired: state + 2, ordering: .acquiring)
      if joined { return true }
      state = found
    }
    return false
  }
}
