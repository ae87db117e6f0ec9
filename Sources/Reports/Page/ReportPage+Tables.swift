import Foundation

extension ReportPage {
  var refusals: String {
    guard !report.categories.isEmpty else { return "" }
    var table = HTMLTable(
      "Refused runs by category", "Category",
      [.number("Refused"), .number("Of all runs"), .chart("Share of the largest")])
    let most = Double(report.categories[0].refused.count)
    for category in report.categories.prefix(ReportPage.rowLimit) {
      table.add(
        HTML.foreign(category.readableName),
        [
          Figure.count(category.refused.count), percent(category.refused.rate),
          CellChart.bar(Double(category.refused.count) / max(1, most)),
        ])
    }
    return "<div class=\"refusals\">\n\(table.html)\n</div>"
  }

  var groups: String {
    [("Style", "style", report.styles), ("Model", "model", report.models), ("User", "user", report.users)]
      .filter { !$0.2.isEmpty }.map(groupTable).joined(separator: "\n")
  }

  private func groupTable(_ title: String, _ kind: String, _ groups: [Report.Group]) -> String {
    var table = HTMLTable(
      "Runs by \(kind)", title,
      [.number("Runs"), .chart("Share of the largest")]
        + ["Painted", "Refused", "Failed", "Median", "95th"].map(HTMLTable.Column.number))
    let most = Double(groups[0].tally.runs)
    for group in groups.prefix(ReportPage.rowLimit) {
      let rates = [group.tally.success, group.tally.refusal, group.tally.failure].map { percent($0.rate) }
      let times = [group.timing?.medianSeconds, group.timing?.p95Seconds].map(Figure.seconds)
      let bar = CellChart.bar(Double(group.tally.runs) / max(1, most))
      table.add(
        group.name.map(HTML.foreign) ?? HTML.text(Report.name(nil, without: kind)),
        [Figure.count(group.tally.runs), bar] + rates + times)
    }
    return table.html + more(groups.count)
  }

  var failures: String {
    guard !report.failures.isEmpty else { return "" }
    var table = HTMLTable(
      "Failed runs by cause", "Cause", [.number("Runs"), .chart("Share of the largest"), .sentence("The latest said")])
    let most = Double(report.failures[0].runs)
    for cause in report.failures.prefix(ReportPage.rowLimit) {
      table.add(
        HTML.text(cause.meaning),
        [
          Figure.count(cause.runs), CellChart.bar(Double(cause.runs) / max(1, most)),
          cause.example.map(HTML.foreign) ?? "not shown",
        ])
    }
    return "<div class=\"failures\">\n\(table.html)\n</div>" + more(report.failures.count)
  }

  var effectiveness: String {
    let figures = report.effectiveness
    guard figures.hasJudgements else { return "<p>\(HTML.text(Effectiveness.noJudgements))</p>" }
    let kinds = [("Word", figures.words), ("Style", figures.styles), ("Setting", figures.comparedSettings)]
    let tables = kinds.filter { !$0.1.isEmpty }.map { title, effects in
      var table = HTMLTable(
        "\(title)s of painted runs", title,
        [
          .number("Runs"), .number("Rated"), .number("Kept"), .chart("Kept, 0 to 100%"), .number("Redone"),
          .number("Flagged"),
        ])
      for effect in Effect.mostTelling(effects, limit: ReportPage.rowLimit) {
        table.add(
          HTML.foreign(effect.name),
          [
            Figure.count(effect.runs), Figure.count(effect.kept.share.total), marked(effect.kept),
            CellChart.interval(effect.kept.share, overall: figures.kept.rate), marked(effect.redone),
            marked(effect.flagged),
          ])
      }
      return table.html
    }
    return "<p class=\"note\">\(HTML.text(figures.caution))</p>\n" + tables.joined(separator: "\n")
  }

  var pictures: String {
    let figures = report.pictures.compactMap { specimen -> String? in
      guard let thumbnail = specimen.thumbnail else { return nil }
      let style = specimen.style.map { ", \(HTML.foreign($0))" } ?? ""
      let rating = specimen.rating.map { ", rated \($0) of 5" } ?? ""
      return """
        <li><figure><img src="data:image/png;base64,\(Data(thumbnail).base64EncodedString())" alt="Picture painted by run \(specimen.run)">\
        <figcaption><q>\(HTML.foreign(specimen.prompt))</q>\(style)\(rating)</figcaption></figure></li>
        """
    }
    return figures.isEmpty ? "" : "<ul class=\"pictures\">\n\(figures.joined(separator: "\n"))\n</ul>"
  }

  /// With a star, which the caution explains, where chance would not make the difference.
  private func marked(_ comparison: Comparison) -> String {
    percent(comparison.share.rate) + (comparison.isNotable ? "*" : "")
  }

  private func percent(_ rate: Double?) -> String { HTML.text(Figure.percent(rate)) }

  private func more(_ count: Int) -> String {
    let more = count - ReportPage.rowLimit
    return more > 0 ? "\n<p class=\"note\">And \(Figure.count(more)) more, which `limn report --csv` lists.</p>" : ""
  }
}
