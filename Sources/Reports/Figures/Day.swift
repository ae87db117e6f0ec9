import Foundation

/// A day of the calendar.
package struct Day: Sendable, Hashable, Comparable, CustomStringConvertible {
  package let year: Int
  package let month: Int
  package let day: Int

  package init(year: Int, month: Int, day: Int) {
    self.year = year
    self.month = month
    self.day = day
  }

  package init(_ date: Date, in calendar: Calendar) {
    let parts = calendar.dateComponents([.year, .month, .day], from: date)
    self.init(year: parts.year ?? 1970, month: parts.month ?? 1, day: parts.day ?? 1)
  }

  /// Reads `2026-11-23`; nil for anything that is no day of the calendar.
  package init?(parsing text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, parts.map(\.count) == [4, 2, 2],
      parts.allSatisfy({ $0.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } }),
      let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2])
    else { return nil }
    self.init(year: year, month: month, day: day)
    let calendar = Calendar(identifier: .gregorian)
    guard DateComponents(calendar: calendar, year: year, month: month, day: day).isValidDate(in: calendar) else {
      return nil
    }
  }

  /// Reads a day as people wish for it: `2026-11-23`, `today`, `yesterday`, or how many days to look back, today included:
  /// `30d`, `2w`, `6m` (of 30 days), `1y` (of 365), a hundred years at most. Nil for anything else.
  package init?(wish text: String, now: Date, in calendar: Calendar) {
    let today = Day(now, in: calendar)
    let units: [Character: Int] = ["d": 1, "w": 7, "m": 30, "y": 365]
    // Nothing was painted before computers counted time.
    if let day = Day(parsing: text), day.year >= 1970 {
      self = day
    } else if text == "today" || text == "yesterday" {
      self = today.adding(days: text == "today" ? 0 : -1, in: calendar)
    } else if let unit = text.last.flatMap({ units[$0] }), let number = Int(text.dropLast()),
      (1...36_500 / unit).contains(number)
    {
      self = today.adding(days: 1 - number * unit, in: calendar)
    } else {
      return nil
    }
  }

  /// Its first moment.
  package func start(in calendar: Calendar) -> Date {
    calendar.date(from: DateComponents(year: year, month: month, day: day)) ?? .distantPast
  }

  package func adding(days: Int, in calendar: Calendar) -> Day {
    // From noon: a day may have 23 or 25 hours.
    let noon = calendar.date(from: DateComponents(year: year, month: month, day: day, hour: 12)) ?? .distantPast
    return Day(calendar.date(byAdding: .day, value: days, to: noon) ?? noon, in: calendar)
  }

  /// How many days follow until `other`; negative for an earlier one.
  package func days(until other: Day, in calendar: Calendar) -> Int {
    let noons = [self, other].map {
      calendar.date(from: DateComponents(year: $0.year, month: $0.month, day: $0.day, hour: 12)) ?? .distantPast
    }
    return calendar.dateComponents([.day], from: noons[0], to: noons[1]).day ?? 0
  }

  /// ISO 8601: `2026-11-23`.
  package var description: String {
    func padded(_ number: Int, _ width: Int) -> String {
      String(repeating: "0", count: max(0, width - "\(number)".count)) + "\(number)"
    }
    return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
  }

  package static func < (left: Day, right: Day) -> Bool {
    (left.year, left.month, left.day) < (right.year, right.month, right.day)
  }
}
