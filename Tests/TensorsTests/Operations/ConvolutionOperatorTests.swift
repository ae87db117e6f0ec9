import KernelInterface
import TestSupport
import Testing

@testable import Tensors

/// One convolution's sizes.
struct ConvolutionCase: Sendable, CustomTestStringConvertible {
  var batch = 1
  var height = 5
  var width = 7
  var inputs = 3
  var outputs = 4
  var kernel = (height: 3, width: 3)
  var stride = 1
  var padding = Padding(1)

  var testDescription: String {
    "\(batch)x\(height)x\(width)x\(inputs) to \(outputs), kernel \(kernel), stride \(stride), \(padding)"
  }

  var outputHeight: Int { (height + padding.top + padding.bottom - kernel.height) / stride + 1 }
  var outputWidth: Int { (width + padding.left + padding.right - kernel.width) / stride + 1 }

  /// Channels last in and out; weights as checkpoints store them.
  func twin(_ x: [Float], _ weight: [Float]) -> [Double] {
    var result: [Double] = []
    for image in 0..<batch {
      for row in 0..<outputHeight {
        for column in 0..<outputWidth {
          for output in 0..<outputs {
            var sum = 0.0
            for input in 0..<inputs {
              for y in 0..<kernel.height {
                for x0 in 0..<kernel.width {
                  let (line, place) = (row * stride - padding.top + y, column * stride - padding.left + x0)
                  guard 0..<height ~= line, 0..<width ~= place else { continue }
                  let factor = weight[((output * inputs + input) * kernel.height + y) * kernel.width + x0]
                  sum += Double(x[((image * height + line) * width + place) * inputs + input]) * Double(factor)
                }
              }
            }
            result.append(sum)
          }
        }
      }
    }
    return result
  }
}

@Suite struct ConvolutionOperatorTests {
  /// Sums of up to a few thousand products of values below 1; see LinearOperatorTests. Room for Winograd's transforms,
  /// which lose some three bits.
  private static let tolerance = 2e-5

  private static let cases: [ConvolutionCase] = [
    .init(),
    .init(height: 1, width: 1, inputs: 1, outputs: 1),
    .init(height: 1, width: 1, inputs: 17, outputs: 33),
    .init(height: 2, width: 1, inputs: 5, outputs: 16),
    .init(batch: 3, height: 4, width: 4, inputs: 16, outputs: 16),
    .init(batch: 2, height: 13, width: 9, inputs: 19, outputs: 21),
    .init(height: 33, width: 31, inputs: 32, outputs: 48),
    .init(batch: 2, height: 9, width: 14, inputs: 40, outputs: 33),
    .init(batch: 3, height: 5, width: 3, inputs: 35, outputs: 70),
    .init(height: 1, width: 1, inputs: 64, outputs: 64),
    .init(height: 17, width: 16, inputs: 130, outputs: 65),
    .init(height: 8, width: 8, inputs: 320, outputs: 4),
    .init(batch: 2, height: 41, width: 43, inputs: 34, outputs: 66),
    .init(padding: Padding(0)),
    .init(height: 3, width: 3, padding: Padding(0)),
    .init(padding: Padding(top: 2, bottom: 0, left: 0, right: 3)),
    .init(batch: 2, height: 8, width: 6, inputs: 9, outputs: 10, stride: 2),
    .init(height: 7, width: 5, inputs: 20, outputs: 3, stride: 2),
    .init(batch: 2, height: 8, width: 6, inputs: 9, outputs: 10, stride: 2, padding: .belowAndRight),
    .init(height: 7, width: 9, inputs: 16, outputs: 32, stride: 2, padding: .belowAndRight),
    .init(height: 2, width: 2, stride: 2, padding: .belowAndRight),
    .init(kernel: (1, 1), padding: Padding(0)),
    .init(batch: 2, height: 9, width: 3, inputs: 40, outputs: 18, kernel: (1, 1), padding: Padding(0)),
    .init(kernel: (1, 1), stride: 2, padding: Padding(0)),
    .init(kernel: (1, 1), padding: Padding(1)),
    .init(height: 8, width: 12, inputs: 6, outputs: 24, kernel: (4, 4), stride: 4, padding: Padding(0)),
    .init(batch: 2, height: 6, width: 8, inputs: 4, outputs: 24, kernel: (2, 2), stride: 2, padding: Padding(0)),
    .init(kernel: (5, 5), padding: Padding(2)),
    .init(height: 1, width: 2, kernel: (5, 5), padding: Padding(2)),
    .init(kernel: (1, 3), padding: Padding(top: 0, bottom: 0, left: 1, right: 1)),
    .init(height: 11, width: 4, kernel: (7, 2), stride: 3, padding: Padding(top: 3, bottom: 3, left: 0, right: 1)),
  ]

