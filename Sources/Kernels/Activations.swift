import KernelInterface

@inline(__always)
func silu(_ x: Lanes) -> Lanes { x / (1 + exponential(-x)) }

/// `x * Phi(x)`, with the normal distribution by the complementary error function.
@inline(__always)
func gelu(_ x: Lanes) -> Lanes { 0.5 * x * complementaryError(x * -0.707_106_781_186_547_5) }

/// Hendrycks and Gimpel 2016. `0.5 (1 + tanh u)` is `sigmoid(2u)`.
@inline(__always)
func geluTanh(_ x: Lanes) -> Lanes {
  let inner = multiplyAdd(x * x, Lanes(repeating: 0.044_715), Lanes(repeating: 1)) * x
  return x / (1 + exponential(inner * -1.595_769_121_605_731))
}

@inline(__always)
func quickGELU(_ x: Lanes) -> Lanes { x / (1 + exponential(x * -1.702)) }

@inline(__always)
func relu(_ x: Lanes) -> Lanes { x.replacing(with: 0, where: x .< 0) }

@inline(__always)
func leakyReLU(_ x: Lanes) -> Lanes { x.replacing(with: x * 0.2, where: x .< 0) }

@inline(__always)
func relu6(_ x: Lanes) -> Lanes { relu(x).replacing(with: 6, where: x .> 6) }

/// Runs `body` with the activation as a compile-time constant, so that it is inlined into the loop.
@inline(__always)
func withActivation(_ activation: Activation, _ body: ((Lanes) -> Lanes) -> Void) {
  switch activation {
  case .none: body { $0 }
  case .silu: body(silu)
  case .gelu: body(gelu)
  case .geluTanh: body(geluTanh)
  case .quickGELU: body(quickGELU)
  case .relu: body(relu)
  case .leakyReLU: body(leakyReLU)
  case .relu6: body(relu6)
  }
}

extension Kernels {
  package static func activate(
    _ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, count: Int, activation: Activation
  ) {
    withActivation(activation) { function in
      forLanes(
        count,
        full: { unsafe store(function(load(source + $0)), target + $0) },
        part: { unsafe storePart(function(loadPart(source + $0, $1)), target + $0, $1) })
    }
  }

  package static func finishRows(
    _ values: UnsafeMutablePointer<Float>, rows: Int, width: Int, stride: Int, bias: UnsafePointer<Float>?,
    activation: Activation, scale: UnsafePointer<Float>?, residual: UnsafePointer<Float>?
  ) {
    withActivation(activation) { function in
      for row in 0..<rows {
        let line = unsafe values + row * stride
        let rest = unsafe residual.map { unsafe $0 + row * stride }
        forLanes(
          width,
          full: { index in
            var value = unsafe load(line + index)
            if let bias = unsafe bias { value += unsafe load(bias + index) }
            value = function(value)
            if let scale = unsafe scale { value *= unsafe load(scale + index) }
            if let rest = unsafe rest { value += unsafe load(rest + index) }
            unsafe store(value, line + index)
          },
          part: { index, count in
            var value = unsafe loadPart(line + index, count)
            if let bias = unsafe bias { value += unsafe loadPart(bias + index, count) }
            value = function(value)
            if let scale = unsafe scale { value *= unsafe loadPart(scale + index, count) }
            if let rest = unsafe rest { value += unsafe loadPart(rest + index, count) }
            unsafe storePart(value, line + index, count)
          })
      }
    }
  }

  package static func gatedGELU(
    _ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, rows: Int, width: Int, stride: Int
  ) {
    for row in 0..<rows {
      let line = unsafe source + row * 2 * width
      let gate = unsafe line + width
      let result = unsafe target + row * stride
      forLanes(
        width,
        full: { unsafe store(load(line + $0) * gelu(load(gate + $0)), result + $0) },
        part: { unsafe storePart(loadPart(line + $0, $1) * gelu(loadPart(gate + $0, $1)), result + $0, $1) })
    }
  }

  package static func gatedSiLU(
    _ gate: UnsafePointer<Float>, _ value: UnsafePointer<Float>, sourceStride: Int,
    into target: UnsafeMutablePointer<Float>, targetStride: Int, rows: Int, width: Int
  ) {
    for row in 0..<rows {
      let gates = unsafe gate + row * sourceStride
      let values = unsafe value + row * sourceStride
      let result = unsafe target + row * targetStride
      forLanes(
        width,
        full: { unsafe store(silu(load(gates + $0)) * load(values + $0), result + $0) },
        part: { unsafe storePart(silu(loadPart(gates + $0, $1)) * loadPart(values + $0, $1), result + $0, $1) })
    }
  }

  package static func add(
    _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, count: Int
  ) {
    forLanes(
      count,
      full: { unsafe store(load(left + $0) + load(right + $0), target + $0) },
      part: { unsafe storePart(loadPart(left + $0, $1) + loadPart(right + $0, $1), target + $0, $1) })
  }
}
