import KernelInterface

extension Kernels {
  package static func columnMoments(
    _ source: UnsafePointer<Float>, rows: Int, channels: Int, means: UnsafeMutablePointer<Float>,
    squares: UnsafeMutablePointer<Float>
  ) {
    let share = 1 / Float(rows)
    @inline(__always)
    func moments(_ read: (UnsafePointer<Float>) -> Lanes) -> (mean: Lanes, squares: Lanes) {
      var total = Lanes(repeating: 0)
      for row in 0..<rows { total += unsafe read(source + row &* channels) }
      let mean = total * share
      var deviations = Lanes(repeating: 0)
      for row in 0..<rows {
        let deviation = unsafe read(source + row &* channels) - mean
        deviations = multiplyAdd(deviation, deviation, deviations)
      }
      return (mean, deviations)
    }
    forLanes(
      channels,
      full: { column in
        let result = unsafe moments { unsafe load($0 + column) }
        unsafe store(result.mean, means + column)
        unsafe store(result.squares, squares + column)
      },
      part: { column, count in
        let result = unsafe moments { unsafe loadPart($0 + column, count) }
        unsafe storePart(result.mean, means + column, count)
        unsafe storePart(result.squares, squares + column, count)
      })
  }

  package static func scaleColumns(
    _ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, rows: Int, channels: Int,
    scale: UnsafePointer<Float>, shift: UnsafePointer<Float>, activation: Activation
  ) {
    withActivation(activation) { function in
      for row in 0..<rows {
        let line = unsafe source + row * channels
        let result = unsafe target + row * channels
        forLanes(
          channels,
          full: {
            unsafe store(function(multiplyAdd(load(line + $0), load(scale + $0), load(shift + $0))), result + $0)
          },
          part: {
            let value = unsafe multiplyAdd(
              loadPart(line + $0, $1), loadPart(scale + $0, $1), loadPart(shift + $0, $1))
            unsafe storePart(function(value), result + $0, $1)
          })
      }
    }
  }

  package static func layerNormalise(
    _ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, rows: Int, channels: Int,
    scale: UnsafePointer<Float>?, shift: UnsafePointer<Float>?, epsilon: Float
  ) {
    for row in 0..<rows {
      let line = unsafe source + row * channels
      let result = unsafe target + row * channels
      let mean = unsafe rowSum(line, channels) { $0 } / Float(channels)
      let variance =
        unsafe rowSum(line, channels, skippingPadding: mean) { ($0 - mean) * ($0 - mean) } / Float(channels)
      let factor = 1 / (variance + epsilon).squareRoot()
      forLanes(
        channels,
        full: { index in
          var value = (unsafe load(line + index) - mean) * factor
          if let scale = unsafe scale { value *= unsafe load(scale + index) }
          if let shift = unsafe shift { value += unsafe load(shift + index) }
          unsafe store(value, result + index)
        },
        part: { index, count in
          var value = (unsafe loadPart(line + index, count) - mean) * factor
          if let scale = unsafe scale { value *= unsafe loadPart(scale + index, count) }
          if let shift = unsafe shift { value += unsafe loadPart(shift + index, count) }
          unsafe storePart(value, result + index, count)
        })
    }
  }

  package static func rootMeanSquareNormalise(
    _ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, rows: Int, channels: Int,
    scale: UnsafePointer<Float>?, epsilon: Float
  ) {
    for row in 0..<rows {
      let line = unsafe source + row * channels
      let result = unsafe target + row * channels
      let meanSquare = unsafe rowSum(line, channels) { $0 * $0 } / Float(channels)
      let factor = 1 / (meanSquare + epsilon).squareRoot()
      forLanes(
        channels,
        full: { index in
          var value = unsafe load(line + index) * factor
          if let scale = unsafe scale { value *= unsafe load(scale + index) }
          unsafe store(value, result + index)
        },
        part: { index, count in
          var value = unsafe loadPart(line + index, count) * factor
          if let scale = unsafe scale { value *= unsafe loadPart(scale + index, count) }
          unsafe storePart(value, result + index, count)
        })
    }
  }

  /// The sum of `term` over a row. Lanes beyond the row's end are read as `padding`, for which `term` must be 0.
  @inline(__always)
  private static func rowSum(
    _ row: UnsafePointer<Float>, _ count: Int, skippingPadding padding: Float = 0, _ term: (Lanes) -> Lanes
  ) -> Float {
    var total = Lanes(repeating: 0)
    forLanes(
      count,
      full: { total += unsafe term(load(row + $0)) },
      part: { index, rest in
        var value = Lanes(repeating: padding)
        for lane in 0..<rest { unsafe value[lane] = row[index + lane] }
        total += term(value)
      })
    return sum(of: total)
  }
}
