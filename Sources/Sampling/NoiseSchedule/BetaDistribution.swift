import System

/// The beta distribution on 0...1.
struct BetaDistribution: Sendable {
  let alpha: Double
  let beta: Double
  private let logNormalizer: Double

  init(alpha: Double, beta: Double) {
    self.alpha = alpha
    self.beta = beta
    logNormalizer = lgamma(alpha + beta) - lgamma(alpha) - lgamma(beta)
  }

  /// The value that a draw stays below with the given probability (`scipy.stats.beta.ppf`), found by bisection of the
  /// half in which it is small, so that values near 1 keep their digits as well.
  func quantile(_ probability: Double) -> Double {
    guard probability > 0 else { return 0 }
    guard probability < 1 else { return 1 }
    if probability > cumulative(0.5) {
      return 1 - BetaDistribution(alpha: beta, beta: alpha).quantile(1 - probability)
    }
    var (low, high) = (0.0, 0.5)
    while true {
      let middle = (low + high) / 2
      if middle <= low || middle >= high { return middle }
      if cumulative(middle) < probability { low = middle } else { high = middle }
    }
  }

  /// The regularised incomplete beta function.
  func cumulative(_ value: Double) -> Double {
    guard value > 0 else { return 0 }
    guard value < 1 else { return 1 }
    let front = exp(logNormalizer + alpha * log(value) + beta * log1p(-value))
    return value < (alpha + 1) / (alpha + beta + 2)
      ? front * continuedFraction(value, alpha, beta) / alpha
      : 1 - front * continuedFraction(1 - value, beta, alpha) / beta
  }

  /// DLMF 8.17.22, evaluated by Lentz's method.
  private func continuedFraction(_ value: Double, _ first: Double, _ second: Double) -> Double {
    let tiny = 1e-300
    var numerator = 1.0
    var denominator = 1 / guarded(1 - (first + second) * value / (first + 1), tiny)
    var fraction = denominator
    for index in 1...500 {
      let order = Double(index)
      let even = order * (second - order) * value / ((first + 2 * order - 1) * (first + 2 * order))
      let odd = -(first + order) * (first + second + order) * value / ((first + 2 * order) * (first + 2 * order + 1))
      var change = 1.0
      for term in [even, odd] {
        denominator = 1 / guarded(1 + term * denominator, tiny)
        numerator = guarded(1 + term / numerator, tiny)
        change = denominator * numerator
        fraction *= change
      }
      if (change - 1).magnitude < 1e-16 { break }
    }
    return fraction
  }

  private func guarded(_ value: Double, _ least: Double) -> Double { value.magnitude < least ? least : value }
}
