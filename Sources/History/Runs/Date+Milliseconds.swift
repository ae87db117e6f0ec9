import Foundation

extension Date {
  /// Milliseconds since 1970, as the database and exports keep times.
  package var milliseconds: Int64 { Int64((timeIntervalSince1970 * 1000).rounded()) }

  package init(milliseconds: Int64) { self.init(timeIntervalSince1970: Double(milliseconds) / 1000) }

  /// The nearest whole millisecond: what comes back from the database.
  package var wholeMilliseconds: Date { Date(milliseconds: milliseconds) }
}
