/// The report as one HTML page that needs nothing else: no scripts, no fonts, no pictures from elsewhere.
package struct ReportPage {
  let report: Report

  static let rowLimit = 25

  package init(_ report: Report) { self.report = report }

  package var html: String {
    let sections = report.totals.tally.runs > 0 ? self.sections : []
    let body =
      sections.isEmpty
      ? HTML.section("figures", "Figures", "<p>\(HTML.text(report.emptySentence))</p>")
      : sections.map { HTML.section($0.id, $0.title, $0.body) }.joined()
    let links = sections.map { "<li><a href=\"#\($0.id)\">\(HTML.text($0.title))</a></li>" }.joined(separator: "\n")
    let navigation = sections.isEmpty ? "" : "<nav aria-label=\"Sections\"><ul>\n\(links)\n</ul></nav>\n"
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta name="generator" content="\(HTML.text(report.scope.software))">
      <title>limn report, \(HTML.text(report.period))</title>
      <style>
      \(Stylesheet.css)
      </style>
      </head>
      <body>
      <header>
      <h1>limn report, \(periodMarkup)</h1>
      <p>\(HTML.text(report.scopeSentence))</p>
      \(navigation)</header>
      <main>
      \(body)</main>
      <footer class="note">
      <p>Runs that are still going on are not counted. Times are those of painted runs, from start to end; “pictures an \
      hour” counts time spent painting only. Rates of small numbers say little: the lines beside them show where the true \
      rate lies 19 times in 20 (Wilson's interval).</p>
      </footer>
      </body>
      </html>

      """
  }

  /// Dates do not break at their hyphens.
  private var periodMarkup: String {
    HTML.text(report.period).replacing(/\d+-\d+-\d+/) { "<span>\($0.output)</span>" }
  }

  private struct Section {
    let id: String
    let title: String
    let body: String
  }

  private var sections: [Section] {
    let all = [
      Section(id: "figures", title: "Figures", body: figures),
      Section(id: "time-line", title: "By \(report.timeline.unit.rawValue)", body: timeline),
      Section(id: "time", title: "Time a picture", body: timing),
      Section(id: "refusals", title: "Refusals", body: refusals),
      Section(id: "groups", title: "Styles, models and users", body: groups),
      Section(id: "failures", title: "Failures", body: failures),
      Section(id: "kept", title: "What goes with kept pictures", body: effectiveness),
      Section(id: "pictures", title: "Pictures", body: pictures),
    ]
    return all.filter { !$0.body.isEmpty }
  }
}
