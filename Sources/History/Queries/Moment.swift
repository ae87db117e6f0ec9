import Foundation

/// Points in time as people type them: `90d` ago, `2026-01-31`, `2026-01-31T14:30`.
package enum Moment {
  /// - Parameter text: A number with `min`, `h`, `d`, `w`, `m` (30 days) or `y` (365 days): so long before `now`; or a day,
  ///   or a day and a time, in `timeZone` where none is named; or `today`, `yesterday`.
  /// - Throws: ``HistoryError/request(_:)``
  package static func parse(
    _ text: String, now: Date = Date(), timeZone: TimeZone = .current
  ) throws(HistoryError) -> Date {
    if let seconds = seconds(text) { return now - seconds }
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = timeZone
    if text == "today" { return calendar.startOfDay(for: now) }
    if text == "yesterday" { return calendar.startOfDay(for: calendar.startOfDay(for: now) - 1) }
    if let date = try? Date(text, strategy: .iso8601) { return date }
    if let date = local(text, calendar) { return date }
    throw .request(
      "\"\(text)\" is no time. Write how long ago (90d, 12h, 2w), a day (2026-01-31), or a day and a time (2026-01-31T14:30)."
    )
  }

  /// The length of `90d` in seconds; nil for anything else.
  package static func seconds(_ text: String) -> TimeInterval? {
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let units: [Substring: TimeInterval] = [
      "min": 60, "h": 3600, "d": 86_400, "w": 604_800, "m": 2_592_000, "y": 31_536_000,
    ]
    guard let number = Double(digits), let unit = units[text.dropFirst(digits.count)], number <= 10_000 else {
      return nil
    }
    return number * unit
  }

  private static func local(_ text: String, _ calendar: Calendar) -> Date? {
    let halves = text.split(whereSeparator: { $0 == "T" || $0 == " " })
    guard let day = halves.first, halves.count <= 2 else { return nil }
    let (dayParts, timeParts) = (
      day.split(separator: "-").map { Int($0) }, halves.dropFirst().first?.split(separator: ":").map { Int($0) } ?? []
    )
    let numbers = (dayParts + timeParts).compactMap(\.self)
    guard dayParts.count == 3, timeParts.count <= 3, numbers.count == dayParts.count + timeParts.count else {
      return nil
    }
    func number(_ index: Int) -> Int { index < numbers.count ? numbers[index] : 0 }
    let parts = DateComponents(
      calendar: calendar, year: number(0), month: number(1), day: number(2), hour: number(3), minute: number(4),
      second: number(5))
    return parts.isValidDate ? calendar.date(from: parts) : nil
  }
}
