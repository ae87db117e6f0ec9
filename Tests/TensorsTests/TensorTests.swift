import Tensors
import TestSupport
import Testing

@Suite struct TensorTests {
  @Test func copiesAreIndependent() {
    var first = Tensor([1, 2, 3])
    let second = first
    unsafe first.withMutableBuffer { unsafe $0[0] = 9 }
    #expect(first.values == [9, 2, 3] && second.values == [1, 2, 3])
  }

  @Test func reshapedShareUntilChanged() {
    let first = Tensor(shape: [2, 2], values: [1, 2, 3, 4])
    var second = first.reshaped([4])
    unsafe second.withMutableBuffer { unsafe $0[3] = 0 }
    #expect(first.values == [1, 2, 3, 4] && second.values == [1, 2, 3, 0])
  }

  @Test func arithmetic() {
    let (a, b) = (Tensor([1, -2, 4]), Tensor([0.5, 8, -1]))
    #expect((a + b).values == [1.5, 6, 3])
    #expect((a - b).values == [0.5, -10, 5])
    #expect((a * b).values == [0.5, -16, -4])
    #expect((a * 2).values == [2, -4, 8] && (2 * a).values == (a * 2).values)
    #expect((a / 2).values == [0.5, -1, 2])
    #expect((a + 1).values == [2, -1, 5] && (a - 1).values == [0, -3, 3])
    #expect((-a).values == [-1, 2, -4])
  }

  @Test func clampingKeepsNaN() {
    let clamped = Tensor([-.infinity, -3, 0.5, 30, .infinity, .nan]).clamped(to: -1...20).values
    #expect(clamped.dropLast() == [-1, -1, 0.5, 20, 20] && clamped[5].isNaN)
  }

  @Test func extents() {
    #expect(Tensor(shape: [], values: [3]).rank == 0)
    #expect(Tensor(shape: [2, 0, 3]).values == [])
    #expect(Tensor(shape: [2, 3], filledWith: 4).values == [4, 4, 4, 4, 4, 4])
  }
}
