import Tensors

/// What is done to the predicted clean latents before a step is taken with them.
enum CleanSampleLimit: Sendable {
  case none
  /// Values are limited to `-range...range`.
  case clipping(range: Float)
  /// Dynamic thresholding (Saharia et al. 2022, section 2.3).
  case thresholding(ratio: Float, maximum: Float)

  /// Reads whichever of the keys the class knows; thresholding goes before clipping.
  init(_ settings: SchedulerSettings) throws {
    if try settings.flag(.thresholding) {
      let ratio = try settings.number(.thresholdingRatio)
      guard (0...1).contains(ratio) else {
        throw SamplingError.configuration("`dynamic_thresholding_ratio` is \(ratio); expected 0 to 1.")
      }
      self = .thresholding(ratio: Float(ratio), maximum: Float(try settings.number(.sampleMaxValue)))
    } else if try settings.flag(.clipsSample) {
      self = .clipping(range: Float(try settings.number(.clipSampleRange)))
    } else {
      self = .none
    }
  }

  func callAsFunction(_ clean: Tensor) -> Tensor {
    switch self {
    case .none: return clean
    case .clipping(let range): return clean.map { Self.limited($0, range) }
    case .thresholding(let ratio, let maximum):
      let values = clean.values
      let pictures = clean.shape.first ?? 1
      let size = values.count / max(pictures, 1)
      let limited = (0..<pictures).flatMap { picture in
        let own = values[(picture * size)..<((picture + 1) * size)]
        let limit = min(max(Self.quantile(own.map(\.magnitude), ratio), 1), maximum)
        return own.map { Self.limited($0, limit) / limit }
      }
      return Tensor(shape: clean.shape, values: limited)
    }
  }

  /// `value` within `-bound...bound`; a NaN stays one.
  private static func limited(_ value: Float, _ bound: Float) -> Float {
    value > bound ? bound : (value < -bound ? -bound : value)
  }

  /// `torch.quantile` with linear interpolation.
  private static func quantile(_ values: [Float], _ ratio: Float) -> Float {
    let sorted = values.sorted()
    let rank = ratio * Float(sorted.count - 1)
    let below = Int(rank)
    let (low, high) = (sorted[below], sorted[min(below + 1, sorted.count - 1)])
    let weight = rank - Float(below)
    return weight < 0.5 ? low + weight * (high - low) : high - (high - low) * (1 - weight)
  }
}
