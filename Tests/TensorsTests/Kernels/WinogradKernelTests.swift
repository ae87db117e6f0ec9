import KernelInterface
import TestSupport
import Testing

/// The transforms of F(4x4, 3x3) against the matrices of Lavin and Gray 2016.
@Suite struct WinogradKernelTests {
  private static let input: [[Double]] = [
    [4, 0, -5, 0, 1, 0], [0, -4, -4, 1, 1, 0], [0, 4, -4, -1, 1, 0], [0, -2, -1, 2, 1, 0], [0, 2, -1, -2, 1, 0],
    [0, 4, 0, -5, 0, 1],
  ]
  private static let output: [[Double]] = [
    [1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1],
  ]

  private static let weight: [[Double]] = [
    [1 / 4, 0, 0], [-1 / 6, -1 / 6, -1 / 6], [-1 / 6, 1 / 6, -1 / 6], [1 / 24, 1 / 12, 1 / 6],
    [1 / 24, -1 / 12, 1 / 6],
    [0, 0, 1],
  ]

  /// `matrix * tile * transpose(matrix)`
  private func sandwich(_ matrix: [[Double]], _ tile: [[Double]]) -> [[Double]] {
    matrix.map { left in
      matrix.map { right in
        var sum = 0.0
        for row in tile.indices { for column in tile.indices { sum += left[row] * tile[row][column] * right[column] } }
        return sum
      }
    }
  }

  @Test(arguments: KernelCase.all, KernelCase.lengths) func weights(_ instructions: KernelCase, count: Int) {
    var random = SeededRandom(seed: UInt64(count))
    let (tapStride, planeStride) = (count + 1, count + 2)
    let values = random.values(9 * tapStride)
    let source = GuardedValues(values)
    let target = GuardedValues([Float](repeating: 77, count: 36 * planeStride))
    unsafe instructions.kernels.winogradWeights(
      source.constant, tapStride: tapStride, count: count, into: target.pointer, planeStride: planeStride)
    var expected = [Double](repeating: 77, count: 36 * planeStride)
    for window in 0..<count {
      let tile = (0..<3).map { row in
        (0..<3).map { column in Double(values[(row * 3 + column) * tapStride + window]) }
      }
      let planes = sandwich(WinogradKernelTests.weight, tile).flatMap { $0 }
      for (plane, value) in planes.enumerated() { expected[plane * planeStride + window] = value }
    }
    expectClose(target.values, expected, absolute: 1e-6)
    #expect(target.isIntact)
  }

  /// Tiles inside a picture, over each of its edges and wholly outside. Values up to 100 from inputs below 1.
  @Test(arguments: KernelCase.all, KernelCase.lengths) func inputTiles(_ instructions: KernelCase, channels: Int) {
    let (rows, columns) = (9, 8)
    var random = SeededRandom(seed: UInt64(channels))
    let pixelStride = channels + 3
    let values = random.values(rows * columns * pixelStride)
    let source = GuardedValues(values)
    let halfway = GuardedValues(count: 36 * 16)
    for (top, left) in [(1, 1), (-1, -1), (5, 4), (-1, 3), (20, 0)] {
      let planeStride = channels + 2
      let target = GuardedValues([Float](repeating: 77, count: 36 * planeStride))
      unsafe instructions.kernels.winogradInput(
        source.constant, rows: rows, columns: columns, pixelStride: pixelStride, channels: channels, top: top,
        left: left,
        into: target.pointer, planeStride: planeStride, halfway: halfway.pointer)
      var expected = [Double](repeating: 77, count: 36 * planeStride)
      for channel in 0..<channels {
        let tile = (0..<6).map { row in
          (0..<6).map { column in
            0..<rows ~= row + top && 0..<columns ~= column + left
              ? Double(values[((row + top) * columns + column + left) * pixelStride + channel]) : 0
          }
        }
        let planes = sandwich(WinogradKernelTests.input, tile).flatMap { $0 }
        for (plane, value) in planes.enumerated() { expected[plane * planeStride + channel] = value }
      }
      expectClose(target.values, expected, absolute: 3e-5, "top \(top), left \(left)")
      #expect(target.isIntact && halfway.isIntact)
    }
  }

  /// As of the same map with every pixel written four times; the planes that are zeros there are left alone.
  @Test(arguments: KernelCase.all, KernelCase.lengths)
  func doubledInputTiles(_ instructions: KernelCase, channels: Int) {
    let (rows, columns) = (5, 6)
    var random = SeededRandom(seed: UInt64(channels))
    let pixelStride = channels + 3
    let values = random.values(rows * columns * pixelStride)
    let source = GuardedValues(values)
    let halfway = GuardedValues(count: 36 * 16)
    for (top, left) in [(0, 1), (-1, -1), (1, 3), (3, -1), (20, 0)] {
      let planeStride = channels + 2
      let target = GuardedValues([Float](repeating: 77, count: 36 * planeStride))
      unsafe instructions.kernels.winogradDoubledInput(
        source.constant, rows: rows, columns: columns, pixelStride: pixelStride, channels: channels, top: top,
        left: left, into: target.pointer, planeStride: planeStride, halfway: halfway.pointer)
      var expected = [Double](repeating: 77, count: 36 * planeStride)
      for channel in 0..<channels {
        let tile = (0..<6).map { row in
          (0..<6).map { column in
            let (line, place) = (top + (row + 1) / 2, left + (column + 1) / 2)
            return 0..<rows ~= line && 0..<columns ~= place
              ? Double(values[(line * columns + place) * pixelStride + channel]) : 0
          }
        }
        for (row, line) in sandwich(WinogradKernelTests.input, tile).enumerated() {
          for (column, value) in line.enumerated() {
            if row == 2 || column == 2 {
              #expect(abs(value) < 1e-9)
            } else {
              expected[(row * 6 + column) * planeStride + channel] = value
            }
          }
        }
      }
      expectClose(target.values, expected, absolute: 3e-5, "top \(top), left \(left)")
      #expect(target.isIntact && halfway.isIntact)
    }
  }

  /// Whole blocks and the cut ones at a picture's edges, whose surroundings stay as they are. Values up to some 300.
  @Test(arguments: KernelCase.all, KernelCase.lengths) func outputBlocks(_ instructions: KernelCase, channels: Int) {
    var random = SeededRandom(seed: UInt64(channels))
    let planeStride = channels + 3
    let values = random.values(36 * planeStride)
    let source = GuardedValues(values)
    let halfway = GuardedValues(count: 36 * 16)
    for (height, width) in [(4, 4), (1, 4), (3, 2), (1, 1)] {
      let rowStride = 5 * channels
      let target = GuardedValues([Float](repeating: 77, count: 5 * rowStride))
      unsafe instructions.kernels.winogradOutput(
        source.constant, planeStride: planeStride, channels: channels, into: target.pointer, columnStride: channels,
        rowStride: rowStride, height: height, width: width, halfway: halfway.pointer)
      var expected = [Double](repeating: 77, count: 5 * rowStride)
      for channel in 0..<channels {
        let tile = (0..<6).map { row in
          (0..<6).map { column in Double(values[(row * 6 + column) * planeStride + channel]) }
        }
        let block = sandwich(WinogradKernelTests.output, tile)
        for row in 0..<height {
          for column in 0..<width { expected[row * rowStride + column * channels + channel] = block[row][column] }
        }
      }
      expectClose(target.values, expected, absolute: 1e-4, "\(height)x\(width)")
      #expect(target.isIntact && halfway.isIntact)
    }
  }
}
