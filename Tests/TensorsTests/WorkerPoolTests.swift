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

  @Test(arguments: 0..<4) func concurrentCallers(pool: Int) async {
    let visits = Visits(6 * 100)
    await withTaskGroup { group in
      for caller in 0..<6 {
        group.addTask {
          for _ in 0..<50 {
            WorkerPoolTests.pools[pool].forEach(100) { index in visits.add(caller * 100 + index) }
          }
        }
      }
    }
    #expect(visits.all.allSatisfy { $0 == 50 })
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
