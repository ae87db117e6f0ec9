import KernelInterface
import Tensors
import TestSupport
import Testing

@Suite struct NormalisationTests {
  /// 70,000 values fall into several blocks of pixels, whose moments are joined. Values near 1000 are known to 6e-5
  /// each, and are divided by their spread of about 0.6.
  @Test(
    arguments: [
      ([1, 1, 1, 2], 1), ([1, 3, 5, 6], 6), ([1, 3, 5, 6], 1), ([2, 5, 7, 12], 4), ([3, 1, 1, 32], 4),
      ([2, 9, 64], 32), ([1, 33, 60, 36], 4),
    ], [Float(0), 1000])
  func groupNorm(sizes: (shape: [Int], groups: Int), mean: Float) {
    let channels = sizes.shape[sizes.shape.count - 1]
    var random = SeededRandom(seed: UInt64(channels))
    let x = random.tensor(sizes.shape, in: mean - 1...mean + 1)
    let (scale, shift) = (random.tensor([channels]), random.tensor([channels]))
    for activation in [Activation.none, .silu, .relu] {
      let found = x.groupNormalised(
        groups: sizes.groups, scale: scale, shift: shift, epsilon: 1e-5, activation: activation)
      let expected = Twin.groupNorm(
        x.values, batch: sizes.shape[0], channels: channels, groups: sizes.groups, scale: scale.values,
        shift: shift.values, epsilon: 1e-5, activation: activation)
      #expect(found.shape == sizes.shape)
      expectClose(found.values, expected, absolute: mean == 0 ? 5e-6 : 1e-3, "\(activation)")
    }
  }

  /// Constant groups have no variance: only the shift is left. The mean is exact here, so nothing else is.
  @Test func constantGroupsAreShifts() {
    let found = Tensor(shape: [1, 4, 4, 8], filledWith: 3).groupNormalised(
      groups: 2, scale: Tensor(shape: [8], filledWith: 5), shift: Tensor(shape: [8], filledWith: 0.25), epsilon: 1e-5)
    #expect(found.values.allSatisfy { abs($0 - 0.25) < 1e-3 })
  }

  @Test(arguments: [[1, 1], [3, 1], [5, 2, 7], [1, 64], [40, 70], [2, 3, 4, 33]])
  func layerNorm(shape: [Int]) {
    let channels = shape[shape.count - 1]
    var random = SeededRandom(seed: UInt64(channels))
    let x = random.tensor(shape, in: -3...5)
    let (scale, shift) = (random.tensor([1, channels]), random.tensor([channels]))
    for (scale, shift) in [(nil, nil), (scale, nil), (nil, shift), (scale, shift)] as [(Tensor?, Tensor?)] {
      let expected = Twin.layerNorm(
        x.values, width: channels, scale: scale?.values, shift: shift?.values, epsilon: 1e-6)
      let found = x.layerNormalised(scale: scale, shift: shift, epsilon: 1e-6)
      #expect(found.shape == shape)
      // Two values may lie so near each other that their difference, exact to 2e-7, is a hundredth of them.
      expectClose(found.values, expected, absolute: 2e-5)
    }
  }

  /// Rows of the last axis, heads among them.
  @Test(arguments: [[1, 1], [3, 1], [5, 2, 7], [1, 64], [40, 700], [2, 3, 4, 33], [0, 5]])
  func rmsNorm(shape: [Int]) {
    let channels = shape[shape.count - 1]
    var random = SeededRandom(seed: UInt64(channels))
    let x = random.tensor(shape, in: -3...5)
    for scale in [nil, random.tensor([channels])] {
      let found = x.rmsNormalised(scale: scale, epsilon: 1e-6)
      #expect(found.shape == shape)
      let expected = Twin.rmsNorm(x.values, width: channels, scale: scale?.values, epsilon: 1e-6)
      expectClose(found.values, expected, relative: 1e-6)
    }
  }
}
