import Foundation

extension Report {
  /// One line of JSON, keys sorted and in snake case. Shares come with their rate and its interval.
  package var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.keyEncodingStrategy = .convertToSnakeCase
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }
}

extension Day: Encodable {
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

extension Share: Encodable {
  private enum CodingKeys: CodingKey { case count, total, rate, low, high }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(count, forKey: .count)
    try container.encode(total, forKey: .total)
    guard let rate else { return }
    try container.encode(rate, forKey: .rate)
    try container.encode(interval.lowerBound, forKey: .low)
    try container.encode(interval.upperBound, forKey: .high)
  }
}

extension Tally: Encodable {
  private enum CodingKeys: CodingKey { case runs, painted, refused, failed, interrupted, successRate, refusalRate }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(runs, forKey: .runs)
    try container.encode(painted, forKey: .painted)
    try container.encode(refused, forKey: .refused)
    try container.encode(failed, forKey: .failed)
    try container.encode(interrupted, forKey: .interrupted)
    try container.encodeIfPresent(success.rate, forKey: .successRate)
    try container.encodeIfPresent(refusal.rate, forKey: .refusalRate)
  }
}
