import TestSupport
import Testing

@testable import Tensors

/// Operations over windows of a feature map, against plain loops.
@Suite struct WindowTests {
  private struct Shape: Sendable {
    let rows: Int
    let columns: Int
    let channels: Int
    let stride: Int
    let padding: Padding
  }

  private static let shapes = [
    Shape(rows: 7, columns: 5, channels: 3, stride: 1, padding: Padding(1)),
    Shape(rows: 8, columns: 9, channels: 17, stride: 2, padding: .belowAndRight),
    Shape(rows: 3, columns: 3, channels: 1, stride: 1, padding: Padding(0)),
    Shape(rows: 6, columns: 11, channels: 32, stride: 2, padding: Padding(1)),
  ]

  /// Calls `body` with each output pixel and the places of its window that lie in the map.
  private func forWindows(_ shape: Shape, _ body: (_ row: Int, _ column: Int, [(tap: Int, y: Int, x: Int)]) -> Void) {
    let rows = (shape.rows + shape.padding.top + shape.padding.bottom - 3) / shape.stride + 1
    let columns = (shape.columns + shape.padding.left + shape.padding.right - 3) / shape.stride + 1
    for row in 0..<rows {
      for column in 0..<columns {
        let taps = (0..<9).map { tap in
          (tap, row * shape.stride - shape.padding.top + tap / 3, column * shape.stride - shape.padding.left + tap % 3)
        }
        body(row, column, taps.filter { (0..<shape.rows).contains($0.1) && (0..<shape.columns).contains($0.2) })
      }
    }
  }

  @Test(arguments: [0, 1, 2, 3]) func depthwiseConvolution(index: Int) {
    let shape = Self.shapes[index]
    var random = SeededRandom(seed: 7)
    let x = random.tensor([2, shape.rows, shape.columns, shape.channels])
    let weight = random.tensor([3, 3, shape.channels])
    let bias = random.tensor([shape.channels])
    let (source, factors) = (x.values, weight.values)
    var expected: [Double] = []
    for image in 0..<2 {
      forWindows(shape) { _, _, taps in
        for channel in 0..<shape.channels {
          let sum = taps.reduce(Double(bias.values[channel])) { sum, tap in
            let place = ((image * shape.rows + tap.y) * shape.columns + tap.x) * shape.channels + channel
            return sum + Double(source[place]) * Double(factors[tap.tap * shape.channels + channel])
          }
          expected.append(min(6, max(0, sum)))
        }
      }
    }
    let found = x.depthwiseConvolved(
      weight: weight, bias: bias, stride: shape.stride, padding: shape.padding, activation: .relu6)
    expectClose(found.values, expected, absolute: 1e-5)
  }

  @Test(arguments: [0, 1, 2, 3]) func maxPooling(index: Int) {
    let shape = Self.shapes[index]
    var random = SeededRandom(seed: 8)
    let x = random.tensor([1, shape.rows, shape.columns, shape.channels])
    let source = x.values
    var expected: [Float] = []
    forWindows(shape) { _, _, taps in
      for channel in 0..<shape.channels {
        expected.append(taps.map { source[($0.y * shape.columns + $0.x) * shape.channels + channel] }.max() ?? 0)
      }
    }
    #expect(x.maxPooled(edge: 3, stride: shape.stride, padding: shape.padding).values == expected)
  }

  @Test func meansOfPixels() {
    var random = SeededRandom(seed: 9)
    let x = random.tensor([2, 5, 7, 3])
    let expected = (0..<6).map { index in
      (0..<35).reduce(0.0) { $0 + Double(x.values[(index / 3 * 35 + $1) * 3 + index % 3]) } / 35
    }
    expectClose(x.pixelMeans.values, expected, absolute: 1e-6)
  }

  /// A row of 0 1 2 mirrored three times to the left and four to the right, also where that passes its ends twice.
  @Test func mirroredEdges() {
    let row = Tensor(shape: [1, 1, 3, 1], values: [0, 1, 2])
    let padded = row.reflectPadded(Padding(top: 1, bottom: 0, left: 3, right: 4))
    #expect(padded.shape == [1, 2, 10, 1])
    #expect(padded.values == [1, 2, 1, 0, 1, 2, 1, 0, 1, 2] + [1, 2, 1, 0, 1, 2, 1, 0, 1, 2])
    #expect(padded.window(top: 1, left: 3, height: 1, width: 3).values == row.values)
  }
}
