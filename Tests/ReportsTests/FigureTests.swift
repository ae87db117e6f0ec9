import Foundation
import Testing

@testable import Reports

/// Numbers and days as people read them.
@Suite struct FigureTests {
  @Test(arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (1_002_003, "1,002,003"), (-12_345, "-12,345")])
  func counts(_ number: Int, _ text: String) { #expect(Figure.count(number) == text) }

  @Test(arguments: [
    (0.0, "0.0%"), (1, "100.0%"), (0.9149, "91.5%"), (0.0001, "<0.1%"), (0.9999, ">99.9%"), (0.9994, "99.9%"),
  ])
  func percentages(_ rate: Double, _ text: String) { #expect(Figure.percent(rate) == text) }

  @Test(arguments: [
    (0.0, "0.00 s"), (0.214, "0.21 s"), (0.996, "1.0 s"), (3.44, "3.4 s"), (9.96, "10 s"), (59.6, "1 min"),
    (200, "3 min 20 s"), (3599.9, "1 h"), (3900, "1 h 5 min"), (4_000_000, "1,111 h 7 min"),
  ])
  func durations(_ seconds: Double, _ text: String) { #expect(Figure.seconds(seconds) == text) }

  @Test(arguments: [
    (0, "0 bytes"), (1, "1 byte"), (1023, "1023 bytes"), (1024, "1.0 KB"), (1 << 20, "1.0 MB"),
    (1_048_000, "1.0 MB"), (25 << 20, "25 MB"), (5 << 40, "5.0 TB"), (Int.max, "8,192 PB"),
  ])
  func sizes(_ bytes: Int, _ text: String) { #expect(Figure.bytes(bytes) == text) }

  @Test func nothingIsADash() {
    #expect(Figure.percent(nil) == "–")
    #expect(Figure.seconds(nil) == "–")
    #expect(Figure.seconds(.infinity) == "–")
    #expect(Figure.rate(.nan) == "–")
  }

  @Test func changesSayHowMuchAndWhichWay() {
    #expect(Change.relative(112, from: 100)?.words == "up 12%")
    #expect(Change.relative(95, from: 100)?.symbol == "▼ 5.0%")
    #expect(Change.relative(100.01, from: 100)?.words == "unchanged")
    #expect(Change.relative(1, from: 0) == nil)
    #expect(Change.relative(5000, from: 1)?.words == "up 499,900%")
    #expect(Change.points(0.915, from: 0.9)?.words == "up 1.5 points")
    #expect(Change.points(nil, from: 0.9) == nil)
  }

  @Test(arguments: ["2026-02-28", "2024-02-29", "0001-01-01"])
  func daysAreReadBack(_ text: String) { #expect(Day(parsing: text)?.description == text) }

  @Test(arguments: [
    "", "2026", "2026-2-3", "2025-02-29", "2026-13-01", "2026-00-10", "٢٠٢٦-01-01", "2026-01-01x", "+026-01-01",
  ])
  func whatIsNoDayIsRefused(_ text: String) { #expect(Day(parsing: text) == nil) }

  @Test(arguments: [
    ("2026-01-31", "2026-01-31"), ("today", "2026-03-02"), ("yesterday", "2026-03-01"), ("1d", "2026-03-02"),
    ("30d", "2026-02-01"), ("2w", "2026-02-17"), ("1y", "2025-03-03"), ("100y", "1926-03-28"),
  ])
  func daysAreWishedFor(_ text: String, _ day: String) throws {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    let now = try Date("2026-03-02T12:00:00Z", strategy: .iso8601)
    #expect(Day(wish: text, now: now, in: calendar)?.description == day)
  }

  @Test(arguments: ["", "d", "0d", "-3d", "101y", "36501d", "3 d", "1969-12-31", "soon", "5", "9223372036854775808d"])
  func whatCannotBeWishedForIsRefused(_ text: String) {
    #expect(Day(wish: text, now: Date(timeIntervalSince1970: 1e9), in: Calendar(identifier: .gregorian)) == nil)
  }

  @Test func daysOfAnyLengthFollowEachOther() throws {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = try #require(TimeZone(identifier: "America/Sao_Paulo"))  // once had days without midnight
    let start = Day(year: 2018, month: 11, day: 3)
    #expect(start.adding(days: 1, in: calendar) == Day(year: 2018, month: 11, day: 4))
    #expect(start.adding(days: 2, in: calendar) == Day(year: 2018, month: 11, day: 5))
    #expect(start.days(until: Day(year: 2018, month: 12, day: 3), in: calendar) == 30)
    #expect(start.adding(days: -3, in: calendar).days(until: start, in: calendar) == 3)
  }

  @Test func timelinesHaveNoGaps() {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    let days = Day(year: 2026, month: 1, day: 28)...Day(year: 2026, month: 3, day: 2)  // a Wednesday to a Monday
    #expect(Timeline.starts(of: days, unit: .day, in: calendar).count == 34)
    let weeks = Timeline.starts(of: days, unit: .week, in: calendar)
    #expect(
      weeks.map(\.description)
        == ["2026-01-28", "2026-02-02", "2026-02-09", "2026-02-16", "2026-02-23", "2026-03-02"])
    let months = Timeline.starts(of: days, unit: .month, in: calendar)
    #expect(months.map(\.description) == ["2026-01-28", "2026-02-01", "2026-03-01"])
    #expect(Timeline.Unit(days: 100) == .day && Timeline.Unit(days: 101) == .week && Timeline.Unit(days: 701) == .month)
  }
}
