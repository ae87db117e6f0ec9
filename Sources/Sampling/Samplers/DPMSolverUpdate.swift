import System
import Tensors

/// What a DPM-Solver integrates (diffusers' `algorithm_type`).
enum DPMSolverAlgorithm: String, CaseIterable {
  /// The predicted noise (Lu et al. 2022a).
  case noise = "dpmsolver"
  /// The predicted clean latents (Lu et al. 2022b).
  case clean = "dpmsolver++"
  case stochasticNoise = "sde-dpmsolver"
  case stochasticClean = "sde-dpmsolver++"

  var isStochastic: Bool { self == .stochasticNoise || self == .stochasticClean }
  var predictsClean: Bool { self == .clean || self == .stochasticClean }
}

/// The second-order variants of DPM-Solver (diffusers' `solver_type`).
enum DPMSolverType: String, CaseIterable {
  case midpoint
  case heun

  /// Other solvers' words that DPM-Solver's classes take for their own.
  static let aliases = ["logrho": "midpoint", "bh1": "midpoint", "bh2": "midpoint"]
}

/// One step of a DPM-Solver from one level to another, in the algebra that its variants share.
///
/// Every variant is `scale * latents + sum of weights * differences + noise`, where the weights follow from the distance
/// `h` in log-SNR. `value` is the predicted quantity where the step begins, `slope` and `curve` its finite differences.
struct DPMSolverUpdate {
  let algorithm: DPMSolverAlgorithm
  private let scale: Float
  /// The factor of the predicted value, and the unsigned unit of the higher orders.
  private let unit: Float
  private let target: Float
  /// `exp(-h) - 1` and its likes, and the distance that divides it.
  private let exponential: Float
  private let distance: Float
  private let noiseScale: Float

  init(_ algorithm: DPMSolverAlgorithm, from start: SignalAndNoise, to end: SignalAndNoise) {
    self.algorithm = algorithm
    let h = end.logRatio - start.logRatio
    switch algorithm {
    case .clean:
      (scale, target) = (end.noise / start.noise, end.signal)
      (exponential, distance, noiseScale) = (expf(-h) - 1, h, 0)
    case .noise:
      (scale, target) = (end.signal / start.signal, end.noise)
      (exponential, distance, noiseScale) = (expf(h) - 1, h, 0)
    case .stochasticClean:
      (scale, target) = (end.noise / start.noise * expf(-h), end.signal)
      (exponential, distance) = (1 - expf(-2 * h), -2 * h)
      noiseScale = end.noise * (1 - expf(-2 * h)).squareRoot()
    case .stochasticNoise:
      (scale, target) = (end.signal / start.signal, end.noise)
      (exponential, distance) = (expf(h) - 1, h)
      noiseScale = end.noise * (expf(2 * h) - 1).squareRoot()
    }
    unit = target * exponential
  }

  /// The latents without higher orders (and without noise).
  func first(_ latents: Tensor, value: Tensor) -> Tensor {
    switch algorithm {
    case .clean, .noise: scale * latents - unit * value
    case .stochasticClean: scale * latents + unit * value
    case .stochasticNoise: scale * latents - 2 * unit * value
    }
  }

  /// The term of the slope by the mid-point rule.
  func midpoint(_ slope: Tensor) -> Tensor {
    switch algorithm {
    case .clean, .noise: -0.5 * unit * slope
    case .stochasticClean: 0.5 * unit * slope
    case .stochasticNoise: -unit * slope
    }
  }

  /// The term of the slope by Heun's rule and in the third order.
  func trapezoid(_ slope: Tensor) -> Tensor {
    switch algorithm {
    case .clean, .stochasticClean: target * (exponential / distance + 1) * slope
    case .noise: -(target * (exponential / distance - 1)) * slope
    case .stochasticNoise: -2 * (target * (exponential / distance - 1)) * slope
    }
  }

  /// The term of the curve in the third order.
  func cubic(_ curve: Tensor) -> Tensor {
    let square = distance * distance
    return switch algorithm {
    case .clean: -(target * ((exponential + distance) / square - 0.5)) * curve
    case .noise, .stochasticNoise: -(target * ((exponential - distance) / square - 0.5)) * curve
    case .stochasticClean: target * ((exponential + distance) / square - 0.5) * curve
    }
  }

  func noised(_ latents: Tensor, _ noise: Tensor?) -> Tensor {
    noise.map { latents + noiseScale * $0 } ?? latents
  }
}
