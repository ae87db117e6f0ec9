import System

/// The values of `torch.randn` on a CUDA device, as A1111 ("RNG: NV") and stable-diffusion.cpp (`--rng cuda`) draw them:
/// Philox 4x32-10 (Salmon et al. 2011) and a Box-Muller transform of which the sine is used.
package struct PhiloxRandom: RandomSource {
  private static let multipliers: (UInt32, UInt32) = (0xD251_1F53, 0xCD9E_8D57)
  private static let weyl: (UInt32, UInt32) = (0x9E37_79B9, 0xBB67_AE85)
  private static let rounds = 10

  private let seed: UInt64
  /// The number of draws so far.
  private var offset: UInt32 = 0

  package init(seed: UInt64) { self.seed = seed }

  package mutating func normal(count: Int) -> [Float] {
    defer { offset &+= 1 }
    return (0..<count).map { index in
      let (first, second) = bits(element: UInt32(truncatingIfNeeded: index))
      let uniform = Float(first) * 0x1p-32 + 0x1p-33
      let turn = 0x1p-32 * BoxMuller.fullTurn
      let angle = Float(second) * turn + turn / 2
      return (-2 * logf(uniform)).squareRoot() * sinf(angle)
    }
  }

  /// The first two of the four words for one element of the present draw.
  private func bits(element: UInt32) -> (UInt32, UInt32) {
    var counter: (UInt32, UInt32, UInt32, UInt32) = (offset, 0, element, 0)
    var key = (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    for _ in 0..<Self.rounds {
      let first = counter.0.multipliedFullWidth(by: Self.multipliers.0)
      let second = counter.2.multipliedFullWidth(by: Self.multipliers.1)
      counter = (
        second.high ^ counter.1 ^ key.0, second.low, first.high ^ counter.3 ^ key.1, first.low
      )
      key = (key.0 &+ Self.weyl.0, key.1 &+ Self.weyl.1)
    }
    return (counter.0, counter.1)
  }
}
