import KernelInterface

// A matrix product whose right side was packed beforehand into panels: for each `panelWidth` columns, the depth's rows of
// that many values one after the other. A tile of a few rows and one panel stays in registers over the whole depth
// (Goto and van de Geijn 2008; BLIS calls it the micro-kernel).

/// Rows and vectors of a tile: as many accumulators as the registers hold beside a row of the panel and one value.
private enum TileShape {
  #if AVX512
    static let lanes = 4
    static let rows = 6
  #elseif AVX2
    static let lanes = 1
    static let rows = 6
  #else
    static let lanes = 1
    static let rows = 4
  #endif
}

extension Kernels {
  package static var outrunsBLAS: Bool {
    #if AVX512 || AVX2
      true
    #else
      false
    #endif
  }

  package static var panelWidth: Int { TileShape.lanes * laneCount }

  package static func packPanels(
    _ source: UnsafePointer<Float>, columnStride: Int, depthStride: Int, columns: Int, depth: Int,
    into target: UnsafeMutablePointer<Float>
  ) {
    unsafe pack(
      source, columnStride: columnStride, depthStride: depthStride, columns: columns, depth: depth, zero: 0,
      into: target, squareDepth: laneCount
    ) { source, target, width in
      unsafe transposeSquare(UnsafeRawPointer(source), stride: 4 &* columnStride) { row, values in
        unsafe UnsafeMutableRawPointer(target + row &* width).storeBytes(of: values, as: LaneBits.self)
      }
    }
  }

  package static func packHalfPanels(
    _ source: UnsafePointer<UInt16>, columnStride: Int, depthStride: Int, columns: Int, depth: Int,
    into target: UnsafeMutablePointer<UInt16>
  ) {
    unsafe pack(
      source, columnStride: columnStride, depthStride: depthStride, columns: columns, depth: depth, zero: 0,
      into: target, squareDepth: 2 * laneCount
    ) { source, target, width in
      // Two values move as one and part at the end.
      unsafe transposeSquare(UnsafeRawPointer(source), stride: 2 &* columnStride) { row, values in
        let pairs = unsafe unsafeBitCast(values, to: SIMD32<UInt16>.self)
        let line = unsafe target + 2 &* row &* width
        unsafe UnsafeMutableRawPointer(line).storeBytes(of: alternateLanes(of: pairs, from: 0), as: SIMD16<UInt16>.self)
        unsafe UnsafeMutableRawPointer(line + width).storeBytes(
          of: alternateLanes(of: pairs, from: 1), as: SIMD16<UInt16>.self)
      }
    }
  }

  /// Whether the registers hold a square of 16 rows: spilled, it is no faster than value by value.
  static var transposesInRegisters: Bool {
    #if AVX512
      true
    #else
      false
    #endif
  }

  /// - Parameters:
  ///   - squareDepth: The depth of what `square` moves, with 16 columns, from a source to a target whose lines are as wide as it is
  ///     told. Only where the depth lies together.
  @inline(__always)
  private static func pack<Element>(
    _ source: UnsafePointer<Element>, columnStride: Int, depthStride: Int, columns: Int, depth: Int, zero: Element,
    into target: UnsafeMutablePointer<Element>, squareDepth: Int,
    square: (UnsafePointer<Element>, UnsafeMutablePointer<Element>, Int) -> Void
  ) {
    var place = unsafe target
    for first in stride(from: 0, to: columns, by: panelWidth) {
      let used = min(panelWidth, columns - first)
      let width = (used + laneCount - 1) / laneCount * laneCount
      let start = unsafe source + first * columnStride
      if columnStride == 1 {
        for row in 0..<depth {
          let line = unsafe place + row * width
          unsafe line.update(from: start + row * depthStride, count: used)
          unsafe (line + used).update(repeating: zero, count: width - used)
        }
      } else {
        // Transposes in squares, so that both sides are read and written by cache lines.
        for top in stride(from: 0, to: depth, by: squareDepth) {
          let bottom = min(depth, top + squareDepth)
          for left in stride(from: 0, to: width, by: laneCount) {
            if transposesInRegisters, depthStride == 1, bottom == top + squareDepth, left + laneCount <= used {
              unsafe square(start + left * columnStride + top, place + top * width + left, width)
              continue
            }
            for column in left..<left + laneCount {
              let line = unsafe start + column * columnStride
              for row in top..<bottom {
                unsafe place[row * width + column] = column < used ? line[row * depthStride] : zero
              }
            }
          }
        }
      }
      unsafe place += width * depth
    }
  }

