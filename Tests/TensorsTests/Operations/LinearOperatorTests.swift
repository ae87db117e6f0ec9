import KernelInterface
import TestSupport
import Testing

@testable import Tensors

@Suite struct LinearOperatorTests {
  /// Sums of `inputs` products of values below 1: 1e-6 of the largest for a thousand terms, with room.
  private static let tolerance = 2e-6

  private static let sizes: [(rows: Int, inputs: Int, outputs: Int)] = [
    (1, 1, 1), (1, 7, 3), (3, 16, 16), (5, 17, 33), (31, 320, 40), (33, 3, 129), (77, 64, 200), (513, 5, 65),
    (1, 1280, 640), (1100, 9, 2),
  ]

  @Test(arguments: sizes) func plain(rows: Int, inputs: Int, outputs: Int) {
    var random = SeededRandom(seed: UInt64(rows * inputs))
    let x = random.tensor([rows, inputs])
    let weight = random.tensor([outputs, inputs])
    let bias = random.tensor([outputs])
    let product = Twin.product(x.values, weight.values, inputs: inputs, outputs: outputs)
    let without = LinearOperator(weight: weight, bias: nil)(x)
    #expect(without.shape == [rows, outputs])
    expectClose(without.values, product, relative: LinearOperatorTests.tolerance)
    let with = LinearOperator(weight: StoredTensor(weight), bias: StoredTensor(bias))(x)
    expectClose(
      with.values, Twin.epilogue(product, width: outputs, bias: bias.values), relative: LinearOperatorTests.tolerance)
  }

  /// Factors are rounded to bfloat16 on their way in, whatever type the matrix was stored in; sums are not.
  @Test(arguments: sizes, [ElementType.float32, .float16, .bfloat16])
  func ofBFloat16(_ sizes: (rows: Int, inputs: Int, outputs: Int), type: ElementType) {
    let (rows, inputs, outputs) = sizes
    var random = SeededRandom(seed: UInt64(rows * inputs))
    let (x, bias) = (random.tensor([rows, inputs]), random.tensor([outputs]))
    let weight = random.tensor([outputs, inputs])
    var stored =
      switch type {
      case .float32: StoredTensor(weight)
      case .float16: StoredTensor(shape: weight.shape, type, patterns: weight.values.map { Float16($0).bitPattern })
      default: StoredTensor(shape: weight.shape, type, patterns: weight.values.map { UInt16($0.bitPattern >> 16) })
      }
    stored.precision = .bfloat16
    let found = LinearOperator(weight: stored, bias: StoredTensor(bias))(x)
    let product = Twin.product(
      x.values.map(PairKernelTests.rounded), stored.widened().values.map(PairKernelTests.rounded), inputs: inputs,
      outputs: outputs)
    guard Compute.kernels.outrunsBLAS else { return }
    expectClose(
      found.values, Twin.epilogue(product, width: outputs, bias: bias.values), relative: LinearOperatorTests.tolerance)
  }

  /// A matrix of bfloat16 that is multiplied from its rows gives the bits of one that is packed, wherever its rows lie and however
  /// many share a panel; so does its gated product.
  @Test(arguments: [1, 6, 77, 800, 1600], [0, 2, 4])
  func ofRowsInPlace(rows: Int, offset: Int) {
    var random = SeededRandom(seed: UInt64(rows))
    // Three passes of the depth, and a last panel that is not full.
    let (inputs, outputs) = (4000, 328)
    let x = random.tensor([rows, inputs])
    let weight = random.tensor([outputs, inputs])
    let patterns = weight.values.map { UInt16($0.bitPattern >> 16) }
    func layer(_ type: ElementType, _ patterns: [UInt16], offset: Int) -> LinearOperator {
      var stored = StoredTensor(shape: weight.shape, type, patterns: patterns, offset: offset)
      stored.precision = .bfloat16
      #expect(RowMatrix.takes(stored) == (type == .bfloat16 && offset % 4 == 0))
      return LinearOperator(weight: stored, bias: nil)
    }
    let found = layer(.bfloat16, patterns, offset: offset)
    var widened = StoredTensor(
      Tensor(shape: weight.shape, values: patterns.map { Float(bitPattern: UInt32($0) << 16) }))
    widened.precision = .bfloat16
    let packed = LinearOperator(weight: widened, bias: nil)
    #expect(found(x).values == packed(x).values)
    #expect(found.gatedSiLU(x).values == packed.gatedSiLU(x).values)
  }

  /// Factors are rounded to steps of their group of 128, whatever type the matrix was stored in: the same as products of what the bytes
  /// stand for.
  @Test(
    arguments: sizes + [(7, 128, 64), (9, 130, 65), (50, 384, 192), (3, 4000, 70)],
    [ElementType.float32, .float16, .bfloat16, .blocks(.float8E4M3)])
  func ofBytes(_ sizes: (rows: Int, inputs: Int, outputs: Int), type: ElementType) {
    guard Compute.kernels.outrunsBLAS else { return }
    let (rows, inputs, outputs) = sizes
    var random = SeededRandom(seed: UInt64(rows * inputs))
    let (x, bias) = (random.tensor([rows, inputs]), random.tensor([outputs]))
    let weight = random.tensor([outputs, inputs])
    var stored =
      switch type {
      case .float32: StoredTensor(weight)
      case .float16: StoredTensor(shape: weight.shape, type, patterns: weight.values.map { Float16($0).bitPattern })
      case .bfloat16:
        StoredTensor(shape: weight.shape, type, patterns: weight.values.map { UInt16($0.bitPattern >> 16) })
      case .blocks(let format): BlockTests.stored(weight.shape, format)
      }
    stored.precision = .int8
    let found = LinearOperator(weight: stored, bias: StoredTensor(bias))(x)
    let product = Twin.product(
      ByteTwin.rows(x.values, width: inputs), ByteTwin.weights(stored.widened().values, width: inputs), inputs: inputs,
      outputs: outputs)
    expectClose(
      found.values, Twin.epilogue(product, width: outputs, bias: bias.values), relative: LinearOperatorTests.tolerance)
  }

