import Foundation

/// The period cut into days, weeks or months, without gaps.
package struct Timeline: Sendable, Equatable, Encodable {
  package enum Unit: String, CaseIterable, Sendable, Encodable {
    case day, week, month

    /// The unit that leaves no more intervals than a chart has room for.
    package init(days: Int) {
      self = days <= 100 ? .day : days <= 700 ? .week : .month
    }

    /// The first day of the interval that holds `day`; weeks start on Monday.
    func start(of day: Day, in calendar: Calendar) -> Day {
      switch self {
      case .day: return day
      case .week:
        let weekday = calendar.component(.weekday, from: day.start(in: calendar))  // Sunday is 1
        return day.adding(days: -((weekday + 5) % 7), in: calendar)
      case .month: return Day(year: day.year, month: day.month, day: 1)
      }
    }

    func next(after start: Day, in calendar: Calendar) -> Day {
      switch self {
      case .day: return start.adding(days: 1, in: calendar)
      case .week: return start.adding(days: 7, in: calendar)
      case .month:
        return start.month == 12
          ? Day(year: start.year + 1, month: 1, day: 1) : Day(year: start.year, month: start.month + 1, day: 1)
      }
    }
  }

  package struct Interval: Sendable, Equatable, Encodable {
    /// Its first day within the period.
    package let start: Day
    package var tally: Tally
    package var timing: Timing?

    package init(start: Day, tally: Tally = Tally(), timing: Timing? = nil) {
      self.start = start
      self.tally = tally
      self.timing = timing
    }
  }

  package let unit: Unit
  package var intervals: [Interval]

  package init(unit: Unit, intervals: [Interval] = []) {
    self.unit = unit
    self.intervals = intervals
  }

  /// The first days of all intervals that a period touches; the first is the period's own.
  static func starts(of days: ClosedRange<Day>, unit: Unit, in calendar: Calendar) -> [Day] {
    var starts: [Day] = []
    var start = unit.start(of: days.lowerBound, in: calendar)
    while start <= days.upperBound {
      starts.append(max(start, days.lowerBound))
      start = unit.next(after: start, in: calendar)
    }
    return starts
  }
}
