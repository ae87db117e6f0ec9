import System

/// The report as lines of text: bars, sparklines and tables.
package struct TerminalReport {
  private let report: Report
  private let width: Int
  private let ink: Ink

  private static let rowLimit = 10

  /// - Parameter width: Columns of the terminal; below 60 lines may be cut.
  package init(_ report: Report, width: Int, ink: Ink) {
    self.report = report
    self.width = max(40, width)
    self.ink = ink
  }

  package var text: String {
    var lines = [ink.heading("limn report") + "  " + report.period]
    lines += TerminalText.wrapped(report.scopeSentence.harmlessLine, to: width).map(ink.faint)
    guard report.totals.tally.runs > 0 else {
      lines += ["", report.emptySentence]
      return lines.joined(separator: "\n") + "\n"
    }
    for section in [outcomes, timeline, timing, categories, styles, models, users, failures, disk, effectiveness] {
      let body = section()
      if !body.isEmpty { lines += [""] + body }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  // MARK: Sections

  private func outcomes() -> [String] {
    let (tally, before) = (report.totals.tally, report.before?.tally)
    let change = Change.relative(Double(tally.runs), from: before.map { Double($0.runs) })
    var lines = [ink.heading(Figure.counted(tally.runs, "run")) + (change.map { "  \($0.symbol)" } ?? "")]
    let inks = [ink.painted, ink.refused, ink.failed, ink.faint]
    let earlier = before.map(Report.outcomes)
    for (index, outcome) in Report.outcomes(tally).enumerated() {
      let change = Change.points(outcome.share.rate, from: earlier?[index].share.rate)?.symbol ?? ""
      let start =
        "  " + TerminalText.padded(outcome.name, to: 12)
        + TerminalText.paddedLeft(Figure.count(outcome.share.count), to: 10)
        + TerminalText.paddedLeft(Figure.percent(outcome.share.rate), to: 8)
        + TerminalText.paddedLeft(change, to: 16) + "  "
      let room = min(40, width - start.count)
      lines.append(
        TerminalText.trimmedRight(start + inks[index](Bars.bar(outcome.share.rate ?? 0, of: 1, width: room))))
    }
    if report.before != nil { lines.append(ink.faint("  ▲▼ \(report.beforeWords)")) }
    return lines
  }

  private func timeline() -> [String] {
    let intervals = report.timeline.intervals
    guard intervals.count > 1, let busiest = intervals.max(by: { $0.tally.runs < $1.tally.runs }) else { return [] }
    let room = min(intervals.count, width - 12)
    func line(_ name: String, _ values: [Double?], _ paint: (String) -> String) -> String {
      "  " + TerminalText.padded(name, to: 9) + " " + paint(Bars.sparkline(values, width: room))
    }
    let unit = report.timeline.unit.rawValue
    return [
      ink.heading("By \(unit)"), line("runs", intervals.map { Double($0.tally.runs) }, ink.bar),
      line("refused", intervals.map { Double($0.tally.refused) }, ink.refused),
      line("median s", intervals.map { $0.timing?.medianSeconds }, ink.bar),
      ink.faint(
        "  busiest \(unit) \(unit == "day" ? "" : "from ")\(busiest.start), \(Figure.counted(busiest.tally.runs, "run"))"
      ),
    ]
  }

  private func timing() -> [String] {
    guard let timing = report.totals.timing else { return [] }
    let before = report.before?.timing
    func figure(_ name: String, _ value: Double, _ earlier: Double?) -> String {
      let change = Change.relative(value, from: earlier).map { "  \($0.symbol)" } ?? ""
      return "  \(TerminalText.padded(name, to: 20))\(TerminalText.paddedLeft(Figure.seconds(value), to: 12))\(change)"
    }
    var lines = [
      ink.heading("Time a picture"), figure("median", timing.medianSeconds, before?.medianSeconds),
      figure("95 of 100 within", timing.p95Seconds, before?.p95Seconds),
      "  pictures an hour    \(TerminalText.paddedLeft(Figure.rate(report.totals.picturesAnHour), to: 12))  of painting",
    ]
    if let waiting = report.totals.waiting {
      lines.append(
        "  waiting in a batch  \(TerminalText.paddedLeft(Figure.seconds(waiting.medianSeconds), to: 12))  median of \(Figure.counted(waiting.count, "job")), 95th \(Figure.seconds(waiting.p95Seconds))"
      )
    }
    var stages = TextTable(["stage", "mean", ""])
    let most = report.stages.map(\.meanSeconds).max() ?? 0
    for stage in report.stages {
      stages.add([
        .text(stage.name), .number(Figure.seconds(stage.meanSeconds)), .bar(most > 0 ? stage.meanSeconds / most : 0),
      ])
    }
    lines += stages.lines(width: width, ink: ink)
    return lines
  }

  private func categories() -> [String] {
    var table = TextTable(["category", "refused", "of all runs", ""])
    let most = Double(report.categories.first?.refused.count ?? 0)
    for category in report.categories.prefix(TerminalReport.rowLimit) {
      table.add([
        .text(category.readableName.harmlessLine), .number(Figure.count(category.refused.count)),
        .number(Figure.percent(category.refused.rate)), .bar(Double(category.refused.count) / max(1, most)),
      ])
    }
    return titled("Refusals", table, left: report.categories.count)
  }

  private func styles() -> [String] { groups(report.styles, "style", "Styles") }
  private func models() -> [String] { groups(report.models, "model", "Models") }
  private func users() -> [String] { groups(report.users, "user", "Users") }

  private func groups(_ groups: [Report.Group], _ kind: String, _ title: String) -> [String] {
    var table = TextTable([kind, "runs", "", "painted", "refused", "median", "95th"])
    let most = Double(groups.first?.tally.runs ?? 0)
    for group in groups.prefix(TerminalReport.rowLimit) {
      table.add([
        .text(Report.name(group.name, without: kind).harmlessLine), .number(Figure.count(group.tally.runs)),
        .bar(Double(group.tally.runs) / max(1, most)), .number(Figure.percent(group.tally.success.rate)),
        .number(Figure.percent(group.tally.refusal.rate)), .number(Figure.seconds(group.timing?.medianSeconds)),
        .number(Figure.seconds(group.timing?.p95Seconds)),
      ])
    }
    return titled(title, table, left: groups.count)
  }

  private func failures() -> [String] {
    guard !report.failures.isEmpty else { return [] }
    var lines = [ink.heading("Failures")]
    for cause in report.failures.prefix(TerminalReport.rowLimit) {
      lines.append("  \(TerminalText.paddedLeft(Figure.count(cause.runs), to: 7))  \(cause.meaning)")
      if let example = cause.example {
        lines.append(ink.faint(TerminalText.cut("           " + example.harmlessLine, to: width)))
      }
    }
    return lines
  }

  private func disk() -> [String] {
    [
      ink.heading("Disk"), "  pictures of this period  \(Figure.bytes(report.disk.pictureBytes))",
      "  history                  \(Figure.bytes(report.disk.databaseBytes))",
    ]
  }

  private func effectiveness() -> [String] {
    let figures = report.effectiveness
    guard figures.hasJudgements else {
      return [ink.heading("What goes with kept pictures")]
        + TerminalText.wrapped(Effectiveness.noJudgements, to: width - 2).map { "  \($0)" }
    }
    var lines = [ink.heading("What goes with kept, redone and flagged pictures")]
    lines += TerminalText.wrapped(figures.caution, to: width - 2).map { ink.faint("  \($0)") }
    for (title, effects) in [("word", figures.words), ("style", figures.styles), ("setting", figures.comparedSettings)]
    {
      var table = TextTable([title, "runs", "kept", "of rated", "", "redone", "flagged"])
      for effect in Effect.mostTelling(effects, limit: TerminalReport.rowLimit) {
        table.add([
          .text(effect.name.harmlessLine), .number(Figure.count(effect.runs)), .number(percent(effect.kept)),
          .number(Figure.count(effect.kept.share.total)), .bar(effect.kept.share.rate ?? 0),
          .number(percent(effect.redone)), .number(percent(effect.flagged)),
        ])
      }
      lines += table.lines(width: width, ink: ink)
    }
    return lines
  }

  // MARK: Parts

  /// Marked with a star where chance would not explain it.
  private func percent(_ comparison: Comparison) -> String {
    Figure.percent(comparison.share.rate) + (comparison.isNotable ? "*" : " ")
  }

  /// - Parameter left: How many rows there would have been.
  private func titled(_ title: String, _ table: TextTable, left count: Int) -> [String] {
    guard count > 0 else { return [] }
    let more = count - TerminalReport.rowLimit
    return [ink.heading(title)] + table.lines(width: width, ink: ink)
      + (more > 0 ? [ink.faint("  and \(Figure.count(more)) more: `--csv` lists all")] : [])
  }
}
