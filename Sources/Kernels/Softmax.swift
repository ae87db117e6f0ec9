import KernelInterface

extension Kernels {
  package static func advanceSoftmax(
    _ scores: UnsafeMutablePointer<Float>, rows: Int, width: Int, stride: Int, scale: Float,
    largest: UnsafeMutablePointer<Float>, sums: UnsafeMutablePointer<Float>, results: UnsafeMutablePointer<Float>?,
    resultWidth: Int, resultStride: Int
  ) {
    let factor = scale * 1.442_695_040_888_963_4
    for row in 0..<rows {
      let line = unsafe scores + row * stride
      let known = unsafe largest[row]
      let top = unsafe max(known, rowMaximum(line, width))
      if top > known {
        unsafe largest[row] = top
        let shrinking = powerOfTwo(Lanes(repeating: (known - top) * factor))
        unsafe sums[row] *= shrinking[0]
        if let results = unsafe results {
          let result = unsafe results + row * resultStride
          forLanes(
            resultWidth,
            full: { unsafe store(load(result + $0) * shrinking, result + $0) },
            part: { unsafe storePart(loadPart(result + $0, $1) * shrinking, result + $0, $1) })
        }
      }
      unsafe sums[row] += exponentiate(line, width, factor: factor, top: top)
    }
  }

  package static func divideRows(
    _ values: UnsafeMutablePointer<Float>, rows: Int, width: Int, stride: Int, divisors: UnsafePointer<Float>
  ) {
    for row in 0..<rows {
      let line = unsafe values + row * stride
      let factor = unsafe 1 / divisors[row]
      forLanes(
        width,
        full: { unsafe store(load(line + $0) * factor, line + $0) },
        part: { unsafe storePart(loadPart(line + $0, $1) * factor, line + $0, $1) })
    }
  }

  @inline(__always)
  private static func rowMaximum(_ row: UnsafePointer<Float>, _ count: Int) -> Float {
    var tops = Lanes(repeating: -.infinity)
    var top = -Float.infinity
    forLanes(
      count,
      full: {
        let value = unsafe load(row + $0)
        tops.replace(with: value, where: value .> tops)
      },
      part: { index, rest in
        for lane in 0..<rest { top = unsafe max(top, row[index + lane]) }
      })
    for lane in 0..<laneCount { top = max(top, tops[lane]) }
    return top
  }

  /// `2^(factor * (x - top))` in place; returns the sum. The difference comes first: the product with a large score would
  /// round to more than the power can take.
  @inline(__always)
  private static func exponentiate(
    _ row: UnsafeMutablePointer<Float>, _ count: Int, factor: Float, top: Float
  ) -> Float {
    let factors = Lanes(repeating: factor)
    let largest = Lanes(repeating: top)
    var total = Lanes(repeating: 0)
    var rest: Float = 0
    forLanes(
      count,
      full: {
        let value = unsafe powerOfTwo((load(row + $0) - largest) * factors)
        total += value
        unsafe store(value, row + $0)
      },
      part: { index, count in
        let value = unsafe powerOfTwo((loadPart(row + index, count) - largest) * factors)
        for lane in 0..<count { rest += value[lane] }
        unsafe storePart(value, row + index, count)
      })
    return sum(of: total) + rest
  }
}
