import KernelInterface
import TestSupport
import Testing

@testable import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What weights in blocks cost: `LIMN_BENCHMARKS=1 swift test --filter BlockBenchmark`, in release mode. Least times of a few calls.
@Suite(.serialized, .enabled(if: unsafe getenv("LIMN_BENCHMARKS") != nil)) struct BlockBenchmark {
  private static let types: [ElementType] = [.float16] + BlockFormat.allCases.map { .blocks($0) }

  private func stored(_ shape: [Int], _ type: ElementType) -> StoredTensor {
    if case .blocks(let format) = type { return BlockTests.stored(shape, format) }
    return StoredTensor(
      shape: shape, .float16, patterns: (0..<shape.product).map { UInt16(truncatingIfNeeded: $0 &* 40503) & 0xBFFF })
  }

  private func seconds(_ calls: Int = 7, _ body: () -> Void) -> Double {
    let clock = ContinuousClock()
    return (0..<calls).map { _ in clock.measure(body) / .seconds(1) }.min()!
  }

  private func line(_ name: String, _ figures: [(label: String, seconds: Double)]) {
    let texts = figures.map { "\($0.label) \(Double(Int($0.seconds * 1e6)) / 1000) ms" }
    print(([name] + texts).joined(separator: "  "))
  }

  /// A linear layer, and reading all its panels once: what each piece of rows pays.
  @Test(arguments: types) func linear(_ type: ElementType) {
    let (inputs, outputs) = (1280, 1280)
    let weight = stored([outputs, inputs], type)
    let matrix = PreparedMatrix(weight)
    let width = PreparedMatrix.columnGranularity
    let once = seconds(15) {
      Compute.pool.forEach(outputs / width) { panel in
        for pass in Passes(inputs, atMost: 768, granularity: 256).ranges {
          unsafe matrix.withPanel(at: panel * width, columns: width, pass) { _ in }
        }
      }
    }
    let layer = LinearOperator(weight: weight, bias: nil)
    let figures = [64, 1024, 4096].map { rows in
      let x = Tensor(shape: [rows, inputs], filledWith: 0.5)
      return ("\(rows) rows", seconds { _ = layer(x) })
    }
    line("linear \(type.name)", [("widened once", once)] + figures)
  }

  /// 3x3 windows by Winograd's way at two sizes, and shifted with a stride.
  @Test(arguments: types) func windows(_ type: ElementType) {
    let weight = stored([640, 640, 3, 3], type)
    let figures = [(64, 1), (32, 1), (16, 1), (32, 2)].map { edge, stride in
      let layer = ConvolutionOperator(weight: weight, bias: nil, stride: stride, padding: Padding(1))
      let x = Tensor(shape: [1, edge, edge, 640], filledWith: 0.5)
      return ("\(edge)/\(stride)", seconds(5) { _ = layer(x) })
    }
    line("3x3 \(type.name)", figures)
  }
}
