import KernelInterface
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite struct SoftmaxKernelTests {
  /// The softmax of rows `stride` apart by the two kernels, and whether the room between them stayed as it was.
  private func softmax(
    _ instructions: KernelCase, _ values: [Float], rows: Int, width: Int, stride: Int, scale: Float
  ) -> [Float] {
    let (place, sums) = (GuardedValues(values), GuardedValues(count: rows))
    unsafe instructions.kernels.exponentiateRows(
      place.pointer, rows: rows, width: width, stride: stride, scale: scale, sums: sums.pointer)
    unsafe instructions.kernels.divideRows(
      place.pointer, rows: rows, width: width, stride: stride, divisors: sums.constant)
    #expect(place.isIntact && sums.isIntact)
    return place.values
  }

  private func expected(_ values: [Float], width: Int, stride: Int, scale: Float) -> [Double] {
    values.indices.map { index in
      let (row, column) = (index / stride * stride, index % stride)
      guard column < width else { return Double(values[index]) }
      return Twin.softmax(values[row..<row + width].map { Double($0) * Double(scale) }) { _ in true }[column]
    }
  }

  /// Scores up to 12 cost `exp` an argument's rounding of 12 * 2^-24 or so; the probabilities are at most 1.
  @Test(arguments: KernelCase.all, KernelCase.lengths) func lengths(_ instructions: KernelCase, width: Int) {
    var random = SeededRandom(seed: UInt64(width))
    let values = random.values(3 * (width + 2), in: -30...30)
    let found = softmax(instructions, values, rows: 3, width: width, stride: width + 2, scale: 0.4)
    expectClose(found, expected(values, width: width, stride: width + 2, scale: 0.4), absolute: 2e-6)
  }

  /// Scores of any finite size give probabilities, not NaN: the largest is taken away before the scale can round it.
  @Test(arguments: KernelCase.all, [Float(1e5), 1e10, 1e20, 1e37])
  func extremeScores(_ instructions: KernelCase, size: Float) {
    for width in [1, 2, 15, 16, 17, 40] {
      var random = SeededRandom(seed: UInt64(width))
      let values = random.values(width, in: -size...size)
      let found = softmax(instructions, values, rows: 1, width: width, stride: width, scale: 0.158_113_88)
      let top = values.max()
      #expect(found == values.map { $0 == top ? 1 : 0 } || found.allSatisfy { (0...1).contains($0) })
      #expect(abs(found.reduce(0, +) - 1) < 1e-5, "width \(width): \(found)")
    }
  }

  @Test(arguments: KernelCase.all) func equalScoresShareEqually(_ instructions: KernelCase) {
    for value: Float in [0, -1e30, 1e30, .greatestFiniteMagnitude, -.greatestFiniteMagnitude] {
      let values = [Float](repeating: value, count: 20)
      let found = softmax(instructions, values, rows: 1, width: 20, stride: 20, scale: 0.7)
      #expect(found.allSatisfy { abs($0 - 0.05) < 1e-7 }, "\(value): \(found)")
    }
  }

  /// What the causal mask writes over a score counts for nothing.
  @Test(arguments: KernelCase.all) func hiddenScoresVanish(_ instructions: KernelCase) {
    let values: [Float] = [3, 1, -.greatestFiniteMagnitude, -.greatestFiniteMagnitude]
    let found = softmax(instructions, values, rows: 1, width: 4, stride: 4, scale: 1)
    expectClose(found, [1 / (1 + exp(-2)), 1 / (1 + exp(2)), 0, 0], absolute: 1e-7)
  }
}