  /// A value a thousand times the others spoils its own group: the rest is as exact as without.
  @Test func outliersOfBytes() {
    guard Compute.kernels.outrunsBLAS else { return }
    var random = SeededRandom(seed: 5)
    let (inputs, outputs) = (1024, 64)
    var values = random.values(20 * inputs)
    let weight = random.tensor([outputs, inputs])
    func error(_ values: [Float]) -> Float {
      var stored = StoredTensor(weight)
      stored.precision = .int8
      let found = LinearOperator(weight: stored, bias: nil)(Tensor(shape: [20, inputs], values: values)).values
      let expected = Twin.product(values, weight.values, inputs: inputs, outputs: outputs)
      return zip(found, expected).reduce(0) { max($0, ($1.0 - Float($1.1)).magnitude) }
    }
    let without = error(values)
    for row in 0..<20 { values[row * inputs + 300] = 30 }
    #expect(without < 0.5 && error(values) < 3)
  }

  /// Each part of the epilogue, alone and with the others, over more rows and columns than one tile has.
  @Test(arguments: 0..<16) func epilogues(choice: Int) {
    var random = SeededRandom(seed: UInt64(choice))
    let (rows, inputs, outputs) = (71, 23, 149)
    let x = random.tensor([1, rows, inputs])
    let weight = random.tensor([outputs, inputs, 1, 1])
    let (bias, shift, scale) = (random.tensor([outputs]), random.tensor([1, outputs]), random.tensor([outputs]))
    let residual = random.tensor([1, rows, outputs])
    let activation = Twin.activations[choice % Twin.activations.count]
    let (hasBias, hasShift, hasScale, hasResidual) =
      (choice & 1 != 0, choice & 2 != 0, choice & 4 != 0, choice & 8 != 0)
    let found = LinearOperator(weight: weight, bias: hasBias ? bias : nil)(
      x,
      Epilogue(
        shift: hasShift ? shift : nil, activation: activation, scale: hasScale ? scale : nil,
        residual: hasResidual ? residual : nil))
    let expected = Twin.epilogue(
      Twin.product(x.values, weight.values, inputs: inputs, outputs: outputs), width: outputs,
      bias: hasBias ? bias.values : nil, shift: hasShift ? shift.values : nil, activation: activation,
      scale: hasScale ? scale.values : nil, residual: hasResidual ? residual.values : nil)
    #expect(found.shape == [1, rows, outputs])
    expectClose(found.values, expected, relative: LinearOperatorTests.tolerance)
  }

  /// Halves of whole panels, gated where they arise, and others.
  @Test(arguments: [(1, 7, 1), (71, 23, 128), (3, 40, 130), (500, 9, 64), (2, 130, 16)], [false, true])
  func gated(_ sizes: (rows: Int, inputs: Int, width: Int), hasBias: Bool) {
    var random = SeededRandom(seed: UInt64(sizes.width))
    let x = random.tensor([1, sizes.rows, sizes.inputs])
    let (weight, bias) = (random.tensor([2 * sizes.width, sizes.inputs]), random.tensor([2 * sizes.width]))
    let linear = LinearOperator(weight: weight, bias: hasBias ? bias : nil)
    let found = linear.gatedGELU(x)
    #expect(found.shape == [1, sizes.rows, sizes.width])
    let product = Twin.epilogue(
      Twin.product(x.values, weight.values, inputs: sizes.inputs, outputs: 2 * sizes.width), width: 2 * sizes.width,
      bias: hasBias ? bias.values : nil)
    let expected = (0..<sizes.rows * sizes.width).map { index in
      let place = index / sizes.width * 2 * sizes.width + index % sizes.width
      return product[place] * Twin.activation(.gelu, product[place + sizes.width])
    }
    expectClose(found.values, expected, relative: LinearOperatorTests.tolerance)

    let swish = (0..<sizes.rows * sizes.width).map { index in
      let place = index / sizes.width * 2 * sizes.width + index % sizes.width
      return Twin.activation(.silu, product[place]) * product[place + sizes.width]
    }
    expectClose(linear.gatedSiLU(x).values, swish, relative: LinearOperatorTests.tolerance)
    let (stored, storedBias) = (StoredTensor(weight), hasBias ? StoredTensor(bias) : nil)
    let halves = [0..<sizes.width, sizes.width..<2 * sizes.width].map {
      LinearOperator(weight: stored.rows($0), bias: storedBias?.rows($0))
    }
    expectClose(halves[0].gatedSiLU(x, times: halves[1]).values, swish, relative: LinearOperatorTests.tolerance)
  }

  @Test func noRowsGiveNoRows() {
    let product = LinearOperator(weight: Tensor(shape: [3, 2], filledWith: 1), bias: Tensor([1, 2, 3]))
    #expect(product(Tensor(shape: [0, 2])).shape == [0, 3])
  }
}
