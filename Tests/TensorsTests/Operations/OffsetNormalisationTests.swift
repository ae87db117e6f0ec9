import Tensors
import TestSupport
import Testing

/// A map normalised as if a vector had been added to each of its pictures, against the sum itself.
@Suite struct OffsetNormalisationTests {
  /// Tolerance: each side rounds the normalised values once or twice to 6e-8; a sum of values far from zero, the twin's,
  /// has lost as many digits as its mean is larger than its spread.
  @Test(
    arguments: [
      ([1, 3, 5, 8], 2, 1), ([2, 7, 4, 12], 4, 1), ([3, 1, 1, 6], 3, 1), ([2, 40, 41, 16], 4, 30), ([2, 9, 33], 3, 1),
    ] as [([Int], Int, Float)])
  func equalsTheNormalisedSum(shape: [Int], groups: Int, size: Float) {
    var random = SeededRandom(seed: 7)
    let (batch, channels) = (shape[0], shape[shape.count - 1])
    let x = random.tensor(shape) * 3
    let offsets = random.tensor([batch, channels]) * size
    let (scale, shift) = (random.tensor([channels]), random.tensor([channels]))
    let added = offsets.values
    let pixels = x.count / batch / channels
    let sum = Tensor(
      shape: shape,
      values: x.values.enumerated().map { $1 + added[$0 / channels / pixels * channels + $0 % channels] })
    let expected = sum.groupNormalised(
      groups: groups, scale: scale, shift: shift, epsilon: 1e-5, activation: .silu)
    let found = x.scaled(
      by: x.groupScaling(
        groups: groups, scale: scale, shift: shift, epsilon: 1e-5, activation: .silu, adding: offsets))
    expectClose(found, expected, relative: 1e-6 * Double(max(1, size)))
  }
}
