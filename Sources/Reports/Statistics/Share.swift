/// A part of a whole, counted.
package struct Share: Sendable, Equatable {
  package let count: Int
  package let total: Int

  package init(_ count: Int, of total: Int) {
    precondition(0 <= count && count <= total, "Share: \(count) of \(total)")
    self.count = count
    self.total = total
  }

  /// 0...1; nil of nothing.
  package var rate: Double? { total > 0 ? Double(count) / Double(total) : nil }

  /// Where the true rate lies, 19 times in 20: Wilson 1927, as statsmodels' `proportion_confint(method="wilson")`.
  package var interval: ClosedRange<Double> {
    guard total > 0 else { return 0...1 }
    let (n, p) = (Double(total), Double(count) / Double(total))
    let z = 1.959963984540054  // the normal distribution's 97.5th percentile
    let centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    let reach = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
    return max(0, centre - reach)...min(1, centre + reach)
  }
}
