@testable import Reports

extension Report {
  /// A report with something in every part, none of it true.
  static func invented(name: String = "ink", prompt: String = "a red fox", days: Int = 30) -> Report {
    let tally = Tally(painted: 900, refused: 60, failed: 30, interrupted: 10)
    let timing = Timing(count: 900, meanSeconds: 1.4, medianSeconds: 1.2, p95Seconds: 3.4)
    let first = Day(year: 2026, month: 10, day: 1)
    let intervals = (0..<days).map { day in
      let tally = Tally(
        painted: 20 + day * 7 % 23, refused: day % 5, failed: day % 7 == 0 ? 2 : 0, interrupted: day % 11 / 10)
      let (median, p95) = (1 + Double(day % 4) / 10, 3 + Double(day % 5) / 5)
      let timing = Timing(count: 20, meanSeconds: 1.4, medianSeconds: median, p95Seconds: p95)
      let start = Day(year: 2026, month: 10 + day / 30, day: day % 30 + 1)
      return Timeline.Interval(start: start, tally: tally, timing: day % 13 == 5 ? nil : timing)
    }
    var report = Report(
      scope: Scope(
        days: first...(intervals.last?.start ?? first), made: "2026-10-31 09:00", software: "limn 0.1.0"),
      totals: Totals(tally: tally, timing: timing),
      timeline: Timeline(unit: .day, intervals: intervals),
      disk: DiskUse(pictureBytes: 250 << 20, databaseBytes: 3 << 20))
    report.before = Totals(
      tally: Tally(painted: 800, refused: 80, failed: 30, interrupted: 0),
      timing: Timing(count: 800, meanSeconds: 1.5, medianSeconds: 1.3, p95Seconds: 3.3))
    report.categories = [
      RefusedCategory(name: "violence_graphic", refused: Share(40, of: 1000)),
      RefusedCategory(name: name, refused: Share(20, of: 1000)),
    ]
    report.styles = [
      Group(name: nil, tally: Tally(painted: 500, refused: 50), timing: timing),
      Group(name: name, tally: Tally(painted: 400, refused: 10, failed: 30, interrupted: 10), timing: nil),
    ]
    report.models = [Group(name: "default", tally: tally, timing: timing)]
    report.users = [Group(name: name, tally: tally, timing: timing)]
    report.stages = [Stage(name: "load", meanSeconds: 0.1), Stage(name: "sample", meanSeconds: 1.1)]
    report.failures = [
      Cause(exitStatus: 5, runs: 20, example: prompt), Cause(exitStatus: 99, runs: 10, example: nil),
    ]
    func effect(_ name: String, _ kept: Share) -> Effect {
      Effect(
        name: name, kept: Comparison(kept, others: Share(50, of: 100), comparisons: 2),
        redone: Comparison(Share(5, of: 80), others: Share(20, of: 820), comparisons: 2),
        flagged: Comparison(Share(1, of: 80), others: Share(3, of: 820), comparisons: 2))
    }
    report.effectiveness.kept = Share(110, of: 170)
    report.effectiveness.redone = Share(25, of: 900)
    report.effectiveness.flagged = Share(4, of: 900)
    report.effectiveness.words = [effect(name, Share(60, of: 70)), effect("fog", Share(3, of: 5))]
    report.effectiveness.styles = [effect(name, Share(0, of: 0))]
    report.effectiveness.settings = [effect("steps 20", Share(30, of: 60))]
    report.pictures = [
      Specimen(run: 12, prompt: prompt, style: name, path: "fox.png", rating: 5, thumbnail: [0x89, 0x50]),
      Specimen(run: 13, prompt: prompt, style: nil, path: "gone.png", rating: nil),
    ]
    return report
  }

  static let empty = Report(
    scope: Scope(days: nil, made: "2026-10-31 09:00", software: "limn 0.1.0"), totals: Totals(),
    timeline: Timeline(unit: .day), disk: DiskUse(pictureBytes: 0, databaseBytes: 0))
}
