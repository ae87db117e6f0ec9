/// How long something took, over many runs.
package struct Timing: Sendable, Equatable, Encodable {
  /// Of how many runs.
  package let count: Int
  package let meanSeconds: Double
  package let medianSeconds: Double
  /// 95 of 100 were no slower.
  package let p95Seconds: Double

  package init(count: Int, meanSeconds: Double, medianSeconds: Double, p95Seconds: Double) {
    self.count = count
    self.meanSeconds = meanSeconds
    self.medianSeconds = medianSeconds
    self.p95Seconds = p95Seconds
  }
}
