import KernelInterface
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite struct SoftmaxKernelTests {
  /// The softmax of rows `stride` apart by the two kernels, `block` scores at a time, times `payload`, whose row for
  /// each score is `payloadWidth` wide.
  private func attend(
    _ instructions: KernelCase, _ values: [Float], rows: Int, width: Int, stride: Int, scale: Float, block: Int,
    payload: [Float], payloadWidth: Int
  ) -> [Float] {
    let (largest, sums) = (
      GuardedValues([Float](repeating: -.infinity, count: rows)), GuardedValues([Float](repeating: 0, count: rows))
    )
    let results = GuardedValues([Float](repeating: 0, count: rows * payloadWidth))
    let place = GuardedValues(values)
    for first in Swift.stride(from: 0, to: width, by: block) {
      let count = min(block, width - first)
      unsafe instructions.kernels.advanceSoftmax(
        place.pointer + first, rows: rows, width: count, stride: stride, scale: scale, largest: largest.pointer,
        sums: sums.pointer, results: first == 0 ? nil : results.pointer, resultWidth: payloadWidth,
        resultStride: payloadWidth)
      let scores = place.values
      for row in 0..<rows {
        for column in 0..<payloadWidth {
          for index in first..<first + count {
            unsafe results.pointer[row * payloadWidth + column] +=
              scores[row * stride + index] * payload[index * payloadWidth + column]
          }
        }
      }
    }
    unsafe instructions.kernels.divideRows(
      results.pointer, rows: rows, width: payloadWidth, stride: payloadWidth, divisors: sums.constant)
    #expect(place.isIntact && sums.isIntact && largest.isIntact && results.isIntact)
    #expect(values.indices.allSatisfy { $0 % stride < width || place.values[$0] == values[$0] }, "between the rows")
    return results.values
  }

  /// The softmax of rows `stride` apart, all scores at a time.
  private func softmax(
    _ instructions: KernelCase, _ values: [Float], rows: Int, width: Int, stride: Int, scale: Float
  ) -> [Float] {
    let (place, sums) = (GuardedValues(values), GuardedValues([Float](repeating: 0, count: rows)))
    let largest = GuardedValues([Float](repeating: -.infinity, count: rows))
    unsafe instructions.kernels.advanceSoftmax(
      place.pointer, rows: rows, width: width, stride: stride, scale: scale, largest: largest.pointer,
      sums: sums.pointer, results: nil, resultWidth: 0, resultStride: 0)
    unsafe instructions.kernels.divideRows(
      place.pointer, rows: rows, width: width, stride: stride, divisors: sums.constant)
    #expect(place.isIntact && sums.isIntact && largest.isIntact)
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

  /// Blocks after the first correct what was summed before, whether the largest score comes early or late.
  @Test(arguments: KernelCase.all, [1, 5, 16, 33]) func blocks(_ instructions: KernelCase, block: Int) {
    for payloadWidth in [1, 3, 16, 19] {
      for order in [-1, 0, 1] {
        var random = SeededRandom(seed: UInt64(block))
        let (rows, width) = (3, 41)
        let noise = random.values(rows * width, in: -5...5)
        let values = noise.indices.map { noise[$0] + Float(order * ($0 % width)) }
        let payload = random.values(width * payloadWidth)
        let found = attend(
          instructions, values, rows: rows, width: width, stride: width, scale: 0.9, block: block, payload: payload,
          payloadWidth: payloadWidth)
        let shares = expected(values, width: width, stride: width, scale: 0.9)
        let wanted = (0..<rows * payloadWidth).map { place in
          (0..<width).reduce(0.0) { sum, index in
            let share = shares[place / payloadWidth * width + index]
            return sum + share * Double(payload[index * payloadWidth + place % payloadWidth])
          }
        }
        expectClose(found, wanted, absolute: 4e-6, "\(payloadWidth) wide, order \(order)")
      }
    }
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
    let values: [Float] = [3, 1, -.infinity, -.infinity]
    let found = softmax(instructions, values, rows: 1, width: 4, stride: 4, scale: 1)
    expectClose(found, [1 / (1 + exp(-2)), 1 / (1 + exp(2)), 0, 0], absolute: 1e-7)
  }
}