  /// The rows of a square of 16 by 16 four-byte values, `stride` bytes apart, as columns. Row and lane are the eight bits of a
  /// value's place; each round moves the last to the front, and after four they have changed sides.
  @inline(__always)
  static func transposeSquare(_ source: UnsafeRawPointer, stride: Int, _ write: (Int, LaneBits) -> Void) {
    var rows = InlineArray<16, LaneBits> { row in
      unsafe (source + row &* stride).loadUnaligned(as: LaneBits.self)
    }
    for _ in 0..<4 {
      let old = rows
      for row in 0..<8 {
        let pair = SIMD32(lowHalf: old[2 &* row], highHalf: old[2 &* row &+ 1])
        rows[row] = alternateLanes(of: pair, from: 0)
        rows[row &+ 8] = alternateLanes(of: pair, from: 1)
      }
    }
    for row in 0..<16 { write(row, rows[row]) }
  }

  package static func multiplyPanels(
    _ left: UnsafePointer<Float>, leftStride: Int, _ panels: UnsafePointer<Float>, panelDepth: Int,
    depthRange: Range<Int>, columns: Int, into target: UnsafeMutablePointer<Float>, targetStride: Int, rows: Int,
    accumulating: Bool
  ) {
    unsafe multiply(
      Float32Product.self, left, leftStride: leftStride, panels, panelDepth: panelDepth, depthRange: depthRange,
      columns: columns, into: target, targetStride: targetStride, rows: rows, accumulating: accumulating)
  }

  package static func multiplyPairPanels(
    _ left: UnsafePointer<UInt32>, leftStride: Int, _ panels: UnsafePointer<UInt32>, panelDepth: Int,
    depthRange: Range<Int>, columns: Int, into target: UnsafeMutablePointer<Float>, targetStride: Int, rows: Int,
    accumulating: Bool
  ) {
    unsafe multiply(
      BFloat16PairProduct.self, left, leftStride: leftStride, panels, panelDepth: panelDepth, depthRange: depthRange,
      columns: columns, into: target, targetStride: targetStride, rows: rows, accumulating: accumulating)
  }

  @inline(__always)
  private static func multiply<Product: TileProduct>(
    _ product: Product.Type, _ left: UnsafePointer<Product.Element>, leftStride: Int,
    _ panels: UnsafePointer<Product.Element>, panelDepth: Int, depthRange: Range<Int>, columns: Int,
    into target: UnsafeMutablePointer<Float>, targetStride: Int, rows: Int, accumulating: Bool
  ) {
    var panel = unsafe panels
    for first in stride(from: 0, to: columns, by: panelWidth) {
      let used = min(panelWidth, columns - first)
      let lanes = (used + laneCount - 1) / laneCount
      let job = unsafe TileJob<Product>(
        left: left, leftStride: leftStride, panel: panel + depthRange.lowerBound * lanes * laneCount,
        depth: depthRange.count, target: target + first, targetStride: targetStride,
        tail: used % laneCount, accumulating: accumulating)
      #if AVX512
        switch lanes {
        case 4: PanelColumn<Product, 4>.multiply(job, rows: rows)
        case 3: PanelColumn<Product, 3>.multiply(job, rows: rows)
        case 2: PanelColumn<Product, 2>.multiply(job, rows: rows)
        default: PanelColumn<Product, 1>.multiply(job, rows: rows)
        }
      #else
        PanelColumn<Product, 1>.multiply(job, rows: rows)
      #endif
      unsafe panel += panelDepth * lanes * laneCount
    }
  }
}

/// What a tile multiplies: one step of the depth on each side, and how they join the sums.
private protocol TileProduct {
  associatedtype Element: SIMDScalar
  static func accumulate(_ left: SIMD16<Element>, _ right: SIMD16<Element>, _ sums: Lanes) -> Lanes
}

private enum Float32Product: TileProduct {
  @inline(__always)
  static func accumulate(_ left: Lanes, _ right: Lanes, _ sums: Lanes) -> Lanes { multiplyAdd(left, right, sums) }
}

