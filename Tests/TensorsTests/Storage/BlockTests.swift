import KernelInterface
import TestSupport
import Testing

@testable import Tensors

/// Tensors in blocks do what the same values in float32 do.
@Suite struct BlockTests {
  /// Random blocks whose scales are about as large as those of weights.
  static func stored(_ shape: [Int], _ format: BlockFormat, seed: UInt64 = 1) -> StoredTensor {
    var random = SeededRandom(seed: seed &+ stableHash(format.rawValue))
    let count = shape.product / format.values
    let halves: [BlockFormat: [Int]] = [
      .q4: [0], .q4WithMinimum: [0, 2], .q5: [0], .q5WithMinimum: [0, 2], .q8: [0], .q2K: [80, 82], .q3K: [108],
      .q4K: [0, 2],
      .q5K: [0, 2], .q6K: [208],
    ]
    var bytes: [UInt8] = []
    for _ in 0..<count {
      var block = (0..<format.bytes).map { _ in UInt8.random(in: 0...255, using: &random) }
      // 2^-10 to 2^-8; a double below one; no NaN of 8 bits.
      for place in halves[format] ?? [] { block[place + 1] = 0x14 + UInt8.random(in: 0...7, using: &random) }
      if format == .float64 { block[7] = 0x3F }
      if format.bytes == 1 { block[0] &= 0xBB }
      bytes += block
    }
    return StoredTensor(shape: shape, elementType: .blocks(format), bytes: StoredBytes(bytes, offset: 1).shared)
  }

  static let scales: [WeightScales?] = [
    nil, WeightScales(0.75), WeightScales((0..<15).map { 0.5 + Float($0) / 8 }, block: (16, 64), columns: 288),
  ]

  @Test(arguments: BlockFormat.allCases, 0..<3) func parts(format: BlockFormat, scale: Int) throws {
    let plain = BlockTests.stored([48, 288], format)
    let tensor = BlockTests.scales[scale].map { plain.scaled(by: $0) } ?? plain
    let whole = tensor.widened()
    let columns = tensor.shape[1]
    func rows(_ range: Range<Int>) -> [Float] {
      Array(whole.values[range.lowerBound * columns..<range.upperBound * columns])
    }
    #expect(tensor.rows(5..<9).widened().values == rows(5..<9))
    #expect(tensor.rows(5..<9).rows(at: [2, 0]).values == rows(7..<8) + rows(5..<6))
    #expect(tensor.rows(at: [3]).values == rows(3..<4))
    #expect(tensor.reshaped([columns, tensor.shape[0]]).widened().values == whole.values)
    #expect(tensor.transposed().shape == [columns, tensor.shape[0]])
  }

  /// A scale of its own for each block of a matrix.
  @Test func scalesOfBlocks() {
    let values = Tensor(shape: [5, 7], values: (0..<35).map(Float.init))
    let scaled = StoredTensor(values).scaled(by: WeightScales([1, 2, 3, 4, 5, 6], block: (2, 4), columns: 7))
    let expected = (0..<35).map { place in
      let scale = place / 14 * 2 + place % 7 / 4 + 1
      return Float(place * scale)
    }
    #expect(scaled.widened().values == expected)
    #expect(scaled.rows(at: [4, 1]).values == Array(expected[28...] + expected[7..<14]))
    #expect(scaled.rows(3..<5).widened().values == Array(expected[21...]))
  }

  private static let products: [(rows: Int, inputs: Int, outputs: Int)] = [
    (1, 32, 1), (3, 256, 17), (70, 1024, 200), (5, 1312, 65), (200, 96, 64),
  ]

  @Test(arguments: BlockFormat.allCases, products)
  func linear(format: BlockFormat, _ sizes: (rows: Int, inputs: Int, outputs: Int)) {
    // Rows that end within a block, as those of ComfyUI-GGUF's convolutions do.
    let outputs = (sizes.outputs * sizes.inputs).lowestMultiple(of: format.values * sizes.inputs) / sizes.inputs
    let weight = BlockTests.stored([outputs, sizes.inputs], format)
    var random = SeededRandom(seed: 5)
    let x = random.tensor([sizes.rows, sizes.inputs])
    let found = LinearOperator(weight: weight, bias: nil)(x)
    let expected = LinearOperator(weight: weight.widened(), bias: nil)(x)
    expectClose(found, expected, relative: 4e-6)
    if format.bytes == 1 {
      let scaled = weight.scaled(by: WeightScales(3))
      expectClose(LinearOperator(weight: scaled, bias: nil)(x), expected * 3, relative: 4e-6)
    }
  }

  private static let convolutions: [(edge: Int, inputs: Int, outputs: Int, window: Int, stride: Int)] = [
    (8, 64, 64, 1, 1), (24, 64, 96, 3, 1), (5, 4, 64, 3, 1), (9, 64, 80, 3, 2), (6, 160, 64, 3, 1), (40, 224, 32, 3, 1),
  ]

  @Test(arguments: BlockFormat.allCases, convolutions)
  func convolution(_ format: BlockFormat, _ sizes: (edge: Int, inputs: Int, outputs: Int, window: Int, stride: Int)) {
    let weight = BlockTests.stored([sizes.outputs, sizes.inputs, sizes.window, sizes.window], format)
    var random = SeededRandom(seed: 6)
    let x = random.tensor([1, sizes.edge, sizes.edge, sizes.inputs])
    let padding = Padding(sizes.window / 2)
    func result(_ weight: StoredTensor) -> Tensor {
      ConvolutionOperator(weight: weight, bias: nil, stride: sizes.stride, padding: padding)(x)
    }
    expectClose(result(weight), result(StoredTensor(weight.widened())), relative: 4e-6)
  }

  @Test func aBudgetCountsBlocks() {
    let weight = BlockTests.stored([512, 1024], .q4K)
    let marked = WeightBudget(bytes: 0).marked(weight)
    #expect(marked.isTransient)
    var random = SeededRandom(seed: 7)
    let x = random.tensor([3, 1024])
    #expect(LinearOperator(weight: marked, bias: nil)(x).values == LinearOperator(weight: weight, bias: nil)(x).values)
    guard Compute.kernels.outrunsBLAS else { return }
    let budget = WeightBudget(bytes: weight.bytes.count)
    #expect(!budget.marked(weight).isTransient && budget.account.keptBytes == weight.bytes.count)
  }
}

extension Int {
  fileprivate func lowestMultiple(of unit: Int) -> Int { (self + unit - 1) / unit * unit }
}
