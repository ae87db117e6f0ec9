import KernelInterface

// Lavin and Gray 2016, F(4x4, 3x3): 36 products make 16 pixels of a 3x3 convolution where 144 would be needed.
// Channels are lanes, so the transforms need no shuffles.

/// Channels beyond the last whole vector: rare, so not worth inlining dozens of times.
@inline(never)
private func loadRest(_ pointer: UnsafePointer<Float>, _ count: Int) -> Lanes { unsafe loadPart(pointer, count) }

@inline(never)
private func storeRest(_ value: Lanes, _ pointer: UnsafeMutablePointer<Float>, _ count: Int) {
  unsafe storePart(value, pointer, count)
}

/// A feature map, channels last.
@safe private struct PixelMap {
  let source: UnsafePointer<Float>
  let rows: Int
  let columns: Int
  let pixelStride: Int

  /// Calls `body` for each vector of channels with what reads a pixel of the window whose upper left corner is at
  /// (`top`, `left`), zeros outside the map, and what writes a plane.
  @inline(__always)
  func forWindow(
    top: Int, left: Int, edge: Int, channels: Int, into target: UnsafeMutablePointer<Float>, planeStride: Int,
    _ body: (_ read: (Int, Int) -> Lanes, _ write: (Int, Lanes) -> Void) -> Void
  ) {
    let corner = unsafe source + (top &* columns &+ left) &* pixelStride
    let isInside = top >= 0 && left >= 0 && top &+ edge <= rows && left &+ edge <= columns
    @inline(__always)
    func holds(_ row: Int, _ column: Int) -> Bool {
      row &+ top >= 0 && row &+ top < rows && column &+ left >= 0 && column &+ left < columns
    }
    forLanes(
      channels,
      full: { channel in
        let write = { (plane: Int, value: Lanes) in unsafe store(value, target + plane &* planeStride + channel) }
        if isInside {
          body({ unsafe load(corner + ($0 &* columns &+ $1) &* pixelStride + channel) }, write)
        } else {
          body(
            {
              holds($0, $1) ? unsafe load(corner + ($0 &* columns &+ $1) &* pixelStride + channel) : Lanes(repeating: 0)
            },
            write)
        }
      },
      part: { channel, count in
        body(
          {
            holds($0, $1)
              ? unsafe loadRest(corner + ($0 &* columns &+ $1) &* pixelStride + channel, count) : Lanes(repeating: 0)
          },
          { unsafe storeRest($1, target + $0 &* planeStride + channel, count) })
      })
  }
}

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
          unsafe loadRest(source + $0 &* tapStride + first, count)
        } write: { plane, value in
          unsafe storeRest(value, target + plane &* planeStride + first, count)
        }
      })
  }

  package static func winogradInput(
    _ source: UnsafePointer<Float>, rows: Int, columns: Int, pixelStride: Int, channels: Int, top: Int, left: Int,
    into target: UnsafeMutablePointer<Float>, planeStride: Int, halfway: UnsafeMutablePointer<Float>
  ) {
    let map = unsafe PixelMap(source: source, rows: rows, columns: columns, pixelStride: pixelStride)
    unsafe map.forWindow(top: top, left: left, edge: 6, channels: channels, into: target, planeStride: planeStride) {
      unsafe inputTile(halfway, $0, write: $1)
    }
  }

  package static func winogradDoubledInput(
    _ source: UnsafePointer<Float>, rows: Int, columns: Int, pixelStride: Int, channels: Int, top: Int, left: Int,
    into target: UnsafeMutablePointer<Float>, planeStride: Int, halfway: UnsafeMutablePointer<Float>
  ) {
    let map = unsafe PixelMap(source: source, rows: rows, columns: columns, pixelStride: pixelStride)
    unsafe map.forWindow(top: top, left: left, edge: 4, channels: channels, into: target, planeStride: planeStride) {
      unsafe doubledInputTile(halfway, $0, write: $1)
    }
  }

  package static func winogradOutput(
    _ source: UnsafePointer<Float>, planeStride: Int, channels: Int, into target: UnsafeMutablePointer<Float>,
    columnStride: Int, rowStride: Int, height: Int, width: Int, halfway: UnsafeMutablePointer<Float>
  ) {
    forLanes(
      channels,
      full: { channel in
        unsafe outputTile(halfway) {
          unsafe load(source + $0 &* planeStride + channel)
        } write: { row, column, value in
          guard row < height, column < width else { return }
          unsafe store(value, target + row &* rowStride + column &* columnStride + channel)
        }
      },
      part: { channel, count in
        unsafe outputTile(halfway) {
          unsafe loadRest(source + $0 &* planeStride + channel, count)
        } write: { row, column, value in
          guard row < height, column < width else { return }
          unsafe storeRest(value, target + row &* rowStride + column &* columnStride + channel, count)
        }
      })
  }

  private typealias SixLanes = (Lanes, Lanes, Lanes, Lanes, Lanes, Lanes)

  @inline(__always)
  private static func writeSix(_ values: SixLanes, row: Int, _ write: (Int, Lanes) -> Void) {
    let first = row &* 6
    write(first, values.0)
    write(first &+ 1, values.1)
    write(first &+ 2, values.2)
    write(first &+ 3, values.3)
    write(first &+ 4, values.4)
    write(first &+ 5, values.5)
  }

  /// `G g G'` for sixteen windows.
  @inline(__always)
  private static func weightTile(_ read: (Int) -> Lanes, write: (Int, Lanes) -> Void) {
    let left = weightLine(read(0), read(3), read(6))
    let middle = weightLine(read(1), read(4), read(7))
    let right = weightLine(read(2), read(5), read(8))
    writeSix(weightLine(left.0, middle.0, right.0), row: 0, write)
    writeSix(weightLine(left.1, middle.1, right.1), row: 1, write)
    writeSix(weightLine(left.2, middle.2, right.2), row: 2, write)
    writeSix(weightLine(left.3, middle.3, right.3), row: 3, write)
    writeSix(weightLine(left.4, middle.4, right.4), row: 4, write)
    writeSix(weightLine(left.5, middle.5, right.5), row: 5, write)
  }

  /// A line of `G`.
  @inline(__always)
  private static func weightLine(_ g0: Lanes, _ g1: Lanes, _ g2: Lanes) -> SixLanes {
    let outer = (g0 + g2) * (1.0 / 6)
    let far = (g0 + 4 * g2) * (1.0 / 24)
    let (near, middle) = (g1 * (1.0 / 6), g1 * (1.0 / 12))
    return (0.25 * g0, -outer - near, near - outer, far + middle, far - middle, g2)
  }

  /// `B' d B` for one 6x6 tile of sixteen channels.
  @inline(__always)
  private static func inputTile(
    _ halfway: UnsafeMutablePointer<Float>, _ read: (Int, Int) -> Lanes, write: (Int, Lanes) -> Void
  ) {
    for column in 0..<6 {
      let line = inputLine(
        read(0, column), read(1, column), read(2, column), read(3, column), read(4, column), read(5, column))
      let place = unsafe halfway + column &* laneCount
      unsafe store(line.0, place)
      unsafe store(line.1, place + 6 &* laneCount)
      unsafe store(line.2, place + 12 &* laneCount)
      unsafe store(line.3, place + 18 &* laneCount)
      unsafe store(line.4, place + 24 &* laneCount)
      unsafe store(line.5, place + 30 &* laneCount)
    }
    for row in 0..<6 {
      let line = unsafe halfway + row &* 6 &* laneCount
      writeSix(
        unsafe inputLine(
          load(line), load(line + laneCount), load(line + 2 &* laneCount), load(line + 3 &* laneCount),
          load(line + 4 &* laneCount), load(line + 5 &* laneCount)), row: row, write)
    }
  }

  /// `A' m A` for one tile of sixteen channels.
  @inline(__always)
  private static func outputTile(
    _ halfway: UnsafeMutablePointer<Float>, _ read: (Int) -> Lanes, write: (Int, Int, Lanes) -> Void
  ) {
    for column in 0..<6 {
      let line = outputLine(
        read(column), read(6 &+ column), read(12 &+ column), read(18 &+ column), read(24 &+ column),
        read(30 &+ column))
      let place = unsafe halfway + column &* laneCount
      unsafe store(line.0, place)
      unsafe store(line.1, place + 6 &* laneCount)
      unsafe store(line.2, place + 12 &* laneCount)
      unsafe store(line.3, place + 18 &* laneCount)
    }
    for row in 0..<4 {
      let place = unsafe halfway + row &* 6 &* laneCount
      let line = unsafe outputLine(
        load(place), load(place + laneCount), load(place + 2 &* laneCount), load(place + 3 &* laneCount),
        load(place + 4 &* laneCount), load(place + 5 &* laneCount))
      write(row, 0, line.0)
      write(row, 1, line.1)
      write(row, 2, line.2)
      write(row, 3, line.3)
    }
  }

  /// `B' d B` for one 6x6 tile whose pixels but the outermost are pairs of the same value in both directions: `d` is
  /// (a, b, b, c, c, d).
  @inline(__always)
  private static func doubledInputTile(
    _ halfway: UnsafeMutablePointer<Float>, _ read: (Int, Int) -> Lanes, write: (Int, Lanes) -> Void
  ) {
    for column in 0..<4 {
      let line = doubledInputLine(read(0, column), read(1, column), read(2, column), read(3, column))
      let place = unsafe halfway + column &* laneCount
      unsafe store(line.0, place)
      unsafe store(line.1, place + 6 &* laneCount)
      unsafe store(line.3, place + 18 &* laneCount)
      unsafe store(line.4, place + 24 &* laneCount)
      unsafe store(line.5, place + 30 &* laneCount)
    }
    for row in 0..<6 where row != 2 {
      let place = unsafe halfway + row &* 6 &* laneCount
      let line = unsafe doubledInputLine(
        load(place), load(place + laneCount), load(place + 2 &* laneCount), load(place + 3 &* laneCount))
      let first = row &* 6
      write(first, line.0)
      write(first &+ 1, line.1)
      write(first &+ 3, line.3)
      write(first &+ 4, line.4)
      write(first &+ 5, line.5)
    }
  }

  /// ``inputLine(_:_:_:_:_:_:)`` of (a, b, b, c, c, d), whose third value is 0.
  @inline(__always)
  private static func doubledInputLine(_ a: Lanes, _ b: Lanes, _ c: Lanes, _ d: Lanes) -> SixLanes {
    let step = c - b
    return (4 * a - 5 * b + c, 2 * c - 8 * b, Lanes(repeating: 0), 3 * step, -step, 4 * b - 5 * c + d)
  }

  @inline(__always)
  private static func inputLine(
    _ d0: Lanes, _ d1: Lanes, _ d2: Lanes, _ d3: Lanes, _ d4: Lanes, _ d5: Lanes
  ) -> SixLanes {
    let even = d4 - 4 * d2
    let odd = d3 - 4 * d1
    let outer = d4 - d2
    let inner = 2 * (d3 - d1)
    return (4 * d0 - 5 * d2 + d4, even + odd, even - odd, outer + inner, outer - inner, 4 * d1 - 5 * d3 + d5)
  }

  @inline(__always)
  private static func outputLine(
    _ m0: Lanes, _ m1: Lanes, _ m2: Lanes, _ m3: Lanes, _ m4: Lanes, _ m5: Lanes
  ) -> (Lanes, Lanes, Lanes, Lanes) {
    let (sum, difference) = (m1 + m2, m1 - m2)
    let (farSum, farDifference) = (m3 + m4, m3 - m4)
    return (
      m0 + sum + farSum, difference + 2 * farDifference, sum + 4 * farSum, difference + 8 * farDifference + m5
    )
  }
}