/// Two neighbours of the depth in a word, the first in its low half.
private enum BFloat16PairProduct: TileProduct {
  @inline(__always)
  static func accumulate(_ left: LaneBits, _ right: LaneBits, _ sums: Lanes) -> Lanes {
    multiplyAddPairs(left, right, sums)
  }
}

/// One panel and the rows that meet it.
@safe private struct TileJob<Product: TileProduct> {
  var left: UnsafePointer<Product.Element>
  let leftStride: Int
  let panel: UnsafePointer<Product.Element>
  let depth: Int
  var target: UnsafeMutablePointer<Float>
  let targetStride: Int
  /// Columns in the last vector, 0 when it is full.
  let tail: Int
  let accumulating: Bool

  @inline(__always)
  mutating func skip(rows: Int) {
    unsafe left += rows &* leftStride
    unsafe target += rows &* targetStride
  }
}

/// All rows against a panel of `lanes` vectors.
private enum PanelColumn<Product: TileProduct, let lanes: Int> {
  @inline(__always)
  static func multiply(_ whole: TileJob<Product>, rows: Int) {
    var job = whole
    var rest = rows
    #if AVX512 || AVX2
      while rest >= 6 {
        Tile<Product, 6, lanes>.multiply(job)
        job.skip(rows: 6)
        rest &-= 6
      }
    #endif
    while rest >= 4 {
      Tile<Product, 4, lanes>.multiply(job)
      job.skip(rows: 4)
      rest &-= 4
    }
    if rest >= 2 {
      Tile<Product, 2, lanes>.multiply(job)
      job.skip(rows: 2)
      rest &-= 2
    }
    if rest == 1 { Tile<Product, 1, lanes>.multiply(job) }
  }
}

/// `rows x lanes` accumulators held in registers over the whole depth. What a vector that is not full takes stands apart, so that
/// the common way needs no memory for them.
private enum Tile<Product: TileProduct, let rows: Int, let lanes: Int> {
  private typealias Sums = InlineArray<rows, InlineArray<lanes, Lanes>>

  @inline(never)
  static func multiply(_ job: TileJob<Product>) {
    var sums = Sums(repeating: InlineArray<lanes, Lanes>(repeating: Lanes(repeating: 0)))
    if job.accumulating {
      if job.tail > 0 {
        sums = loadNarrow(job)
      } else {
        for row in 0..<rows {
          for lane in 0..<lanes {
            sums[row][lane] = unsafe load(job.target + (row &* job.targetStride &+ lane &* laneCount))
          }
        }
      }
    }
    let (left, stride) = unsafe (job.left, job.leftStride)
    var panel = unsafe job.panel
    for step in 0..<(job.depth) {
      var right = InlineArray<lanes, SIMD16<Product.Element>>(repeating: SIMD16())
      for lane in 0..<lanes {
        right[lane] = unsafe UnsafeRawPointer(panel + lane &* laneCount).loadUnaligned(as: SIMD16<Product.Element>.self)
      }
      for row in 0..<rows {
        let value = unsafe SIMD16(repeating: left[row &* stride &+ step])
        for lane in 0..<lanes { sums[row][lane] = Product.accumulate(value, right[lane], sums[row][lane]) }
      }
      unsafe panel += lanes &* laneCount
    }
    if job.tail > 0 {
      storeNarrow(job, sums)
    } else {
      for row in 0..<rows {
        for lane in 0..<lanes {
          unsafe store(sums[row][lane], job.target + (row &* job.targetStride &+ lane &* laneCount))
        }
      }
    }
  }

  @inline(never)
  private static func loadNarrow(_ job: TileJob<Product>) -> Sums {
    var sums = Sums(repeating: InlineArray<lanes, Lanes>(repeating: Lanes(repeating: 0)))
    for row in 0..<rows {
      for lane in 0..<lanes {
        let place = unsafe job.target + (row &* job.targetStride &+ lane &* laneCount)
        sums[row][lane] = unsafe lane == lanes - 1 ? loadPart(place, job.tail) : load(place)
      }
    }
    return sums
  }

  @inline(never)
  private static func storeNarrow(_ job: TileJob<Product>, _ sums: Sums) {
    for row in 0..<rows {
      for lane in 0..<lanes {
        let place = unsafe job.target + (row &* job.targetStride &+ lane &* laneCount)
        if lane == lanes - 1 {
          unsafe storePart(sums[row][lane], place, job.tail)
        } else {
          unsafe store(sums[row][lane], place)
        }
      }
    }
  }
}
