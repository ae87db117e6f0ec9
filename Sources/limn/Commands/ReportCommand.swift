import ArgumentParser
import Engine
import Foundation
import History
import Images
import Options
import Reports
import System
import Terminal

/// `limn report`: what the history says, in figures.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Show how runs ended, how long they took and what goes with good pictures.",
    discussion: """
      limn report                                 the last 30 days, against the 30 before
      limn report --since 2026-01-01 --style ink
      limn report --since all --html report.html  one page with charts and pictures
      """)

  @Option(help: "The first day: 2026-01-31, how many days to look back (90d, 2w, 6m, 1y), or `all`.")
  var since = "30d"

  @Option(help: "The last day, as --since (default: today).")
  var until: String?

  @Option(name: .shortAndLong, help: "Only runs in this style.")
  var style: String?

  @Option(name: .shortAndLong, help: "Only runs with this model.")
  var model: String?

  @Option(help: "Only runs of this user (default: of all whose runs you may see).")
  var user: String?

  @Option(help: "How finely time is cut: day, week or month (default: by the length of the period).")
  var by: Timeline.Unit?

  @Flag(help: "Print one JSON object.")
  var json = false

  @Flag(help: "Print comma-separated values, one table for everything.")
  var csv = false

  @Option(help: "Write one HTML page with charts and pictures; '-' for standard output.")
  var html: String?

  func run() throws {
    guard [json, csv, html != nil].count(where: \.self) <= 1 else {
      throw UserError.request("--json, --csv and --html do not go together; choose one.")
    }
    guard html != "" else { throw UserError.request("--html names no file.") }
    if let html, html != "-" { try AtomicFile.check(html, ifTaken: .replace) }
    let report = try makeReport()
    if json {
      print(try report.json)
    } else if csv {
      try Console.longResult(report.csv)
    } else if let html {
      try write(report, to: html)
    } else {
      let ink = Ink(hasColours: Console.resultHasColours)
      try Console.longResult(TerminalReport(report, width: Console.size.columns, ink: ink).text)
    }
  }

  private func makeReport() throws -> Report {
    // A report is no reason to begin a history.
    let history = FileManager.default.fileExists(atPath: Installation.current.historyPath) ? try OpenHistory() : nil
    let access = history?.access ?? Access(withoutHistory: Installation.current.person)
    var request = ReportRequest(
      since: since == "all" ? nil : try day(since, "since"), until: try until.map { try day($0, "until") },
      style: style, model: model, unit: by, software: Version.tool)
    let isOwn = user == access.person.name || user == nil && !access.allows(.seeAllHistory)
    let permission = isOwn ? Permission.seeOwnHistory : .seeAllHistory
    if let history { try history.require(permission) } else { try access.require(permission) }
    request.user =
      isOwn ? .numbered(access.person.userID, name: access.person.name) : user.map(ReportRequest.User.named)
    request.showsPrompts = isOwn || access.allows(.seePrompts)
    guard let history else { return Report(empty: request) }
    return try Report(request, from: history.store)
  }

  private func day(_ text: String, _ name: String) throws -> Day {
    guard let day = Day(wish: text, now: Date(), in: Calendar(identifier: .gregorian)) else {
      throw UserError.request(
        "--\(name) \(text) is no day: write 2026-01-31, how many days to look back (30d, 2w, 6m, 1y), today or yesterday."
      )
    }
    return day
  }

  private func write(_ report: Report, to path: String) throws {
    var report = report
    for index in report.pictures.indices {
      report.pictures[index].thumbnail = Thumbnail.png(of: report.pictures[index])
    }
    let page = ReportPage(report).html
    if path == "-" {
      try Console.longResult(page)
    } else {
      print(try AtomicFile.save(Array(page.utf8), to: path, ifTaken: .replace))
    }
  }
}

extension Timeline.Unit: ExpressibleByArgument {}

/// Small pictures for the page.
private enum Thumbnail {
  private static let longestSide = 192

  /// Nil where there is no picture any more, or another than was painted.
  static func png(of specimen: Report.Specimen) -> [UInt8]? {
    guard let picture = Picture(recordedAt: specimen.path, hash: specimen.hash) else { return nil }
    let longest = max(picture.width, picture.height)
    let scale = min(1, Double(longestSide) / Double(longest))
    let (width, height) = (
      max(1, Int(Double(picture.width) * scale)), max(1, Int(Double(picture.height) * scale))
    )
    let texts = MetadataPolicy.minimal.texts(
      parameters: GenerationParameters(), source: .painted, software: Version.tool)
    return try? PNGEncoder.encode(picture.resized(width: width, height: height), texts: texts)
  }
}
