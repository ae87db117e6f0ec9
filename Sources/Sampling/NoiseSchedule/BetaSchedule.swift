import System

/// How much noise each training timestep adds (diffusers' `beta_schedule`).
enum BetaSchedule: String, Sendable, CaseIterable {
  case linear
  case scaledLinear = "scaled_linear"
  case squaredCosine = "squaredcos_cap_v2"
  case sigmoid
  case laplace
  case exponential = "exp"

  /// What every diffusers scheduler implements.
  static let common: [BetaSchedule] = [.linear, .scaledLinear, .squaredCosine]

  /// The variances that are added at each of `count` timesteps.
  func betas(from start: Double, to end: Double, count: Int) -> [Float] {
    switch self {
    case .linear:
      EvenSpacing.closedFloats(from: Float(start), to: Float(end), count: count)
    case .scaledLinear:
      EvenSpacing.closedFloats(from: Float(start.squareRoot()), to: Float(end.squareRoot()), count: count)
        .map { $0 * $0 }
    case .sigmoid:
      EvenSpacing.closedFloats(from: -6, to: 6, count: count)
        .map { 1 / (1 + expf(-$0)) * Float(end - start) + Float(start) }
    case .squaredCosine, .laplace, .exponential:
      (0..<count).map { index in
        let before = signalLeft(at: Double(index) / Double(count))
        let after = signalLeft(at: Double(index + 1) / Double(count))
        return Float(min(1 - after / before, 0.999))
      }
    }
  }

  /// The product of all `1 - beta` up to `time`, of 0...1 (Nichol and Dhariwal 2021, equation 17, and its kin).
  private func signalLeft(at time: Double) -> Double {
    switch self {
    case .exponential:
      return exp(time * -12)
    case .laplace:
      let logarithm = -0.5 * (time <= 0.5 ? 1.0 : -1.0) * log(1 - 2 * (0.5 - time).magnitude + 1e-6)
      let ratio = exp(logarithm)
      return (ratio / (1 + ratio)).squareRoot()
    default:
      let cosine = cos((time + 0.008) / 1.008 * .pi / 2)
      return cosine * cosine
    }
  }
}
