extension ReportPage {
  /// The figures of the whole period, with how they moved.
  var figures: String {
    let (now, before) = (report.totals, report.before)
    var cards: [String] = []
    func card(_ name: String, _ value: String, _ change: Change?) {
      let moved = change.map { "<dd class=\"change\">\(HTML.text($0.words))</dd>" } ?? ""
      cards.append("<div><dt>\(HTML.text(name))</dt><dd class=\"value\">\(HTML.text(value))</dd>\(moved)</div>")
    }
    card(
      "Runs", Figure.count(now.tally.runs),
      .relative(Double(now.tally.runs), from: before.map { Double($0.tally.runs) }))
    let earlier = before.map { Report.outcomes($0.tally) }
    for (index, outcome) in Report.outcomes(now.tally).enumerated() {
      let name = outcome.name.prefix(1).uppercased() + outcome.name.dropFirst()
      card(name, Figure.percent(outcome.share.rate), .points(outcome.share.rate, from: earlier?[index].share.rate))
    }
    card(
      "Median time", Figure.seconds(now.timing?.medianSeconds),
      .relative(now.timing?.medianSeconds, from: before?.timing?.medianSeconds))
    card(
      "95 of 100 within", Figure.seconds(now.timing?.p95Seconds),
      .relative(now.timing?.p95Seconds, from: before?.timing?.p95Seconds))
    card(
      "Pictures an hour", Figure.rate(now.picturesAnHour), .relative(now.picturesAnHour, from: before?.picturesAnHour))
    card("Disk, pictures", Figure.bytes(report.disk.pictureBytes), nil)
    card("Disk, history", Figure.bytes(report.disk.databaseBytes), nil)
    let note = before == nil ? "" : "\n<p class=\"note\">Up and down \(HTML.text(report.beforeWords)).</p>"
    return "<dl class=\"figures\">\n\(cards.joined(separator: "\n"))\n</dl>\(note)"
  }

  /// Runs over time, a chart and the same as a table.
  var timeline: String {
    let intervals = report.timeline.intervals
    guard intervals.count > 1 else { return "" }
    let unit = report.timeline.unit.rawValue
    let layers: [(name: String, values: [Double])] = [
      ("painted", intervals.map { Double($0.tally.painted) }), ("refused", intervals.map { Double($0.tally.refused) }),
      ("failed", intervals.map { Double($0.tally.failed) }),
      ("interrupted", intervals.map { Double($0.tally.interrupted) }),
    ]
    let most = intervals.map(\.tally.runs).max() ?? 0
    let busiest = intervals.first { $0.tally.runs == most }
    let chart = TimeChart(
      id: "runs-chart", title: "Runs by \(unit)",
      summary:
        "\(Figure.counted(report.totals.tally.runs, "run")) in \(Figure.counted(intervals.count, unit)); the busiest began \(busiest.map { "\($0.start)" } ?? "") with \(Figure.count(most)). The table below has the numbers.",
      days: intervals.map(\.start), scale: .counts(to: most))
    var table = HTMLTable(
      "Runs by \(unit)", "From",
      ["Runs", "Painted", "Refused", "Failed", "Interrupted", "Median", "95th"].map(HTMLTable.Column.number))
    for interval in intervals {
      let tally = interval.tally
      let counts = [tally.runs, tally.painted, tally.refused, tally.failed, tally.interrupted].map(Figure.count)
      let times = [interval.timing?.medianSeconds, interval.timing?.p95Seconds].map(Figure.seconds)
      table.add("\(interval.start)", counts + times)
    }
    return legend(layers.map { ($0.name, .bar) }) + chart.stacked(layers) + details(table)
  }

  /// Times over time, and by stage.
  var timing: String {
    guard let timing = report.totals.timing else { return "" }
    var body =
      "<p>Half of \(Figure.counted(timing.count, "painted run")) took \(Figure.seconds(timing.medianSeconds)) or less, 95 of 100 took \(Figure.seconds(timing.p95Seconds)) or less.</p>\n"
    let intervals = report.timeline.intervals
    let timed = intervals.compactMap(\.timing)
    if timed.count > 1 {
      let highest = timed.map(\.p95Seconds).max() ?? 0
      let chart = TimeChart(
        id: "time-chart", title: "Seconds a run by \(report.timeline.unit.rawValue)",
        summary: "Median and 95th of 100; the slowest 95th was \(Figure.seconds(highest)).",
        days: intervals.map(\.start),
        scale: .seconds(from: timed.map(\.medianSeconds).min() ?? 0, to: highest))
      let names = ["median": "median", "p95": "95 of 100 within"]
      body += legend([("median", .line), ("p95", .dashes)], names: names)
      body += chart.lines([
        ("median", intervals.map { $0.timing?.medianSeconds }), ("p95", intervals.map { $0.timing?.p95Seconds }),
      ])
    }
    if let waiting = report.totals.waiting {
      body +=
        "<p>\(Figure.counted(waiting.count, "job")) of batches waited: half of them \(Figure.seconds(waiting.medianSeconds)) or less, 95 of 100 \(Figure.seconds(waiting.p95Seconds)) or less.</p>\n"
    }
    guard !report.stages.isEmpty else { return body }
    var table = HTMLTable(
      "Where the time goes: the mean of the latest painted runs, by stage", "Stage",
      [.number("Mean"), .chart("Share of the longest")])
    let most = report.stages.map(\.meanSeconds).max() ?? 0
    for stage in report.stages {
      table.add(
        HTML.text(stage.name),
        [Figure.seconds(stage.meanSeconds), CellChart.bar(most > 0 ? stage.meanSeconds / most : 0)])
    }
    return body + table.html
  }

  private func details(_ table: HTMLTable) -> String {
    "\n<details><summary>The same as a table</summary>\n\(table.html)\n</details>"
  }

  private enum Swatch { case bar, line, dashes }

  private func legend(_ entries: [(name: String, swatch: Swatch)], names: [String: String] = [:]) -> String {
    let items = entries.map { name, swatch in
      let mark =
        switch swatch {
        case .bar: "<rect class=\"\(name)\" width=\"24\" height=\"12\"/>"
        case .line, .dashes: "<path class=\"\(name)\" d=\"M0 6H24\"/>"
        }
      return "<li><svg viewBox=\"0 0 24 12\" aria-hidden=\"true\">\(mark)</svg>\(HTML.text(names[name] ?? name))</li>"
    }
    return "<ul class=\"legend\">\(items.joined())</ul>\n"
  }
}
