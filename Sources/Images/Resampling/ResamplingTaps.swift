/// Which source positions make each target position along one axis, and with what fixed-point weights: Pillow's
/// `precompute_coeffs` and `normalize_coeffs_8bpc`, to the last bit.
struct ResamplingTaps {
  /// Bits after the point of a weight: 32 less 8 for a sample, less 2 for sign and overshoot.
  static let fractionBits: Int32 = 22

  /// For each target position the first source position.
  private(set) var starts: [Int] = []
  /// For each target position its weights' range in `weights`.
  private(set) var ranges: [Range<Int>] = []
  private(set) var weights: [Int32] = []

  /// Taps for `targetCount` positions spread over `region` of an axis of `sourceCount` positions.
  init(sourceCount: Int, region: Range<Float>, targetCount: Int, filter: ResamplingFilter) {
    let scale = Double(region.upperBound - region.lowerBound) / Double(targetCount)
    let filterScale = max(scale, 1)  // antialiasing: where the picture shrinks the filter grows
    let support = filter.support * filterScale
    for target in 0..<targetCount {
      let center = Double(region.lowerBound) + (Double(target) + 0.5) * scale
      let start = max(0, Int(center - support + 0.5))
      let end = min(sourceCount, Int(center + support + 0.5))
      let raw = (start..<max(start, end)).map { filter.weight((Double($0) - center + 0.5) * (1 / filterScale)) }
      let sum = raw.reduce(0, +)
      let one = Double(1 << Self.fractionBits)
      starts.append(start)
      ranges.append(weights.count..<weights.count + raw.count)
      weights += raw.map { weight in
        let normal = sum == 0 ? weight : weight / sum
        return Int32(normal < 0 ? normal * one - 0.5 : normal * one + 0.5)
      }
    }
  }

  /// A fixed-point sum to a sample.
  static func sample(_ sum: Int32) -> UInt8 { UInt8(clamping: sum >> fractionBits) }

  /// One half, so that `sample` rounds to nearest.
  static let half: Int32 = 1 << (fractionBits - 1)
}
