import System

/// The values of `torch.randn` in float32 with a CPU generator (`torch.Generator("cpu").manual_seed(seed)`).
///
/// From ATen's `DistributionTemplates.h`: draws of 16 values and more use a vectorised Box-Muller transform in float32,
/// shorter ones a scalar transform in double precision that keeps its second value for the generator's next short draw.
package struct TorchRandom: RandomSource {
  private static let block = 16

  private var engine: MersenneTwister
  private var kept: Double?

  /// torch seeds its engine with the lower half of the seed; a negative seed counts as its two's complement.
  package init(seed: UInt64) {
    engine = MersenneTwister(seed: UInt32(truncatingIfNeeded: seed))
  }

  package mutating func normal(count: Int) -> [Float] {
    if count < Self.block { return (0..<count).map { _ in Float(nextNormal()) } }
    var values = (0..<count).map { _ in nextUniform() }
    for start in stride(from: 0, through: count - Self.block, by: Self.block) { transform(&values, from: start) }
    if count % Self.block != 0 {
      let tail = count - Self.block
      for index in tail..<count { values[index] = nextUniform() }
      transform(&values, from: tail)
    }
    return values
  }

  /// 24 random bits as a number of [0, 1).
  private mutating func nextUniform() -> Float {
    Float(engine.nextBits() & 0xFF_FFFF) * 0x1p-24
  }

  /// Turns the 16 uniform values from `start` on into normal ones.
  private func transform(_ values: inout [Float], from start: Int) {
    let half = Self.block / 2
    for index in start..<(start + half) {
      (values[index], values[index + half]) = BoxMuller.normalPair(values[index], values[index + half])
    }
  }

  private mutating func nextNormal() -> Double {
    if let value = kept {
      kept = nil
      return value
    }
    let angle = 2 * Double.pi * nextDoubleUniform()
    let radius = (-2 * log1p(-nextDoubleUniform())).squareRoot()
    kept = radius * sin(angle)
    return radius * cos(angle)
  }

  /// 53 random bits as a number of [0, 1).
  private mutating func nextDoubleUniform() -> Double {
    let high = UInt64(engine.nextBits())
    let bits = high << 32 | UInt64(engine.nextBits())
    return Double(bits & (1 << 53 - 1)) * 0x1p-53
  }
}
