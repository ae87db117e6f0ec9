import KernelInterface

extension Kernels {
  package static func advanceSoftmax(
    _ scores: UnsafeMutablePointer<Float>, rows: Int, width: Int, scale: Float, largest: UnsafeMutablePointer<Float>,
    sums: UnsafeMutablePointer<Float>, results: UnsafeMutablePointer<Float>?, resultRows: Int
  ) {
    let factor = Lanes(repeating: scale * 1.442_695_040_888_963_4)
    for column in stride(from: 0, to: width, by: laneCount) {
      let lane = unsafe scores + column
      let known = unsafe load(largest + column)
      let top = unsafe columnMaximum(lane, rows: rows, stride: width, known)
      // The difference comes first: the product with a large score would round to more than the power can take.
      let shrinking = powerOfTwo((known - top) * factor)
      unsafe store(top, largest + column)
      if let results = unsafe results {
        for row in 0..<resultRows {
          let place = unsafe results + (row &* width &+ column)
          unsafe store(load(place) * shrinking, place)
        }
      }
      var total = unsafe load(sums + column) * shrinking
      for row in 0..<rows {
        let place = unsafe lane + row &* width
        let value = unsafe powerOfTwo((load(place) - top) * factor)
        total += value
        unsafe store(value, place)
      }
      unsafe store(total, sums + column)
    }
  }

  package static func divideColumns(
    _ values: UnsafeMutablePointer<Float>, rows: Int, width: Int, divisors: UnsafePointer<Float>, columns: Int,
    transposedInto target: UnsafeMutablePointer<Float>, targetStride: Int
  ) {
    for column in stride(from: 0, to: columns, by: laneCount) {
      let factor = unsafe 1 / load(divisors + column)
      for row in 0..<rows {
        let place = unsafe values + (row &* width &+ column)
        unsafe store(load(place) * factor, place)
      }
    }
    for column in 0..<columns {
      let line = unsafe target + column &* targetStride
      for row in 0..<rows { unsafe line[row] = values[row &* width &+ column] }
    }
  }

  /// The largest of each column of sixteen, and of `known`.
  @inline(__always)
  private static func columnMaximum(
    _ column: UnsafePointer<Float>, rows: Int, stride: Int, _ known: Lanes
  ) -> Lanes {
    @inline(__always)
    func raise(_ top: inout Lanes, _ value: Lanes) { top.replace(with: value, where: value .> top) }
    // Four chains, so that no comparison waits for the last.
    var (first, second, third, fourth) = (known, known, known, known)
    var row = 0
    while row &+ 4 <= rows {
      let place = unsafe column + row &* stride
      unsafe raise(&first, load(place))
      unsafe raise(&second, load(place + stride))
      unsafe raise(&third, load(place + 2 &* stride))
      unsafe raise(&fourth, load(place + 3 &* stride))
      row &+= 4
    }
    while row < rows {
      unsafe raise(&first, load(column + row &* stride))
      row &+= 1
    }
    raise(&first, second)
    raise(&third, fourth)
    raise(&first, third)
    return first
  }
}
