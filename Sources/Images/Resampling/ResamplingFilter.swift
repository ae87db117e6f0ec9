import System

/// How new pixels are weighed from old ones; the names and formulas of Pillow's `Image.Resampling`.
package enum ResamplingFilter: Sendable, CaseIterable {
  case nearest
  case box
  case bilinear
  case bicubic
  case lanczos

  /// Pixels on either side that count, at scale 1.
  var support: Double {
    switch self {
    case .nearest, .box: 0.5
    case .bilinear: 1
    case .bicubic: 2
    case .lanczos: 3
    }
  }

  /// The weight of a pixel `distance` pixels away, at scale 1.
  func weight(_ distance: Double) -> Double {
    let x = abs(distance)
    switch self {
    case .nearest, .box: return distance > -0.5 && distance <= 0.5 ? 1 : 0
    case .bilinear: return max(0, 1 - x)
    case .bicubic:
      // Keys 1981 with a = -0.5.
      let a = -0.5
      if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
    case .lanczos: return distance >= -3 && distance < 3 ? sinc(distance) * sinc(distance / 3) : 0
    }
  }
}

private func sinc(_ x: Double) -> Double {
  guard x != 0 else { return 1 }
  return sin(x * .pi) / (x * .pi)
}
