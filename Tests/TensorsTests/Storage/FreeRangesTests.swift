import TestSupport
import Testing

@testable import Tensors

@Suite struct FreeRangesTests {
  @Test func neighboursAreOne() {
    var free = FreeRanges()
    for range in [0..<10, 30..<40, 20..<30, 50..<60, 10..<20] { free.insert(range) }
    #expect(free.ranges == [0..<40, 50..<60])
    #expect(free.bytes == 50)
  }

  @Test func theShortestThatHoldsItIsTaken() {
    var free = FreeRanges()
    for range in [0..<100, 200..<220, 300..<330] { free.insert(range) }
    #expect(free.take(15) == 200..<215)
    #expect(free.take(25) == 300..<325)
    #expect(free.take(101) == nil)
    #expect(free.take(100) == 0..<100)
    #expect(free.ranges == [215..<220, 325..<330])
    #expect(free.bytes == 10)
  }

  @Test func surplusLeavesTheLongestRangesAtWholeUnits() {
    var free = FreeRanges()
    for range in [3..<103, 200..<220] { free.insert(range) }
    #expect(free.trim(to: 120, unit: 8).isEmpty)
    #expect(free.trim(to: 100, unit: 8) == [80..<103])
    #expect(free.ranges == [3..<80, 200..<220])
    #expect(free.trim(to: 0, unit: 8) == [0..<80].map { max(3, $0.lowerBound)..<$0.upperBound } + [200..<220])
    #expect(free.ranges.isEmpty && free.bytes == 0)
  }

  /// Blocks taken and given back in any order never overlap, and in the end all is one range again.
  @Test(arguments: 0..<20) func anyOrder(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    var free = FreeRanges()
    free.insert(0..<10_000)
    var taken: [Range<Int>] = []
    for _ in 0..<500 {
      if taken.isEmpty || random.next() % 3 > 0, let range = free.take(1 + Int(random.next() % 400)) {
        #expect(taken.allSatisfy { !$0.overlaps(range) } && free.ranges.allSatisfy { !$0.overlaps(range) })
        taken.append(range)
      } else if !taken.isEmpty {
        free.insert(taken.remove(at: Int(random.next() % UInt64(taken.count))))
      }
      #expect(free.bytes + taken.reduce(0) { $0 + $1.count } == 10_000)
    }
    for range in taken { free.insert(range) }
    #expect(free.ranges == [0..<10_000])
  }
}
