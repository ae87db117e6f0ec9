import KernelInterface

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The trivially correct twin of each operation: plain loops in double precision, written from the formulas.
enum Twin {
  static func activation(_ activation: Activation, _ x: Double) -> Double {
    switch activation {
    case .none: x
    case .silu: x / (1 + exp(-x))
    case .gelu: 0.5 * x * erfc(-x / 2.0.squareRoot())
    case .geluTanh: 0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    case .quickGELU: x / (1 + exp(-1.702 * x))
    case .relu: x > 0 ? x : 0
    case .leakyReLU: x > 0 ? x : x * Double(Float(0.2))
    case .relu6: min(6, x > 0 ? x : 0)
    }
  }

  static let activations: [Activation] = [
    .none, .silu, .gelu, .geluTanh, .quickGELU, .relu, .leakyReLU, .relu6,
  ]

  /// `activation(x + bias + shift) * scale + residual` over rows of `width` values.
  static func epilogue(
    _ x: [Double], width: Int, bias: [Float]? = nil, shift: [Float]? = nil, activation: Activation = .none,
    scale: [Float]? = nil, residual: [Float]? = nil
  ) -> [Double] {
    x.indices.map { index in
      let column = index % width
      let shifted = x[index] + Double(bias?[column] ?? 0) + Double(shift?[column] ?? 0)
      return Twin.activation(activation, shifted) * Double(scale?[column] ?? 1) + Double(residual?[index] ?? 0)
    }
  }

  /// `[rows, inputs]` times the transpose of `[outputs, inputs]`.
  static func product(_ x: [Float], _ weight: [Float], inputs: Int, outputs: Int) -> [Double] {
    var result: [Double] = []
    for row in 0..<x.count / inputs {
      for output in 0..<outputs {
        var sum = 0.0
        for input in 0..<inputs { sum += Double(x[row * inputs + input]) * Double(weight[output * inputs + input]) }
        result.append(sum)
      }
    }
    return result
  }

  /// - Returns: The softmax of `scores` with a mask's hidden entries left out.
  static func softmax(_ scores: [Double], visible: (Int) -> Bool) -> [Double] {
    let seen = scores.indices.filter(visible)
    let top = seen.map { scores[$0] }.max() ?? 0
    let total = seen.reduce(0) { $0 + exp(scores[$1] - top) }
    return scores.indices.map { visible($0) ? exp(scores[$0] - top) / total : 0 }
  }

  /// Mean and variance of the values at `indices`.
  static func moments(_ x: [Float], _ indices: some Sequence<Int>) -> (mean: Double, variance: Double) {
    let values = indices.map { Double(x[$0]) }
    let mean = values.reduce(0, +) / Double(values.count)
    return (mean, values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count))
  }

  static func layerNorm(_ x: [Float], width: Int, scale: [Float]?, shift: [Float]?, epsilon: Double) -> [Double] {
    x.indices.map { index in
      let row = index / width * width
      let (mean, variance) = moments(x, row..<row + width)
      let normal = (Double(x[index]) - mean) / (variance + epsilon).squareRoot()
      return normal * Double(scale?[index % width] ?? 1) + Double(shift?[index % width] ?? 0)
    }
  }

  static func rmsNorm(_ x: [Float], width: Int, scale: [Float]?, epsilon: Double) -> [Double] {
    x.indices.map { index in
      let row = index / width * width
      let meanSquare = (row..<row + width).reduce(0) { $0 + Double(x[$1]) * Double(x[$1]) } / Double(width)
      return Double(x[index]) / (meanSquare + epsilon).squareRoot() * Double(scale?[index % width] ?? 1)
    }
  }

  /// Vectors of `width` values turned pair by pair: pair i of vector v by the angle `angle(v, i)`.
  static func rotary(
    _ x: [Float], width: Int, isInterleaved: Bool, angle: (_ vector: Int, _ pair: Int) -> Double
  ) -> [Double] {
    var result = x.map(Double.init)
    for vector in 0..<x.count / width {
      for pair in 0..<width / 2 {
        let first = vector * width + (isInterleaved ? 2 * pair : pair)
        let second = first + (isInterleaved ? 1 : width / 2)
        let turn = angle(vector, pair)
        result[first] = Double(x[first]) * cos(turn) - Double(x[second]) * sin(turn)
        result[second] = Double(x[second]) * cos(turn) + Double(x[first]) * sin(turn)
      }
    }
    return result
  }

  /// `[batch, pixels, channels]`
  static func groupNorm(
    _ x: [Float], batch: Int, channels: Int, groups: Int, scale: [Float], shift: [Float], epsilon: Double,
    activation: Activation
  ) -> [Double] {
    let image = x.count / batch
    let width = channels / groups
    var result = [Double](repeating: 0, count: x.count)
    for start in stride(from: 0, to: x.count, by: image) {
      for group in 0..<groups {
        let members = (start..<start + image).filter { $0 % channels / width == group }
        let (mean, variance) = moments(x, members)
        for index in members {
          let normal = (Double(x[index]) - mean) / (variance + epsilon).squareRoot()
          let scaled = normal * Double(scale[index % channels]) + Double(shift[index % channels])
          result[index] = Twin.activation(activation, scaled)
        }
      }
    }
    return result
  }
}
