import KernelInterface
import TestSupport
import Testing

@testable import Tensors

@Suite struct WeightBudgetTests {
  private static let sizes: [(rows: Int, inputs: Int, outputs: Int)] = [(1, 320, 640), (77, 200, 170), (300, 64, 1280)]
  private static let types: [ElementType] = [.float32, .float16, .bfloat16]

  /// A matrix of 16-bit patterns that are small numbers in both formats, or of float32 values.
  private func weight(_ shape: [Int], _ type: ElementType, seed: UInt64) -> StoredTensor {
    var random = SeededRandom(seed: seed)
    if type == .float32 { return StoredTensor(random.tensor(shape), offset: 4) }
    let patterns = (0..<shape.product).map { _ in UInt16(truncatingIfNeeded: random.next()) & 0xBFFF | 0x2000 }
    return StoredTensor(shape: shape, type, patterns: patterns, offset: 2)
  }

  private func transient(_ tensor: StoredTensor) -> StoredTensor {
    let marked = WeightBudget(bytes: 0).marked(tensor)
    #expect(marked.isTransient)
    return marked
  }

  @Test(arguments: sizes, types)
  func linearLayersAreTheSame(_ sizes: (rows: Int, inputs: Int, outputs: Int), type: ElementType) {
    let weight = weight([sizes.outputs, sizes.inputs], type, seed: 1)
    var random = SeededRandom(seed: 2)
    let x = random.tensor([sizes.rows, sizes.inputs])
    let bias = StoredTensor(random.tensor([sizes.outputs]))
    let kept = LinearOperator(weight: weight, bias: bias)
    let anew = LinearOperator(weight: transient(weight), bias: bias)
    for _ in 0..<2 {
      #expect(anew(x).values == kept(x).values)
      #expect(anew.gatedGELU(x).values == kept.gatedGELU(x).values)
    }
  }

  /// Each of the forms: pointwise, gathered (few channels), shifted (a stride) and Winograd's.
  @Test(
    arguments: [
      (channels: 160, window: 1, stride: 1, edge: 9), (8, 7, 2, 20), (64, 3, 2, 17), (64, 3, 1, 16), (64, 3, 1, 64),
    ], types)
  func convolutionsAreTheSame(_ shape: (channels: Int, window: Int, stride: Int, edge: Int), type: ElementType) {
    let weight = weight([224, shape.channels, shape.window, shape.window], type, seed: 3)
    var random = SeededRandom(seed: 4)
    let x = random.tensor([1, shape.edge, shape.edge, shape.channels])
    let padding = Padding(shape.window / 2)
    let kept = ConvolutionOperator(weight: weight, bias: nil, stride: shape.stride, padding: padding)
    let anew = ConvolutionOperator(weight: transient(weight), bias: nil, stride: shape.stride, padding: padding)
    for _ in 0..<2 { #expect(anew(x).values == kept(x).values) }
  }

  @Test func partsAndOtherShapesAreTransientToo() {
    let weight = transient(weight([400, 100, 1, 1], .float16, seed: 5))
    #expect(weight.rows(0..<100).isTransient)
    #expect(weight.reshaped([400, 100]).isTransient)
  }

  @Test func theFirstStayWhileTheBudgetLasts() {
    let each = PreparedMatrix.bytes(of: weight([200, 200], .float16, seed: 6))
    let budget = WeightBudget(bytes: 3 * each)
    let marked = (0..<5).map { budget.marked(weight([200, 200], .float16, seed: $0)) }
    #expect(marked.map(\.isTransient) == [false, false, false, true, true])
    #expect(budget.account.keptBytes == 3 * each)
    #expect(budget.account.transientBytes == 2 * each)
    #expect(budget.account.largestTransientBytes == each + 80_000)
  }

  @Test func vectorsAreAlwaysKept() {
    let budget = WeightBudget(bytes: 0)
    #expect(!budget.marked(StoredTensor(Tensor(shape: [100_000]))).isTransient)
    #expect(!budget.marked(StoredTensor(Tensor(shape: [10, 10]))).isTransient)
    #expect(budget.account == WeightBudget(bytes: 0).account)
  }

  /// In a process of its own: 16 layers of 8 MB over a file. Kept they stay, transient ones take what one takes, and the file's
  /// pages are gone in both cases.
  @Test func transientWeightsLeaveMemory() async {
    await #expect(processExitsWith: .success) {
      let (count, width) = (16, 2048)
      let each = 2 * width * width
      let file = TemporaryMapping(bytes: count * each)
      let tensors = (0..<count).map {
        StoredTensor(
          shape: [width, width], elementType: .float16, bytes: file.bytes($0 * each..<($0 + 1) * each))
      }
      let x = Tensor(shape: [4, width], filledWith: 1)
      _ = Compute.pool
      let start = residentBytes()
      /// The most that the process has grown in a pass through all layers; what one pass leaves idle is the next one's.
      func growth(_ budget: WeightBudget?) -> Int {
        let layers = tensors.map { LinearOperator(weight: budget?.marked($0) ?? $0, bias: nil) }
        return layers.reduce(0) { largest, layer in
          _ = layer(x)
          return max(largest, residentBytes() - start)
        }
      }
      let packed = PreparedMatrix.bytes(of: tensors[0])
      let transient = growth(WeightBudget(bytes: 0))
      let half = growth(WeightBudget(bytes: count / 2 * packed))
      let kept = growth(nil)
      precondition(transient < 2 * packed + each, "transient weights took \(transient) bytes")
      precondition(half < (count / 2 + 2) * packed + each, "half of the weights took \(half) bytes")
      precondition(kept > (count - 2) * packed, "kept weights took only \(kept) bytes")
    }
  }

  @Test(arguments: types) func singleRowsOfATable(type: ElementType) {
    let table = weight([40, 33], type, seed: 8)
    #expect(table.rows(at: [3, 39, 0, 3]).values == table.widened().rows(at: [3, 39, 0, 3]).values)
    #expect(table.rows(at: []).shape == [0, 33])
  }
}
