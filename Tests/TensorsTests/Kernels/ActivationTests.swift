import KernelInterface
import TestSupport
import Testing

@Suite struct ActivationTests {
  private static func apply(_ activation: Activation, _ instructions: KernelCase, _ values: [Float]) -> [Float] {
    let (source, target) = (GuardedValues(values), GuardedValues(count: values.count))
    unsafe instructions.kernels.activate(
      source.constant, into: target.pointer, count: values.count, activation: activation)
    #expect(target.isIntact && source.values.map(\.bitPattern) == values.map(\.bitPattern))
    return target.values
  }

  /// -100 to 100 in steps of 1/64, and the edges of float32's exponents near zero.
  private static let ordinary =
    (-6400...6400).map { Float($0) / 64 }
    + [1e-3, 1e-7, 1e-20, 1e-37, .leastNormalMagnitude, .leastNonzeroMagnitude, 87.3, 88.4, 89].flatMap { [$0, -$0] }

  /// Within 4e-7 of the argument's magnitude: `exp` is good to two units in the last place, 2.4e-7, and a division and
  /// a product round once more each. What the argument of `exp` loses for large ones is lost of a vanishing value.
  @Test(arguments: KernelCase.all, Twin.activations)
  func followsTheExactFormula(_ instructions: KernelCase, activation: Activation) {
    let values = ActivationTests.ordinary
    for (x, found) in zip(values, ActivationTests.apply(activation, instructions, values)) {
      let expected = Twin.activation(activation, Double(x))
      let tolerance = max(4e-7 * Double(x.magnitude), 1e-44)
      if !(abs(Double(found) - expected) <= tolerance) {
        Issue.record("\(activation)(\(x)) is \(found); expected \(expected)")
      }
    }
  }

  /// Where the value is not small against the argument the result is good to 1e-6 of itself.
  @Test(arguments: KernelCase.all, Twin.activations)
  func isRelativelyExactNearZero(_ instructions: KernelCase, activation: Activation) {
    let values = (-128...640).map { Float($0) / 64 }
    for (x, found) in zip(values, ActivationTests.apply(activation, instructions, values)) {
      let expected = Twin.activation(activation, Double(x))
      if !(abs(Double(found) - expected) <= 1e-6 * abs(expected)) {
        Issue.record("\(activation)(\(x)) is \(found); expected \(expected)")
      }
    }
  }

  @Test(arguments: KernelCase.all, Twin.activations)
  func specials(_ instructions: KernelCase, activation: Activation) {
    let found = ActivationTests.apply(activation, instructions, [0, -0.0, .infinity, .nan, 1e30, -1e30, -.infinity])
    #expect(found[0] == 0 && found[1] == 0)
    #expect(found[2] == (activation == .relu6 ? 6 : .infinity))
    #expect(found[3].isNaN, "a NaN must not be hidden")
    #expect(found[4] == (activation == .relu6 ? 6 : 1e30))
    let slopes: [Activation: Float] = [.none: 1, .leakyReLU: 0.2]
    #expect(slopes[activation].map { found[5] == -1e30 * $0 } ?? (abs(found[5]) < 1e-6))
    // As in torch, where -inf / (1 + inf) is NaN: an overflow must show in the result.
    #expect([.relu, .relu6].contains(activation) ? found[6] == 0 : !found[6].isFinite)
  }

  @Test(arguments: KernelCase.all, KernelCase.lengths) func lengths(_ instructions: KernelCase, count: Int) {
    var random = SeededRandom(seed: UInt64(count))
    let values = random.values(count, in: -8...8)
    for activation in Twin.activations {
      let expected = values.map { Twin.activation(activation, Double($0)) }
      expectClose(ActivationTests.apply(activation, instructions, values), expected, absolute: 4e-6, "\(activation)")
      let inPlace = GuardedValues(values)
      unsafe instructions.kernels.activate(
        inPlace.constant, into: inPlace.pointer, count: count, activation: activation)
      expectClose(inPlace.values, expected, absolute: 4e-6, "\(activation) in place")
      #expect(inPlace.isIntact)
    }
  }
}
