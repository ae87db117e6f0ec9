import Foundation
import History
import HistorySamples
import Reports
import Testing

/// Writes the page of a made-up history where LIMN_REPORT_PAGE says: `make check-report`, and the picture in docs/reports.md.
@Suite struct InventedPageTests {
  private static let path = ProcessInfo.processInfo.environment["LIMN_REPORT_PAGE"]
  private static let pictures = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../docs/pictures").standardizedFileURL

  @Test("the page of a made-up history is written", .enabled(if: path != nil))
  func page() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "limn-page-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let store = try HistoryStore(path: folder.appending(path: "history.sqlite").path)
    let start = try Date("2026-09-01T00:00:00Z", strategy: .iso8601)
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    try store.write { database in
      for var run in SampleRuns(count: 5200, seed: 7, start: start, spacing: 1010) where isKept(run, calendar) {
        try run.insert(database)
      }
    }
    let now = start + 60 * 86_400
    var report = try Report(
      ReportRequest(
        since: Day(now, in: calendar).adding(days: -29, in: calendar), software: "limn", now: now, calendar: calendar),
      from: store)
    for index in report.pictures.indices {
      report.pictures[index].thumbnail = picture(of: report.pictures[index].prompt)
    }
    try ReportPage(report).html.write(toFile: try #require(Self.path), atomically: true, encoding: .utf8)
  }

  /// On Saturdays and Sundays little is painted.
  private func isKept(_ run: Run, _ calendar: Calendar) -> Bool {
    let isWeekend = [1, 7].contains(calendar.component(.weekday, from: run.startedAt))
    return !isWeekend || (run.seed?.value ?? 0) % 3 == 0
  }

  /// One of those in the README, where there is one of what the prompt asks for.
  private func picture(of prompt: String) -> [UInt8]? {
    for word in prompt.split(separator: " ") {
      let file = Self.pictures.appending(path: "\(word).png")
      if let bytes = try? Data(contentsOf: file) { return Array(bytes) }
    }
    return nil
  }
}
