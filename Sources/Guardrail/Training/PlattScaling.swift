import Foundation

/// The slope and offset that turn logits into calibrated ones, by Newton's method on the log loss (Platt 1999).
struct PlattScaling {
  private(set) var slope: Float = 1
  private(set) var offset: Float = 0

  init(_ examples: [(logit: Float, isPositive: Bool, weight: Float)]) {
    guard examples.contains(where: { $0.isPositive && $0.logit.isFinite }) else {
      // Nothing to learn from: never likely.
      (slope, offset) = (1, -6)
      return
    }
    var parameters = SIMD2<Double>(1, 0)
    for _ in 0..<25 {
      var gradient = SIMD2<Double>(1e-3 * (parameters.x - 1), 1e-3 * parameters.y)
      var curvature = (xx: 1e-3, xy: 0.0, yy: 1e-3)
      for example in examples {
        let logit = Double(example.logit)
        let probability = 1 / (1 + exp(-(parameters.x * logit + parameters.y)))
        let slope = (probability - (example.isPositive ? 1 : 0)) * Double(example.weight)
        let bend = probability * (1 - probability) * Double(example.weight)
        gradient += SIMD2(slope * logit, slope)
        curvature.xx += bend * logit * logit
        curvature.xy += bend * logit
        curvature.yy += bend
      }
      let determinant = curvature.xx * curvature.yy - curvature.xy * curvature.xy
      guard determinant > 1e-9 else { break }
      parameters -= SIMD2(
        (curvature.yy * gradient.x - curvature.xy * gradient.y) / determinant,
        (curvature.xx * gradient.y - curvature.xy * gradient.x) / determinant)
    }
    guard parameters.x.isFinite, parameters.y.isFinite, parameters.x > 0, abs(parameters.x) + abs(parameters.y) < 1e4
    else { return }
    (slope, offset) = (Float(parameters.x), Float(parameters.y))
  }
}
