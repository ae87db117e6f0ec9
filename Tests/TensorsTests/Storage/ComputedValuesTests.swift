import Synchronization
import Testing

@testable import Tensors

/// Tensors whose values are computed when they are read.
@Suite struct ComputedValuesTests {
  /// Counts how often `1, 2, ... 6` was computed.
  private final class Counter: Sendable {
    let count = Mutex(0)

    var stored: StoredTensor {
      StoredTensor(shape: [3, 2]) { [self] in
        count.withLock { $0 += 1 }
        return Tensor(shape: [3, 2], values: [1, 2, 3, 4, 5, 6])
      }
    }

    var times: Int { count.withLock { $0 } }
  }

  @Test func theyAreComputedWhenRead() {
    let counter = Counter()
    let stored = counter.stored
    #expect(stored.bytes.count == 24 && counter.times == 0)
    #expect(stored.rows(1..<3).reshaped([4]).widened().values == [3, 4, 5, 6])
    #expect(stored.rows(at: [2, 0]).values == [5, 6, 1, 2])
    #expect(counter.times == 1)
  }

  @Test func whatIsPackedIsNotKept() {
    let counter = Counter()
    let stored = counter.stored
    let linear = LinearOperator(weight: stored, bias: nil)
    #expect(linear(Tensor(shape: [1, 2], values: [1, 1])).values == [3, 7, 11])
    #expect(counter.times == 1)
    #expect(stored.widened().values == [1, 2, 3, 4, 5, 6])
    #expect(counter.times == 2)
  }

  @Test func viewsOutliveWhatIsDiscarded() {
    let stored = Counter().stored
    let view = stored.widened()
    stored.bytes.discard()
    #expect(view.values == [1, 2, 3, 4, 5, 6])
  }
}