  @Test(arguments: cases) func plain(_ sizes: ConvolutionCase) {
    var random = SeededRandom(seed: UInt64(sizes.height * sizes.inputs))
    let x = random.tensor([sizes.batch, sizes.height, sizes.width, sizes.inputs])
    let weight = random.tensor([sizes.outputs, sizes.inputs, sizes.kernel.height, sizes.kernel.width])
    let bias = random.tensor([sizes.outputs])
    let convolution = ConvolutionOperator(
      weight: StoredTensor(weight, offset: 1), bias: StoredTensor(bias, offset: 2), stride: sizes.stride,
      padding: sizes.padding)
    let found = convolution(x)
    #expect(found.shape == [sizes.batch, sizes.outputHeight, sizes.outputWidth, sizes.outputs])
    let expected = Twin.epilogue(sizes.twin(x.values, weight.values), width: sizes.outputs, bias: bias.values)
    expectClose(found.values, expected, relative: ConvolutionOperatorTests.tolerance)
  }

  /// Every way to compute a convolution, whichever the sizes would choose, with weights of 32, 16 and 8 bits.
  @Test(
    arguments: cases.filter { $0.kernel != (1, 1) },
    [ElementType.float32, .float16, .bfloat16, .blocks(.float8E5M2)])
  func everyForm(_ sizes: ConvolutionCase, _ type: ElementType) {
    var random = SeededRandom(seed: UInt64(sizes.width * sizes.outputs))
    let x = random.tensor([sizes.batch, sizes.height, sizes.width, sizes.inputs])
    let extents = [sizes.outputs, sizes.inputs, sizes.kernel.height, sizes.kernel.width]
    // Values that sixteen bits hold exactly.
    let values = random.values(extents.product).map { ($0 * 64).rounded() / 64 }
    let geometry = ConvolutionGeometry(
      height: sizes.kernel.height, width: sizes.kernel.width, stride: sizes.stride, padding: sizes.padding)
    let shape = [sizes.batch, sizes.outputHeight, sizes.outputWidth, sizes.outputs]
    let stored =
      switch type {
      case .float32: StoredTensor(Tensor(shape: extents, values: values))
      case .float16: StoredTensor(shape: extents, type, patterns: values.map { Float16($0).bitPattern })
      case .bfloat16: StoredTensor(shape: extents, type, patterns: values.map { UInt16($0.bitPattern >> 16) })
      case .blocks(let format): BlockTests.stored(extents, format)
      }
    var forms: [any PreparedConvolution] = [GatheredConvolution(stored)]
    if Compute.kernels.outrunsBLAS { forms.append(ShiftedConvolution(stored)) }
    if sizes.kernel == (3, 3), sizes.stride == 1, sizes.padding == Padding(1) {
      forms.append(WinogradConvolution(stored))
    }
    let expected = sizes.twin(x.values, stored.widened().values)
    for form in forms {
      let found = form.convolve(x, after: .none, geometry, resultShape: shape, .none)
      expectClose(found.values, expected, relative: ConvolutionOperatorTests.tolerance)
    }
  }

  /// Products of bfloat16, of a map as it lies: pixels and weights are rounded.
  @Test(arguments: cases.filter { $0.kernel != (1, 1) }) func ofBFloat16(_ sizes: ConvolutionCase) {
    guard Compute.kernels.outrunsBLAS else { return }
    var random = SeededRandom(seed: UInt64(sizes.width * sizes.outputs))
    let x = random.tensor([sizes.batch, sizes.height, sizes.width, sizes.inputs])
    let weight = random.tensor([sizes.outputs, sizes.inputs, sizes.kernel.height, sizes.kernel.width])
    var stored = StoredTensor(weight)
    stored.precision = .bfloat16
    let geometry = ConvolutionGeometry(
      height: sizes.kernel.height, width: sizes.kernel.width, stride: sizes.stride, padding: sizes.padding)
    let shape = [sizes.batch, sizes.outputHeight, sizes.outputWidth, sizes.outputs]
    let rounded = sizes.twin(
      x.values.map(PairKernelTests.rounded), weight.values.map(PairKernelTests.rounded))
    let shifted = ShiftedConvolution(stored).convolve(x, after: .none, geometry, resultShape: shape, .none)
    expectClose(shifted.values, rounded, relative: ConvolutionOperatorTests.tolerance)
  }

  /// Products of bytes, of a map as it lies: a pixel's channels and a tap's are rounded to steps of their group.
  @Test(
    arguments: cases + [
      ConvolutionCase(batch: 2, height: 6, width: 7, inputs: 130, outputs: 70),
      .init(height: 8, width: 9, inputs: 64, outputs: 64, stride: 2),
    ]) func ofBytes(_ sizes: ConvolutionCase)
  {
    guard Compute.kernels.outrunsBLAS else { return }
    var random = SeededRandom(seed: UInt64(sizes.width * sizes.outputs))
    let x = random.tensor([sizes.batch, sizes.height, sizes.width, sizes.inputs])
    let weight = random.tensor([sizes.outputs, sizes.inputs, sizes.kernel.height, sizes.kernel.width])
    let geometry = ConvolutionGeometry(
      height: sizes.kernel.height, width: sizes.kernel.width, stride: sizes.stride, padding: sizes.padding)
    let shape = [sizes.batch, sizes.outputHeight, sizes.outputWidth, sizes.outputs]
    let expected = sizes.twin(
      ByteTwin.rows(x.values, width: sizes.inputs),
      ByteTwin.windows(weight.values, inputs: sizes.inputs, taps: sizes.kernel.height * sizes.kernel.width))
    let found = ByteConvolution(StoredTensor(weight)).convolve(x, after: .none, geometry, resultShape: shape, .none)
    expectClose(found.values, expected, relative: ConvolutionOperatorTests.tolerance)
  }

