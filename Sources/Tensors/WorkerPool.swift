import Synchronization
import System

/// A fixed set of threads that share out the pieces of loops: all of them help one, or each of several its fair part.
///
/// A calling thread works on its own loop, so a pool of one thread starts none. The others go where the fewest help, and all
/// together, callers included, are about ``threadCount``: as many callers as that get no help and need none. Which thread
/// runs a piece changes nothing about it.
///
/// Threads spin for a moment between loops, because a network is thousands of short loops, and then sleep. A loop waits for the
/// threads that joined it, not for those that the system lets run something else: with busy processors the caller does
/// their share.
@safe package final class WorkerPool: @unchecked Sendable {
  /// Threads that work at a time, callers among them.
  package let threadCount: Int

  private let lock: UnsafeMutablePointer<pthread_mutex_t>
  private let wake: UnsafeMutablePointer<pthread_cond_t>
  /// Room for the loops that may be shared at a time; whoever finds none free works alone.
  private let loops: UnsafeMutablePointer<SharedLoop>
  /// A bit for each of `loops` that is taken.
  private let taken = Atomic<UInt32>(0)
  /// Counts the loops begun; a worker looks up when it changes.
  private let generation = Atomic<Int>(0)
  private let sleepers = Atomic<Int>(0)
  /// The most callers at a time of late, and when that was. One that is between two loops still counts: help for the others
  /// would be called back at once.
  private let crowd = Atomic<Int>(1)
  private let crowdGeneration = Atomic<Int>(0)
  /// Its value in a thread is not nil where that runs pieces of this pool.
  private let inside: pthread_key_t
  private let isTimed = Atomic<Bool>(false)
  private let timedLoops = Atomic<Int>(0)
  private let timedNanoseconds = Atomic<Int>(0)

  private static let capacity = 32
  private static let spins = 4000
  /// Loops after which a crowd that did not come again is forgotten.
  private static let memory = 32

  package init(threadCount: Int) {
    self.threadCount = max(1, threadCount)
    unsafe lock = .allocate(capacity: 1)
    unsafe wake = .allocate(capacity: 1)
    unsafe loops = .allocate(capacity: WorkerPool.capacity)
    unsafe pthread_mutex_init(lock, nil)
    unsafe pthread_cond_init(wake, nil)
    var key = pthread_key_t()
    unsafe pthread_key_create(&key, nil)
    inside = key
    for index in 0..<WorkerPool.capacity { unsafe (loops + index).initialize(to: SharedLoop()) }
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

  /// Calls `body(0)` to `body(count - 1)`, each once, in no particular order, on several threads; returns when all are done.
  /// A loop within a loop stays on its thread.
  package func forEach(_ count: Int, _ body: (Int) -> Void) {
    guard isTimed.load(ordering: .relaxed), count > 1, unsafe pthread_getspecific(inside) == nil else {
      return share(count, body)
    }
    let start = ContinuousClock.now
    share(count, body)
    let time = (ContinuousClock.now - start).components
    timedLoops.wrappingAdd(1, ordering: .relaxed)
    timedNanoseconds.wrappingAdd(
      Int(time.seconds) * 1_000_000_000 + Int(time.attoseconds / 1_000_000_000), ordering: .relaxed)
  }

  /// Counts loops and their time from now on, or no longer.
  func timeLoops(_ isOn: Bool) { isTimed.store(isOn, ordering: .relaxed) }

  /// Loops that were timed so far, and what they took together.
  var timedLoopsSoFar: (count: Int, seconds: Double) {
    (timedLoops.load(ordering: .relaxed), Double(timedNanoseconds.load(ordering: .relaxed)) / 1e9)
  }

  private func share(_ count: Int, _ body: (Int) -> Void) {
    guard count > 1, threadCount > 1, unsafe pthread_getspecific(inside) == nil, let place = takePlace() else {
      for piece in 0..<count { body(piece) }
      return
    }
    unsafe pthread_setspecific(inside, loops)
    withoutActuallyEscaping(body) { body in
      let loop = unsafe loops + place
      unsafe loop.pointee.begin(count, body)
      announce(pieces: count, callers: place + 1)
      unsafe loop.pointee.work()
      unsafe loop.pointee.end(spins: WorkerPool.spins)
    }
    taken.bitwiseAnd(~(1 << UInt32(place)), ordering: .releasing)
    pthread_setspecific(inside, nil)
  }

  /// Divides `0..<count` into ranges of at least `minimum` (but for the last), about `piecesPerThread` for each thread.
  package func forRanges(_ count: Int, minimum: Int = 1, piecesPerThread: Int = 4, _ body: (Range<Int>) -> Void) {
    guard count > 0 else { return }
    let wanted = threadCount == 1 ? 1 : threadCount * piecesPerThread
    let length = max(minimum, (count + wanted - 1) / wanted)
    let pieces = (count + length - 1) / length
    forEach(pieces) { piece in body(piece * length..<min(count, (piece + 1) * length)) }
  }

  /// The lowest free place, so that its number tells how many callers there are; nil where all are taken.
  private func takePlace() -> Int? {
    var known = taken.load(ordering: .relaxed)
    while true {
      let place = (~known).trailingZeroBitCount
      guard place < WorkerPool.capacity else { return nil }
      let (done, found) = taken.compareExchange(
        expected: known, desired: known | 1 << UInt32(place), ordering: .acquiring)
      if done { return place }
      known = found
    }
  }

  /// Tells the workers of a loop.
  private func announce(pieces: Int, callers: Int) {
    let now = generation.wrappingAdd(1, ordering: .sequentiallyConsistent).newValue
    let known = crowd.load(ordering: .relaxed)
    if callers > 1 || known > 1 { remember(callers, known, now) }
    let asleep = sleepers.load(ordering: .sequentiallyConsistent)
    guard asleep > 0 else { return }
    let wanted = min(pieces - 1, threadCount - max(callers, crowd.load(ordering: .relaxed)))
    let awake = threadCount - 1 - asleep
    guard wanted > awake else { return }
    unsafe pthread_mutex_lock(lock)
    for _ in awake..<wanted { unsafe pthread_cond_signal(wake) }
    unsafe pthread_mutex_unlock(lock)
  }

  private func remember(_ callers: Int, _ known: Int, _ now: Int) {
    if callers >= known {
      crowd.store(callers, ordering: .relaxed)
      crowdGeneration.store(now, ordering: .relaxed)
    } else if now - crowdGeneration.load(ordering: .relaxed) > WorkerPool.memory * known {
      crowd.store(known - 1, ordering: .relaxed)
      crowdGeneration.store(now, ordering: .relaxed)
    }
  }

  private func serve() {
    unsafe pthread_setspecific(inside, loops)
    var seen = 0
    while true {
      awaitLoop(after: seen)
      seen = generation.load(ordering: .acquiring)
      while let place = join() {
        let loop = unsafe loops + place
        unsafe loop.pointee.work { isSurplus(place) }
        unsafe loop.pointee.leave()
      }
    }
  }

  private func awaitLoop(after seen: Int) {
    for _ in 0..<WorkerPool.spins where generation.load(ordering: .acquiring) != seen { return }
    unsafe pthread_mutex_lock(lock)
    sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
    while generation.load(ordering: .sequentiallyConsistent) == seen { unsafe pthread_cond_wait(wake, lock) }
    sleepers.wrappingSubtract(1, ordering: .relaxed)
    unsafe pthread_mutex_unlock(lock)
  }

  /// Enters the loop that the fewest help, and says which; nil where there is none or where enough threads work.
  private func join() -> Int? {
    while true {
      let situation = look(except: nil)
      guard let place = situation.neediest, situation.helpers < situation.wanted else { return nil }
      if unsafe (loops + place).pointee.join() { return place }
    }
  }

  /// Whether a worker in the loop at `place` is one too many there.
  private func isSurplus(_ place: Int) -> Bool {
    guard taken.load(ordering: .relaxed) != 1 << UInt32(place) else { return false }
    let situation = look(except: place)
    let here = unsafe (loops + place).pointee.helpers
    return situation.helpers > situation.wanted || situation.neediest != nil && here >= situation.fewest + 2
  }

  /// What the workers do, as one of them sees it: nothing stands still meanwhile, and a worker too many or too few does no harm.
  private struct Situation {
    /// Workers in all loops.
    var helpers = 0
    /// Workers that there should be, with the callers beside them.
    var wanted = 0
    /// The loop with pieces left that the fewest help.
    var neediest: Int?
    var fewest = Int.max
  }

  /// - Parameter here: A loop that is not asked whether it needs anybody.
  private func look(except here: Int?) -> Situation {
    var rest = taken.load(ordering: .acquiring)
    var situation = Situation()
    situation.wanted = threadCount - max(rest.nonzeroBitCount, crowd.load(ordering: .relaxed))
    while rest != 0 {
      let place = rest.trailingZeroBitCount
      rest &= rest - 1
      let helpers = unsafe (loops + place).pointee.helpers
      situation.helpers += helpers
      if place != here, helpers < situation.fewest, unsafe (loops + place).pointee.hasPieces {
        situation.neediest = place
        situation.fewest = helpers
      }
    }
    return situation
  }
}
