import Synchronization
import Tensors
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite struct WorkerPoolTests {
  /// One pool for each size: their threads live as long as the process.
  private static let pools = [1, 2, 3, 8].map { WorkerPool(threadCount: $0) }

  /// How often each index was visited.
  private final class Visits: Sendable {
    private let counts: Mutex<[Int]>

    init(_ count: Int) { counts = Mutex([Int](repeating: 0, count: count)) }

    func add(_ index: Int) { counts.withLock { $0[index] += 1 } }

    var all: [Int] { counts.withLock { $0 } }
  }

  private func visits(_ count: Int, _ loop: (_ visit: (Int) -> Void) -> Void) -> [Int] {
    let visits = Visits(count)
    loop(visits.add)
    return visits.all
  }

  @Test(arguments: 0..<4) func everyIndexOnce(pool: Int) {
    for count in [0, 1, 2, 3, 7, 64, 1001] {
      let found = visits(count) { visit in WorkerPoolTests.pools[pool].forEach(count, visit) }
      #expect(found.allSatisfy { $0 == 1 })
    }
  }

  /// Thousands of short loops one after another, as a network is; every loop has ended when the next begins.
  @Test(arguments: 0..<4) func manyRounds(pool: Int) {
    let total = Atomic<Int>(0)
    var expected = 0
    for round in 0..<5000 {
      let count = 1 + round % 5
      WorkerPoolTests.pools[pool].forEach(count) { total.wrappingAdd($0 + 1, ordering: .relaxed) }
      expected += count * (count + 1) / 2
      if total.load(ordering: .relaxed) != expected {
        Issue.record("round \(round) returned before its end")
        return
      }
    }
  }

  /// Long enough between loops for the threads to fall asleep.
  @Test func wakesSleepers() {
    for _ in 0..<20 {
      usleep(5000)
      let found = visits(50) { visit in WorkerPoolTests.pools[2].forEach(50, visit) }
      #expect(found.allSatisfy { $0 == 1 })
    }
  }

  @Test(arguments: 0..<4) func nestedLoops(pool: Int) {
    let pool = WorkerPoolTests.pools[pool]
    let found = visits(30 * 20) { visit in
      pool.forEach(30) { outer in
        pool.forEach(20) { inner in visit(outer * 20 + inner) }
      }
    }
    #expect(found.allSatisfy { $0 == 1 })
  }

  @Test(arguments: 0..<4, [2, 3, 6, 8, 40]) func severalCallers(pool: Int, callers: Int) {
    let visits = Visits(callers * 100)
    onThreads(callers) { caller in
      for _ in 0..<20 {
        WorkerPoolTests.pools[pool].forEach(100) { index in visits.add(caller * 100 + index) }
      }
    }
    #expect(visits.all.allSatisfy { $0 == 20 })
  }

  /// Each caller reads what its pieces wrote without a lock, as operations do.
  @Test(arguments: 0..<4) func severalCallersWithLoopsInLoops(pool: Int) {
    let pool = WorkerPoolTests.pools[pool]
    onThreads(5) { caller in
      for round in 0..<100 {
        let count = 1 + (7 * round + caller) % 50
        let found = unsafe [Int](unsafeUninitializedCapacity: 4 * count) { values, used in
          let start = values.baseAddress!
          pool.forEach(count) { outer in
            pool.forEach(4) { inner in unsafe (start + 4 * outer + inner).initialize(to: 4 * outer + inner) }
          }
          used = 4 * count
        }
        #expect(found == Array(0..<4 * count))
      }
    }
  }

  /// About as many threads as the pool has: a worker more for each that looks at the same moment.
  @Test(arguments: [2, 3, 8], [1, 2, 3, 8]) func threadsStayFew(threadCount: Int, callers: Int) {
    let pool = WorkerPool(threadCount: threadCount)
    let running = Atomic<Int>(0)
    let most = Atomic<Int>(0)
    onThreads(callers) { _ in
      for _ in 0..<30 {
        pool.forEach(20) { _ in
          let now = running.wrappingAdd(1, ordering: .relaxed).newValue
          most.max(now, ordering: .relaxed)
          usleep(100)
          running.wrappingSubtract(1, ordering: .relaxed)
        }
      }
    }
    #expect(most.load(ordering: .relaxed) <= max(threadCount, callers) + min(callers, threadCount) - 1)
  }

  /// Pieces of a fixed time, so that only the pool decides who gets how many threads. What the system does to the threads may
  /// spoil a round; a pool that is not fair spoils all.
  @Test(arguments: [2, 3, 8], [2, 3, 5, 8]) func everybodyGetsAShare(threadCount: Int, callers: Int) {
    let pool = WorkerPool(threadCount: threadCount)
    var best = 0.0
    for _ in 0..<20 where best < 0.5 {
      let pieces = (0..<callers).map { _ in Counter() }
      let end = ContinuousClock.now + .milliseconds(200)
      onThreads(callers) { caller in
        // One has a long loop, the others many short ones.
        let length = caller == 0 ? 1000 : 10
        while ContinuousClock.now < end {
          pool.forEach(length) { _ in
            guard ContinuousClock.now < end else { return }
            usleep(200)
            pieces[caller].value.wrappingAdd(1, ordering: .relaxed)
          }
        }
      }
      let found = pieces.map { Double($0.value.load(ordering: .relaxed)) }
      best = max(best, found.min()! * Double(callers) / found.reduce(0, +))
    }
    #expect(best >= 0.5)
  }

  private final class Counter: Sendable { let value = Atomic<Int>(0) }

  /// Many more threads than processors take some time longer, not many times.
  @Test(.timeLimit(.minutes(2)), arguments: [4, 16, 32]) func tooManyThreads(threadCount: Int) {
    let pool = WorkerPool(threadCount: threadCount)
    let total = Atomic<Int>(0)
    for _ in 0..<2000 { pool.forEach(64) { total.wrappingAdd($0, ordering: .relaxed) } }
    #expect(total.load(ordering: .relaxed) == 2000 * 63 * 32)
  }

  @Test(arguments: 0..<4) func rangesCoverEverythingOnce(pool: Int) {
    for (count, minimum) in [(0, 1), (1, 1), (1, 100), (17, 4), (1000, 16), (1000, 1), (999, 2000)] {
      let found = visits(count) { visit in
        WorkerPoolTests.pools[pool].forRanges(count, minimum: minimum) { range in
          #expect(range.count >= min(minimum, count) || range.upperBound == count)
          range.forEach(visit)
        }
      }
      #expect(found.allSatisfy { $0 == 1 })
    }
  }

  @Test func noThreadsIsOne() {
    #expect(WorkerPool(threadCount: 0).threadCount == 1)
    #expect(WorkerPool(threadCount: -3).threadCount == 1)
  }
}
