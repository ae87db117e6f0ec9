import KernelInterface
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite struct SoftmaxKernelTests {
  private static let width = 32

  /// The softmax of columns of scores by the two kernels, `block` rows at a time, times `payload`, which has `payloadRows` rows of a
  /// value a score: `[columns, payloadRows]`.
  private func attend(
    _ instructions: KernelCase, _ values: [Float], rows: Int, scale: Float, block: Int, payload: [Float],
    payloadRows: Int, columns: Int = width
  ) -> [Float] {
    let width = SoftmaxKernelTests.width
    let (largest, sums) = (
      GuardedValues([Float](repeating: -.infinity, count: width)), GuardedValues([Float](repeating: 0, count: width))
    )
    let results = GuardedValues([Float](repeating: 0, count: payloadRows * width))
    let place = GuardedValues(values)
    for first in stride(from: 0, to: rows, by: block) {
      let count = min(block, rows - first)
      unsafe instructions.kernels.advanceSoftmax(
        place.pointer + first * width, rows: count, width: width, scale: scale, largest: largest.pointer,
        sums: sums.pointer, results: first == 0 ? nil : results.pointer, resultRows: payloadRows)
      let scores = place.values
      for row in 0..<payloadRows {
        for column in 0..<width {
          for index in first..<first + count {
            unsafe results.pointer[row * width + column] +=
              payload[row * rows + index] * scores[index * width + column]
          }
        }
      }
    }
    let turned = GuardedValues([Float](repeating: 7, count: columns * (payloadRows + 2)))
    unsafe instructions.kernels.divideColumns(
      results.pointer, rows: payloadRows, width: width, divisors: sums.constant, columns: columns,
      transposedInto: turned.pointer, targetStride: payloadRows + 2)
    #expect(place.isIntact && sums.isIntact && largest.isIntact && results.isIntact && turned.isIntact)
    let lines = turned.values
    #expect(lines.indices.allSatisfy { $0 % (payloadRows + 2) < payloadRows || lines[$0] == 7 }, "between the rows")
    return lines.indices.filter { $0 % (payloadRows + 2) < payloadRows }.map { lines[$0] }
  }

  /// The softmax itself, `[columns, rows]`: the payload is the identity.
  private func softmax(
    _ instructions: KernelCase, _ values: [Float], rows: Int, scale: Float, block: Int? = nil
  ) -> [Float] {
    let identity = (0..<rows * rows).map { Float($0 / rows == $0 % rows ? 1 : 0) }
    return attend(
      instructions, values, rows: rows, scale: scale, block: block ?? rows, payload: identity, payloadRows: rows)
  }

  /// `[columns, rows]`
  private func expected(_ values: [Float], rows: Int, scale: Float) -> [[Double]] {
    (0..<SoftmaxKernelTests.width).map { column in
      let scores = (0..<rows).map { Double(values[$0 * SoftmaxKernelTests.width + column]) * Double(scale) }
      return Twin.softmax(scores) { _ in true }
    }
  }

  /// Scores up to 12 cost `exp` an argument's rounding of 12 * 2^-24 or so; the probabilities are at most 1.
  @Test(arguments: KernelCase.all, KernelCase.lengths) func lengths(_ instructions: KernelCase, rows: Int) {
    guard rows > 0 else { return }
    var random = SeededRandom(seed: UInt64(rows))
    let values = random.values(rows * SoftmaxKernelTests.width, in: -30...30)
    let found = softmax(instructions, values, rows: rows, scale: 0.4)
    expectClose(found, expected(values, rows: rows, scale: 0.4).flatMap { $0 }, absolute: 2e-6)
  }

  /// Blocks after the first correct what was summed before, whether the largest score comes early or late.
  @Test(arguments: KernelCase.all, [1, 5, 16, 33]) func blocks(_ instructions: KernelCase, block: Int) {
    for (payloadRows, columns) in [(1, 32), (3, 17), (16, 16), (19, 1)] {
      for order in [-1, 0, 1] {
        var random = SeededRandom(seed: UInt64(block))
        let rows = 41
        let noise = random.values(rows * SoftmaxKernelTests.width, in: -5...5)
        let values = noise.indices.map { noise[$0] + Float(order * ($0 / SoftmaxKernelTests.width)) }
        let payload = random.values(payloadRows * rows)
        let found = attend(
          instructions, values, rows: rows, scale: 0.9, block: block, payload: payload, payloadRows: payloadRows,
          columns: columns)
        let shares = expected(values, rows: rows, scale: 0.9)
        let wanted = (0..<columns * payloadRows).map { place in
          (0..<rows).reduce(0.0) { sum, index in
            sum + shares[place / payloadRows][index] * Double(payload[place % payloadRows * rows + index])
          }
        }
        expectClose(found, wanted, absolute: 4e-6, "\(payloadRows) rows, order \(order)")
      }
    }
  }

  /// Scores of any finite size give probabilities, not NaN: the largest is taken away before the scale can round it.
  @Test(arguments: KernelCase.all, [Float(1e5), 1e10, 1e20, 1e37])
  func extremeScores(_ instructions: KernelCase, size: Float) {
    for rows in [1, 2, 15, 16, 17, 40] {
      var random = SeededRandom(seed: UInt64(rows))
      let values = random.values(rows * SoftmaxKernelTests.width, in: -size...size)
      for block in [rows, 3] {
        let found = softmax(instructions, values, rows: rows, scale: 0.158_113_88, block: block)
        #expect(found.allSatisfy { (0...1).contains($0) }, "\(rows) rows")
        for start in stride(from: 0, to: found.count, by: rows) {
          #expect(abs(found[start..<start + rows].reduce(0, +) - 1) < 1e-5, "\(rows) rows")
        }
      }
    }
  }

  @Test(arguments: KernelCase.all) func equalScoresShareEqually(_ instructions: KernelCase) {
    for value: Float in [0, -1e30, 1e30, .greatestFiniteMagnitude, -.greatestFiniteMagnitude] {
      let values = [Float](repeating: value, count: 20 * SoftmaxKernelTests.width)
      let found = softmax(instructions, values, rows: 20, scale: 0.7, block: 7)
      #expect(found.allSatisfy { abs($0 - 0.05) < 1e-7 }, "\(value): \(found)")
    }
  }

  /// What the causal mask writes over a score counts for nothing, in a block of its own too.
  @Test(arguments: KernelCase.all, [1, 2, 4]) func hiddenScoresVanish(_ instructions: KernelCase, block: Int) {
    let scores: [Float] = [3, 1, -.infinity, -.infinity]
    let values = scores.flatMap { [Float](repeating: $0, count: SoftmaxKernelTests.width) }
    let found = softmax(instructions, values, rows: 4, scale: 1, block: block)
    let shares: [Double] = [1 / (1 + exp(-2)), 1 / (1 + exp(2)), 0, 0]
    expectClose(found, (0..<SoftmaxKernelTests.width).flatMap { _ in shares }, absolute: 1e-7)
  }
}
