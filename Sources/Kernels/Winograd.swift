import KernelInterface

// Lavin and Gray 2016, F(4x4, 3x3): 36 products make 16 pixels of a 3x3 convolution where 144 would be needed.
// Channels are lanes, so the transforms need no shuffles.

extension Kernels {
  package static func winogradWeights(
    _ source: UnsafePointer<Float>, tapStride: Int, count: Int, into target: UnsafeMutablePointer<Float>,
    planeStride: Int
  ) {
    forLanes(
      count,
      full: { first in
        weightTile {
          unsafe load(source + $0 &* tapStride + first)
        } write: { plane, value in
          unsafe store(value, target + plane &* planeStride + first)
        }
      },
      part: { first, count in
        weightTile {
          unsafe loadPart(source + $0 &* tapStride + first, count)
        } write: { plane, value in
          unsafe storePart(value, target + plane &* planeStride + first, count)
        }
      })
  }

  package static func winogradInput(
    _ source: UnsafePointer<Float>, rows: Int, columns: Int, channels: Int, top: Int, left: Int,
    into target: UnsafeMutablePointer<Float>, planeStride: Int
  ) {
    forLanes(
      channels,
      full: { channel in
        inputTile { row, column in
          guard row &+ top >= 0, row &+ top < rows, column &+ left >= 0, column &+ left < columns else {
            return Lanes(repeating: 0)
          }
          return unsafe load(source + ((row &+ top) &* columns &+ column &+ left) &* channels + channel)
        } write: { plane, value in
          unsafe store(value, target + plane &* planeStride + channel)
        }
      },
      part: { channel, count in
        inputTile { row, column in
          guard row &+ top >= 0, row &+ top < rows, column &+ left >= 0, column &+ left < columns else {
            return Lanes(repeating: 0)
          }
          return unsafe loadPart(source + ((row &+ top) &* columns &+ column &+ left) &* channels + channel, count)
        } write: { plane, value in
          unsafe storePart(value, target + plane &* planeStride + channel, count)
        }
      })
  }

  package static func winogradOutput(
    _ source: UnsafePointer<Float>, planeStride: Int, channels: Int, into target: UnsafeMutablePointer<Float>,
    columnStride: Int, rowStride: Int, height: Int, width: Int
  ) {
    forLanes(
      channels,
      full: { channel in
        outputTile {
          unsafe load(source + $0 &* planeStride + channel)
        } write: { row, column, value in
          guard row < height, column < width else { return }
          unsafe store(value, target + row &* rowStride + column &* columnStride + channel)
        }
      },
      part: { channel, count in
        outputTile {
          unsafe loadPart(source + $0 &* planeStride + channel, count)
        } write: { row, column, value in
          guard row < height, column < width else { return }
          unsafe storePart(value, target + row &* rowStride + column &* columnStride + channel, count)
        }
      })
  }

  /// `G g G'` for sixteen windows.
  @inline(__always)
  private static func weightTile(_ read: (Int) -> Lanes, write: (Int, Lanes) -> Void) {
    var half = InlineArray<18, Lanes>(repeating: Lanes(repeating: 0))
    for column in 0..<3 {
      let line = weightLine(read(column), read(3 &+ column), read(6 &+ column))
      for row in 0..<6 { half[row &* 3 &+ column] = line[row] }
    }
    for row in 0..<6 {
      let line = weightLine(half[row &* 3], half[row &* 3 &+ 1], half[row &* 3 &+ 2])
      for column in 0..<6 { write(row &* 6 &+ column, line[column]) }
    }
  }

  /// A line of `G`.
  @inline(__always)
  private static func weightLine(_ g0: Lanes, _ g1: Lanes, _ g2: Lanes) -> InlineArray<6, Lanes> {
    let outer = (g0 + g2) * (1.0 / 6)
    let far = (g0 + 4 * g2) * (1.0 / 24)
    let (near, middle) = (g1 * (1.0 / 6), g1 * (1.0 / 12))
    return [0.25 * g0, -outer - near, near - outer, far + middle, far - middle, g2]
  }

  /// `B' d B` for one 6x6 tile of sixteen channels.
  @inline(__always)
  private static func inputTile(_ read: (Int, Int) -> Lanes, write: (Int, Lanes) -> Void) {
    var half = InlineArray<36, Lanes>(repeating: Lanes(repeating: 0))
    for column in 0..<6 {
      let line = inputLine(
        read(0, column), read(1, column), read(2, column), read(3, column), read(4, column), read(5, column))
      for row in 0..<6 { half[row &* 6 &+ column] = line[row] }
    }
    for row in 0..<6 {
      let start = row &* 6
      let line = inputLine(
        half[start], half[start &+ 1], half[start &+ 2], half[start &+ 3], half[start &+ 4], half[start &+ 5])
      for column in 0..<6 { write(start &+ column, line[column]) }
    }
  }

  /// `A' m A` for one tile of sixteen channels.
  @inline(__always)
  private static func outputTile(_ read: (Int) -> Lanes, write: (Int, Int, Lanes) -> Void) {
    var half = InlineArray<24, Lanes>(repeating: Lanes(repeating: 0))
    for column in 0..<6 {
      let line = outputLine(
        read(column), read(6 &+ column), read(12 &+ column), read(18 &+ column), read(24 &+ column),
        read(30 &+ column))
      for row in 0..<4 { half[row &* 6 &+ column] = line[row] }
    }
    for row in 0..<4 {
      let start = row &* 6
      let line = outputLine(
        half[start], half[start &+ 1], half[start &+ 2], half[start &+ 3], half[start &+ 4], half[start &+ 5])
      for column in 0..<4 { write(row, column, line[column]) }
    }
  }

  @inline(__always)
  private static func inputLine(
    _ d0: Lanes, _ d1: Lanes, _ d2: Lanes, _ d3: Lanes, _ d4: Lanes, _ d5: Lanes
  ) -> InlineArray<6, Lanes> {
    let even = d4 - 4 * d2
    let odd = d3 - 4 * d1
    let outer = d4 - d2
    let inner = 2 * (d3 - d1)
    return [4 * d0 - 5 * d2 + d4, even + odd, even - odd, outer + inner, outer - inner, 4 * d1 - 5 * d3 + d5]
  }

  @inline(__always)
  private static func outputLine(
    _ m0: Lanes, _ m1: Lanes, _ m2: Lanes, _ m3: Lanes, _ m4: Lanes, _ m5: Lanes
  ) -> InlineArray<4, Lanes> {
    let (sum, difference) = (m1 + m2, m1 - m2)
    let (farSum, farDifference) = (m3 + m4, m3 - m4)
    return [
      m0 + sum + farSum, difference + 2 * farDifference, sum + 4 * farSum, difference + 8 * farDifference + m5,
    ]
  }
}
