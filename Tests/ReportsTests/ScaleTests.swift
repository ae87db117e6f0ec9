import Foundation
import History
import HistorySamples
import Reports
import Testing

/// A report over very many runs: `make bench-report`.
@Suite struct ScaleTests {
  private static let count = ProcessInfo.processInfo.environment["LIMN_REPORT_RUNS"].flatMap { Int($0) }

  @Test("a report over LIMN_REPORT_RUNS runs takes less than a second for each million", .enabled(if: count != nil))
  func report() throws {
    let count = try #require(Self.count)
    let folder = FileManager.default.temporaryDirectory.appending(path: "limn-scale-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let store = try HistoryStore(path: folder.appending(path: "history.sqlite").path)
    var samples = SampleRuns(count: count, spacing: 30)
    for start in stride(from: 0, to: count, by: 10_000) {
      try store.write { database in
        for _ in start..<min(count, start + 10_000) {
          if var run = samples.next() { try run.insert(database) }
        }
      }
    }
    let everything = ReportRequest(since: nil, until: Day(year: 2030, month: 1, day: 1), software: "limn")
    let clock = ContinuousClock()
    var fastest = Duration.seconds(1_000_000)
    for _ in 0..<5 {
      var runs = 0
      let duration = try clock.measure { runs = try Report(everything, from: store).totals.tally.runs }
      #expect(runs == count)
      print("a report over \(count) runs: \(duration)")
      fastest = min(fastest, duration)
    }
    #expect(fastest < .seconds(max(1, Double(count) / 1e6)))
  }
}
