import KernelInterface
import TestSupport
import Testing

@Suite struct NormalisationKernelTests {
  /// A mean a thousand times the deviation: two passes lose nothing of the deviations but the mean's own rounding,
  /// 1000 * 2^-24 = 6e-5, whose square is nothing; the deviations of values near 1000 are exact to 6e-5 each.
  @Test(arguments: KernelCase.all, KernelCase.lengths) func columnMoments(_ instructions: KernelCase, channels: Int) {
    expectMoments(instructions, rows: 1, channels: channels, mean: 0)
    expectMoments(instructions, rows: 7, channels: channels, mean: 0)
    expectMoments(instructions, rows: 50, channels: channels, mean: 1000)
  }

  private func expectMoments(_ instructions: KernelCase, rows: Int, channels: Int, mean: Float) {
    var random = SeededRandom(seed: UInt64(channels))
    let values = random.values(rows * channels, in: mean - 1...mean + 1)
    let source = GuardedValues(values)
    let (means, squares) = (GuardedValues(count: channels), GuardedValues(count: channels))
    unsafe instructions.kernels.columnMoments(
      source.constant, rows: rows, channels: channels, means: means.pointer, squares: squares.pointer)
    let expected = (0..<channels).map { column in
      Twin.moments(values, stride(from: column, to: values.count, by: channels))
    }
    expectClose(means.values, expected.map(\.mean), absolute: 1e-6 * Double(1 + mean))
    expectClose(squares.values, expected.map { $0.variance * Double(rows) }, relative: 2e-6, absolute: 1e-6)
    #expect(means.isIntact && squares.isIntact)
  }

  @Test(arguments: KernelCase.all, KernelCase.lengths) func scaleColumns(_ instructions: KernelCase, channels: Int) {
    var random = SeededRandom(seed: UInt64(channels))
    let values = random.values(3 * channels)
    let (scale, shift) = (random.values(channels), random.values(channels))
    for activation in Twin.activations {
      let (place, scales, shifts) = (GuardedValues(values), GuardedValues(scale), GuardedValues(shift))
      unsafe instructions.kernels.scaleColumns(
        place.constant, into: place.pointer, rows: 3, channels: channels, scale: scales.constant,
        shift: shifts.constant, activation: activation)
      let expected = values.indices.map {
        Twin.activation(
          activation, Double(values[$0]) * Double(scale[$0 % channels]) + Double(shift[$0 % channels]))
      }
      expectClose(place.values, expected, absolute: 1e-6, "\(activation)")
      #expect(place.isIntact)
    }
  }

  /// Deviations near a mean of 1000 are known to 6e-5 each and are divided by their spread of about 0.6.
  @Test(arguments: KernelCase.all, 1...70) func layerNormalise(_ instructions: KernelCase, channels: Int) {
    expectLayerNorm(instructions, channels: channels, mean: 0, tolerance: 2e-5)
    expectLayerNorm(instructions, channels: channels, mean: 1000, tolerance: 1e-2)
  }

  /// The sum of squares is good to 1e-6 of itself, and so are the values.
  @Test(arguments: KernelCase.all, 1...70)
  func rootMeanSquareNormalise(_ instructions: KernelCase, channels: Int) {
    var random = SeededRandom(seed: UInt64(channels))
    let (values, scale) = (random.values(3 * channels, in: -3...5), random.values(channels))
    for hasScale in [false, true] {
      let (place, scales) = (GuardedValues(values), GuardedValues(scale))
      unsafe instructions.kernels.rootMeanSquareNormalise(
        place.constant, into: place.pointer, rows: 3, channels: channels, scale: hasScale ? scales.constant : nil,
        epsilon: 1e-6)
      let expected = Twin.rmsNorm(values, width: channels, scale: hasScale ? scale : nil, epsilon: 1e-6)
      expectClose(place.values, expected, relative: 1e-6, "scale \(hasScale)")
      #expect(place.isIntact)
    }
  }

  private func expectLayerNorm(_ instructions: KernelCase, channels: Int, mean: Float, tolerance: Double) {
    var random = SeededRandom(seed: UInt64(channels))
    let values = random.values(2 * channels, in: mean - 1...mean + 1)
    let (scale, shift) = (random.values(channels), random.values(channels))
    for choice in 0..<4 {
      let (place, scales, shifts) = (GuardedValues(values), GuardedValues(scale), GuardedValues(shift))
      unsafe instructions.kernels.layerNormalise(
        place.constant, into: place.pointer, rows: 2, channels: channels,
        scale: choice & 1 == 0 ? nil : scales.constant,
        shift: choice & 2 == 0 ? nil : shifts.constant, epsilon: 1e-5)
      let expected = Twin.layerNorm(
        values, width: channels, scale: choice & 1 == 0 ? nil : scale, shift: choice & 2 == 0 ? nil : shift,
        epsilon: 1e-5)
      expectClose(place.values, expected, absolute: tolerance, "mean \(mean), choice \(choice)")
      #expect(place.isIntact)
    }
  }
}
