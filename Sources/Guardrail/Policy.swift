/// How strict the guardrail is.
package struct Policy: Sendable, Equatable {
  package struct Thresholds: Sendable, Equatable, Codable {
    /// Scores from here on are refused.
    package var block: Double
    /// Scores from here on pass with a warning.
    package var warn: Double

    package init(block: Double = 0.5, warn: Double = 0.3) {
      self.block = block
      self.warn = warn
    }
  }

  package var thresholds: [Category: Thresholds] = [:]

  package init() {}

  func thresholds(for category: Category) -> Thresholds { thresholds[category] ?? Thresholds() }
}
