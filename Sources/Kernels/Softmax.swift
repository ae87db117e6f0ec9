import KernelInterface

extension Kernels {
  package static func exponentiateRows(
    _ values: UnsafeMutablePointer<Float>, rows: Int, width: Int, stride: Int, scale: Float,
    sums: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<rows {
      let line = unsafe values + row * stride
      var tops = Lanes(repeating: -.infinity)
      var top = -Float.infinity
      forLanes(
        width,
        full: {
          let value = unsafe load(line + $0)
          tops.replace(with: value, where: value .> tops)
        },
        part: { index, rest in
          for lane in 0..<rest { top = unsafe max(top, line[index + lane]) }
        })
      for lane in 0..<laneCount { top = max(top, tops[lane]) }
      let offset = Lanes(repeating: -top * scale)
      let factor = Lanes(repeating: scale)
      var total = Lanes(repeating: 0)
      var rest: Float = 0
      forLanes(
        width,
        full: {
          let value = unsafe exponential(multiplyAdd(load(line + $0), factor, offset))
          total += value
          unsafe store(value, line + $0)
        },
        part: { index, count in
          let value = unsafe exponential(multiplyAdd(loadPart(line + index, count), factor, offset))
          for lane in 0..<count { rest += value[lane] }
          unsafe storePart(value, line + index, count)
        })
      unsafe sums[row] = total.sum() + rest
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
}
