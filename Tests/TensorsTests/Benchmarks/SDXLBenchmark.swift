import KernelInterface
import TestSupport
import Testing

@testable import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What the layers of SDXL's UNet take for 1024x1024 pixels: `LIMN_BENCHMARKS=1 swift test --filter SDXLBenchmark`, in release mode.
/// Least times of a few calls.
@Suite(.serialized, .enabled(if: unsafe getenv("LIMN_BENCHMARKS") != nil)) struct SDXLBenchmark {
  private static let parameters = 2_600_000_000

  /// - Parameter operations: Multiplications and additions, where they are what the time should go into.
  private func time(_ label: String, operations: Double = 0, bytes: Double = 0, calls: Int = 7, _ body: () -> Void) {
    let clock = ContinuousClock()
    let seconds = (0..<calls).map { _ in clock.measure(body) / .seconds(1) }.min()!
    let rate = operations > 0 ? "\(Int(operations / seconds / 1e9)) GFLOP/s" : "\(Int(bytes / seconds / 1e8) / 10) GB/s"
    let padded = label + String(repeating: " ", count: max(1, 44 - label.count))
    print("\(padded)\(Double(Int(seconds * 1e5)) / 100) ms, \(rate)")
  }

  private func half(_ shape: [Int]) -> StoredTensor {
    StoredTensor(
      shape: shape, .float16, patterns: (0..<shape.product).map { UInt16(truncatingIfNeeded: $0 &* 40503) & 0xBFFF })
  }

  private func map(_ shape: [Int]) -> Tensor {
    unsafe Tensor(shape: shape) { values in
      for index in values.indices { unsafe values[index] = Float(index &* 40503 & 0xFFFF) / 65536 - 0.5 }
    }
  }

  /// Transformer blocks' matrices and residual blocks' windows in the proportion that the UNet has them.
  @Test func packing() {
    let linear = [[1280, 1280], [10_240, 1280], [1280, 5120], [640, 640], [5120, 640]].map(half)
    let windows = [[640, 640, 3, 3], [1280, 1280, 3, 3]].map(half)
    let clock = ContinuousClock()
    let packed = (0..<3).map { _ in clock.measure { for tensor in linear { _ = ByteMatrix(tensor) } } / .seconds(1) }
    let values = Double(linear.reduce(0) { $0 + $1.bytes.count })
    print("packing linear as int8: \(Double(Int(values / packed.min()! / 1e8)) / 10) GB/s")
    var rates: [Double] = []
    for (label, tensors) in [("linear", linear), ("3x3", windows)] {
      let bytes = Double(tensors.reduce(0) { $0 + $1.bytes.count })
      let seconds = (0..<7).map { _ in
        clock.measure { for tensor in tensors { _ = PreparedMatrix(tensor) } } / .seconds(1)
      }
      rates.append(bytes / seconds.min()! / 1e9)
      print("packing \(label): \(Double(Int(10 * rates.last!)) / 10) GB/s")
    }
    let bytes = 2 * Double(SDXLBenchmark.parameters)
    let seconds = (0.86 * bytes / rates[0] + 0.14 * bytes / rates[1]) / 1e9
    print(
      "an evaluation that keeps none of \(SDXLBenchmark.parameters) parameters packs for \(Double(Int(100 * seconds)) / 100) s"
    )
  }

  @Test(arguments: [(tokens: 4096, channels: 640), (tokens: 1024, channels: 1280)])
  func transformerBlock(_ level: (tokens: Int, channels: Int)) {
    let (tokens, channels) = level
    let x = map([1, tokens, channels])
    let context = map([1, 77, 2048])
    let square = LinearOperator(weight: half([channels, channels]), bias: nil)
    let toKeys = LinearOperator(weight: half([channels, 2048]), bias: nil)
    let gated = LinearOperator(weight: half([8 * channels, channels]), bias: nil)
    let output = LinearOperator(weight: half([channels, 4 * channels]), bias: nil)
    let heads = channels / 64
    let scale = Tensor(shape: [channels], filledWith: 1)
    let size = Double(tokens * channels)
    let keys = toKeys(context)
    let inner = gated.gatedGELU(x)
    print("\(tokens) tokens of \(channels)")
    time("linear to \(channels)", operations: 2 * size * Double(channels)) { _ = square(x) }
    time("the same with a residual", operations: 2 * size * Double(channels)) { _ = square(x, Epilogue(residual: x)) }
    time("77 keys or values", operations: 2 * 77 * 2048 * Double(channels)) { _ = toKeys(context) }
    time("self-attention", operations: 4 * size * Double(tokens)) { _ = x.attention(keys: x, values: x, heads: heads) }
    time("cross-attention", operations: 4 * size * 77) { _ = x.attention(keys: keys, values: keys, heads: heads) }
    time("GEGLU", operations: 16 * size * Double(channels)) { _ = gated.gatedGELU(x) }
    time("linear from \(4 * channels)", operations: 8 * size * Double(channels)) { _ = output(inner) }
    func brain(_ weight: StoredTensor) -> LinearOperator {
      var weight = weight
      weight.precision = .bfloat16
      return LinearOperator(weight: weight, bias: nil)
    }
    let (brainSquare, brainGated, brainOutput) = (
      brain(half([channels, channels])), brain(half([8 * channels, channels])), brain(half([channels, 4 * channels]))
    )
    time("bfloat16: linear to \(channels)", operations: 2 * size * Double(channels)) { _ = brainSquare(x) }
    time("bfloat16: GEGLU", operations: 16 * size * Double(channels)) { _ = brainGated.gatedGELU(x) }
    time("bfloat16: linear from \(4 * channels)", operations: 8 * size * Double(channels)) { _ = brainOutput(inner) }
    func bytes(_ weight: StoredTensor) -> LinearOperator {
      var weight = weight
      weight.precision = .int8
      return LinearOperator(weight: weight, bias: nil)
    }
    let (byteSquare, byteGated, byteOutput) = (
      bytes(half([channels, channels])), bytes(half([8 * channels, channels])), bytes(half([channels, 4 * channels]))
    )
    time("int8: linear to \(channels)", operations: 2 * size * Double(channels)) { _ = byteSquare(x) }
    time("int8: GEGLU", operations: 16 * size * Double(channels)) { _ = byteGated.gatedGELU(x) }
    time("int8: linear from \(4 * channels)", operations: 8 * size * Double(channels)) { _ = byteOutput(inner) }
    time("int8: rounding", bytes: 5 * size) { _ = ByteRows(x) }
    time("bfloat16: self-attention", operations: 4 * size * Double(tokens)) {
      _ = x.attention(keys: x, values: x, heads: heads, precision: .bfloat16)
    }
    time("layer normalisation", bytes: 8 * size) { _ = x.layerNormalised(scale: scale, shift: scale, epsilon: 1e-5) }
  }

  @Test(arguments: [(edge: 128, channels: 320), (edge: 64, channels: 640), (edge: 32, channels: 1280)])
  func residualBlock(_ level: (edge: Int, channels: Int)) {
    let (edge, channels) = level
    let x = map([1, edge, edge, channels])
    let scale = Tensor(shape: [channels], filledWith: 1)
    let size = Double(x.count)
    let convolution = ConvolutionOperator(weight: half([channels, channels, 3, 3]), bias: nil, padding: Padding(1))
    let halving = ConvolutionOperator(
      weight: half([channels, channels, 3, 3]), bias: nil, stride: 2, padding: Padding(1))
    let shortcut = ConvolutionOperator(weight: half([channels, channels, 1, 1]), bias: nil, padding: Padding(0))
    let operations = 18 * size * Double(channels)
    func scaling() -> ChannelScaling {
      x.groupScaling(groups: 32, scale: scale, shift: scale, epsilon: 1e-5, activation: .silu)
    }
    let known = scaling()
    print("\(edge)x\(edge) of \(channels)")
    time("group normalisation's moments", bytes: 4 * size) { _ = scaling() }
    time("scaling and SiLU", bytes: 8 * size) { _ = x.scaled(by: known) }
    time("3x3", operations: operations) { _ = convolution(x) }
    var brain = half([channels, channels, 3, 3])
    brain.precision = .bfloat16
    let direct = ShiftedConvolution(brain)
    let geometry = ConvolutionGeometry(height: 3, width: 3, stride: 1, padding: Padding(1))
    time("bfloat16: 3x3 as the map lies", operations: operations) {
      _ = direct.convolve(x, after: .none, geometry, resultShape: x.shape, .none)
    }
    let ofBytes = ByteConvolution(half([channels, channels, 3, 3]))
    time("int8: 3x3", operations: operations) {
      _ = ofBytes.convolve(x, after: .none, geometry, resultShape: x.shape, .none)
    }
    time("3x3 after scaling", operations: operations) { _ = convolution(x, after: Prologue(scaling: known)) }
    time("3x3 with a residual", operations: operations) { _ = convolution(x, Epilogue(residual: x)) }
    time("3x3 of doubled pixels", operations: 4 * operations) { _ = convolution(x, after: Prologue(doubles: true)) }
    time("3x3, stride 2", operations: operations / 4) { _ = halving(x) }
    time("1x1", operations: 2 * size * Double(channels)) { _ = shortcut(x) }
    time("joining channels", bytes: 16 * size) { _ = x.concatenatedChannels(x) }
    time("adding", bytes: 12 * size) { _ = x.adding(x) }
    time("clearing as much memory", bytes: 4 * size) { _ = Tensor(shape: x.shape) }
  }
}
