import Foundation

extension Date {
  /// Milliseconds since 1970, as the database and exports keep times.
  package var milliseconds: Int64 { Int64((timeIntervalSince1970 * 1000).rounded()) }

  package init(milliseconds: Int64) { self.init(timeIntervalSince1970: Double(milliseconds) / 1000) }

  /// The nearest whole millisecond: what comes back from the database.
  package var wholeMilliseconds: Date { Date(milliseconds: milliseconds) }

  /// `2026-01-31T14:30:00.123Z`
  package var iso8601: String {
    // The style cuts digits off: half a millisecond more keeps the last one right.
    (wholeMilliseconds + 0.0005).formatted(.iso8601WithMilliseconds)
  }
}

extension FormatStyle where Self == Date.ISO8601FormatStyle {
  static var iso8601WithMilliseconds: Date.ISO8601FormatStyle { .init(includingFractionalSeconds: true) }
}

extension ParseStrategy where Self == Date.ISO8601FormatStyle {
  static var iso8601WithMilliseconds: Date.ISO8601FormatStyle { .init(includingFractionalSeconds: true) }
}
