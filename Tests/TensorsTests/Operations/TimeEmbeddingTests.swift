import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite struct TimeEmbeddingTests {
  /// An angle of up to 7000 (a guidance scale of 8 in thousandths) is known to 7000 * 2^-24 = 4e-4 at best, and its
  /// frequency, the exponential of up to 9.2 in float32, to some 1e-6 of itself.
  @Test(arguments: [1, 2, 3, 4, 33, 256, 320], [true, false])
  func followsTheFormula(width: Int, cosinesFirst: Bool) {
    let values: [Float] = [0, 1, 37.5, 999, 7000]
    for shift: Float in [0, 1] where width / 2 > Int(shift) {
      let found = Tensor.sinusoidalEmbedding(
        of: values, width: width, cosinesFirst: cosinesFirst, frequencyShift: shift)
      #expect(found.shape == [values.count, width])
      let half = width / 2
      for (row, value) in values.enumerated() {
        let angles = (0..<half).map { Double(value) * pow(10_000, -Double($0) / (Double(half) - Double(shift))) }
        let (sines, cosines) = (angles.map(sin), angles.map(cos))
        let rest = [Double](repeating: 0, count: width % 2)
        let expected = (cosinesFirst ? cosines + sines : sines + cosines) + rest
        expectClose(found.slice(row..<row + 1).values, expected, absolute: 1e-6 + 2e-6 * Double(value), "\(value)")
      }
    }
  }
}
