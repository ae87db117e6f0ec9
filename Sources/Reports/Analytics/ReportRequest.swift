import Foundation

/// What is to be reported on.
package struct ReportRequest: Sendable {
  /// The first day; nil from the first run on.
  package var since: Day?
  /// The last day.
  package var until: Day
  package var style: String?
  package var model: String?
  package var user: User?
  /// Whether words of prompts and pictures may be shown: else there are only figures.
  package var showsPrompts: Bool
  /// How finely the timeline is cut; nil for as finely as a chart has room.
  package var unit: Timeline.Unit?
  /// How many pictures to show.
  package var pictureLimit = 12
  /// The program's name and version.
  package var software: String
  package var now: Date
  /// Gregorian; its time zone is where days begin.
  package var calendar: Calendar

  /// Whose runs.
  package enum User: Sendable {
    case named(String)
    /// By name and the number that the operating system knows them by.
    case numbered(Int64, name: String)

    var name: String {
      switch self {
      case .named(let name), .numbered(_, let name): name
      }
    }
  }

  package init(
    since: Day?, until: Day? = nil, user: User? = nil, style: String? = nil, model: String? = nil,
    showsPrompts: Bool = true, unit: Timeline.Unit? = nil, software: String, now: Date = Date(),
    calendar: Calendar = Calendar(identifier: .gregorian)
  ) {
    self.since = since
    self.until = until ?? Day(now, in: calendar)
    self.user = user
    self.style = style
    self.model = model
    self.showsPrompts = showsPrompts
    self.unit = unit
    self.software = software
    self.now = now
    self.calendar = calendar
  }

  /// `2026-11-23 14:05`
  var made: String {
    let parts = calendar.dateComponents([.hour, .minute], from: now)
    let clock = [parts.hour ?? 0, parts.minute ?? 0].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
    return "\(Day(now, in: calendar)) \(clock)"
  }
}