  /// Scaled and doubled on the way as beforehand, in every form. The widest map is scaled a strip at a time.
  @Test(arguments: [
    ConvolutionCase(batch: 2, height: 5, width: 7, inputs: 33, outputs: 34),
    .init(batch: 3, height: 8, width: 4, inputs: 64, outputs: 16),
    .init(height: 1, width: 1, inputs: 32, outputs: 32),
    .init(batch: 2, height: 93, width: 99, inputs: 230, outputs: 8),
    .init(height: 6, width: 5, inputs: 48, outputs: 9, kernel: (1, 1), padding: Padding(0)),
  ])
  func prologues(_ sizes: ConvolutionCase) {
    var random = SeededRandom(seed: UInt64(sizes.width * sizes.inputs))
    let x = random.tensor([sizes.batch, sizes.height, sizes.width, sizes.inputs])
    let weight = StoredTensor(random.tensor([sizes.outputs, sizes.inputs, sizes.kernel.height, sizes.kernel.width]))
    let scaling = ChannelScaling(
      scale: random.tensor([sizes.batch, sizes.inputs]), shift: random.tensor([sizes.batch, sizes.inputs]),
      activation: .silu)
    var forms: [any PreparedConvolution] = [GatheredConvolution(weight)]
    if Compute.kernels.outrunsBLAS { forms.append(ShiftedConvolution(weight)) }
    if sizes.kernel == (3, 3) {
      forms.append(WinogradConvolution(weight))
    } else {
      forms = [PointwiseConvolution(weight)]
    }
    let geometry = ConvolutionGeometry(
      height: sizes.kernel.height, width: sizes.kernel.width, stride: 1, padding: sizes.padding)
    for prologue in [Prologue(scaling: scaling), Prologue(doubles: true), Prologue(scaling: scaling, doubles: true)] {
      let ready = prologue.applied(to: x)
      let shape = [ready.shape[0], ready.shape[1], ready.shape[2], sizes.outputs]
      let expected = forms[0].convolve(ready, after: .none, geometry, resultShape: shape, .none)
      for form in forms {
        let found = form.convolve(x, after: prologue, geometry, resultShape: shape, .none)
        expectClose(found.values, expected.values.map(Double.init), relative: ConvolutionOperatorTests.tolerance)
      }
      let found = ConvolutionOperator(weight: weight, bias: nil, padding: sizes.padding)(x, after: prologue)
      expectClose(found.values, expected.values.map(Double.init), relative: ConvolutionOperatorTests.tolerance)
    }
  }

  /// A 1x1 window, a 3x3 one of few channels and one of many: each is computed in its own way.
  @Test(arguments: 0..<16, [(edge: 1, inputs: 7), (3, 7), (3, 48)])
  func epilogues(choice: Int, window: (edge: Int, inputs: Int)) {
    let (edge, inputs) = window
    let sizes = ConvolutionCase(
      batch: 2, height: 6, width: 11, inputs: inputs, outputs: 37, kernel: (edge, edge), padding: Padding(edge / 2))
    var random = SeededRandom(seed: UInt64(choice))
    let x = random.tensor([2, 6, 11, inputs])
    let weight = random.tensor([37, inputs, edge, edge])
    let (bias, shift, scale) = (random.tensor([37]), random.tensor([1, 37]), random.tensor([37]))
    let residual = random.tensor([2, 6, 11, 37])
    let activation = Twin.activations[choice % Twin.activations.count]
    let (hasBias, hasShift, hasScale, hasResidual) =
      (choice & 1 != 0, choice & 2 != 0, choice & 4 != 0, choice & 8 != 0)
    let found = ConvolutionOperator(
      weight: StoredTensor(weight), bias: hasBias ? StoredTensor(bias) : nil, padding: sizes.padding)(
        x,
        Epilogue(
          shift: hasShift ? shift : nil, activation: activation, scale: hasScale ? scale : nil,
          residual: hasResidual ? residual : nil))
    let expected = Twin.epilogue(
      sizes.twin(x.values, weight.values), width: 37, bias: hasBias ? bias.values : nil,
      shift: hasShift ? shift.values : nil, activation: activation, scale: hasScale ? scale.values : nil,
      residual: hasResidual ? residual.values : nil)
    expectClose(found.values, expected, relative: ConvolutionOperatorTests.tolerance)
  }
}
