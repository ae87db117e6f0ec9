import KernelInterface
import TestSupport
import Testing

/// Sums and what follows a matrix product.
@Suite struct RowKernelTests {
  @Test(arguments: KernelCase.all, KernelCase.lengths) func add(_ instructions: KernelCase, count: Int) {
    var random = SeededRandom(seed: UInt64(count))
    let (left, right) = (random.values(count), random.values(count))
    let (a, b, target) = (GuardedValues(left), GuardedValues(right), GuardedValues(count: count))
    unsafe instructions.kernels.add(a.constant, b.constant, into: target.pointer, count: count)
    let expected = zip(left, right).map { $0 + $1 }
    #expect(target.values == expected && target.isIntact)
    unsafe instructions.kernels.add(a.constant, b.constant, into: b.pointer, count: count)
    #expect(b.values == expected && b.isIntact, "in place")
  }

  /// Rows with room between them, which stays as it is. Two roundings of values below 4, hence 1e-6.
  @Test(arguments: KernelCase.all, KernelCase.lengths) func finishRows(_ instructions: KernelCase, width: Int) {
    var random = SeededRandom(seed: UInt64(width))
    let (rows, stride) = (3, width + 5)
    let values = random.values(rows * stride)
    let (bias, scale) = (random.values(width), random.values(width))
    let residual = random.values(rows * stride)
    for choice in 0..<8 {
      let activation = Twin.activations[(choice + width) % Twin.activations.count]
      let place = GuardedValues(values)
      let (biases, scales, rest) = (GuardedValues(bias), GuardedValues(scale), GuardedValues(residual))
      unsafe instructions.kernels.finishRows(
        place.pointer, rows: rows, width: width, stride: stride, bias: choice & 1 == 0 ? nil : biases.constant,
        activation: activation, scale: choice & 2 == 0 ? nil : scales.constant,
        residual: choice & 4 == 0 ? nil : rest.constant)
      let padding = [Float](repeating: 0, count: 5)
      let finished = Twin.epilogue(
        values.map(Double.init), width: stride, bias: choice & 1 == 0 ? nil : bias + padding, activation: activation,
        scale: choice & 2 == 0 ? nil : scale + padding, residual: choice & 4 == 0 ? nil : residual)
      let expected = values.indices.map { $0 % stride < width ? finished[$0] : Double(values[$0]) }
      expectClose(place.values, expected, absolute: 1e-6, "\(activation), choice \(choice)")
      #expect(place.isIntact)
    }
  }

  /// Rows apart in source and target, and in place.
  @Test(arguments: KernelCase.all, KernelCase.lengths) func gatedSiLU(_ instructions: KernelCase, width: Int) {
    var random = SeededRandom(seed: UInt64(width))
    let (sourceStride, targetStride) = (2 * width + 3, width + 2)
    let values = random.values(3 * sourceStride, in: -5...5)
    let expected = (0..<3 * width).map { index in
      let place = index / max(1, width) * sourceStride + index % max(1, width)
      return Twin.activation(.silu, Double(values[place])) * Double(values[place + width])
    }
    let (source, target) = (GuardedValues(values), GuardedValues([Float](repeating: 7, count: 3 * targetStride)))
    unsafe instructions.kernels.gatedSiLU(
      source.constant, source.constant + width, sourceStride: sourceStride, into: target.pointer,
      targetStride: targetStride, rows: 3, width: width)
    let found = target.values
    let rows = (0..<3).flatMap { row in found[row * targetStride..<row * targetStride + width] }
    expectClose(rows, expected, absolute: 3e-6)
    #expect(source.isIntact && target.isIntact && source.values == values)
    #expect(found.indices.allSatisfy { $0 % targetStride < width || found[$0] == 7 }, "between the rows")

    unsafe instructions.kernels.gatedSiLU(
      source.constant, source.constant + width, sourceStride: sourceStride, into: source.pointer,
      targetStride: sourceStride, rows: 3, width: width)
    let inPlace = source.values
    #expect((0..<3).flatMap { inPlace[$0 * sourceStride..<$0 * sourceStride + width] } == rows)
  }

  @Test(arguments: KernelCase.all, KernelCase.lengths) func gatedGELU(_ instructions: KernelCase, width: Int) {
    var random = SeededRandom(seed: UInt64(width))
    let values = random.values(3 * 2 * width, in: -5...5)
    let stride = width + 2
    let (source, target) = (GuardedValues(values), GuardedValues([Float](repeating: 7, count: 3 * stride)))
    unsafe instructions.kernels.gatedGELU(source.constant, into: target.pointer, rows: 3, width: width, stride: stride)
    let expected = (0..<3 * stride).map { index in
      guard index % stride < width else { return 7.0 }
      let place = index / stride * 2 * width + index % stride
      return Double(values[place]) * Twin.activation(.gelu, Double(values[place + width]))
    }
    // 4e-7 of the gate, see ActivationTests, times a value of at most 5.
    expectClose(target.values, expected, absolute: 1e-5)
    #expect(target.isIntact)
  }
}
