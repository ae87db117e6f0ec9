import Tensors
import Testing

/// Expects equal shapes and values within `absolute + relative * (largest expected magnitude)` of each other.
///
/// Tolerances relative to the largest value, not to each: a sum of many terms is as exact as its terms are large.
/// Infinities and NaNs are expected to be just that.
package func expectClose(
  _ actual: Tensor, _ expected: Tensor, relative: Double = 0, absolute: Double = 0, _ comment: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(actual.shape == expected.shape, Comment(rawValue: comment), sourceLocation: sourceLocation)
  expectClose(
    actual.values, expected.values.map(Double.init), relative: relative, absolute: absolute, comment,
    sourceLocation: sourceLocation)
}

/// The same for plain values against a twin in double precision.
package func expectClose(
  _ actual: [Float], _ expected: [Double], relative: Double = 0, absolute: Double = 0, _ comment: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(actual.count == expected.count, Comment(rawValue: comment), sourceLocation: sourceLocation)
  let largest = expected.lazy.filter(\.isFinite).map(\.magnitude).max() ?? 0
  let tolerance = absolute + relative * largest
  var worst: (index: Int, error: Double)?
  for (index, (found, wanted)) in zip(actual, expected).enumerated() {
    let error = distance(found, wanted)
    if error > tolerance, error > worst?.error ?? -1 { worst = (index, error) }
  }
  guard let worst else { return }
  Issue.record(
    "\(comment) value \(worst.index) is \(actual[worst.index]); expected \(expected[worst.index]) within \(tolerance)",
    sourceLocation: sourceLocation)
}

private func distance(_ found: Float, _ wanted: Double) -> Double {
  if wanted.isNaN || found.isNaN { return wanted.isNaN && found.isNaN ? 0 : .infinity }
  return Double(found) == wanted ? 0 : abs(Double(found) - wanted)
}
