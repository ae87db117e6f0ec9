import ArgumentParser
import Engine
import Foundation
import History
import Images
import Options
import System
import Terminal
import Views

extension HistoryCommand {
  /// `limn history list`
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List runs, the newest first (the default).")

    @OptionGroup(title: "Which") var filter: FilterOptions
    @OptionGroup(title: "How") var listing: ListingOptions

    func run() throws {
      try RunListing(filter: filter.filter(), options: listing).run()
    }
  }

  /// `limn history search`
  struct Search: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Find runs by words of prompt, negative prompt, style or model.",
      discussion:
        "All words must be there, in any order, whatever their accents. fox* finds foxes; '\"red fox\"' finds them together."
    )

    @Argument(help: "The words.")
    var words: [String]

    @OptionGroup(title: "Which") var filter: FilterOptions
    @OptionGroup(title: "How") var listing: ListingOptions

    func run() throws {
      var filter = try filter.filter()
      filter.text = words.joined(separator: " ")
      try RunListing(filter: filter, options: listing).run()
    }
  }
}

/// Prints the runs that a filter lets through.
private struct RunListing {
  var filter: RunFilter
  let options: ListingOptions

  func run() throws {
    let history = try OpenHistory(requiring: .seeOwnHistory)
    var filter = filter.narrowed(to: history.access)
    filter.limit = options.count
    if options.json || options.csv {
      if options.csv { print(RunLines.csvHeader) }
      try history.store.eachRun(filter) { run in
        let shown = run.shown(to: history.access).settled
        print(options.json ? RunLines.json(shown) : RunLines.csv(shown))
      }
      return
    }
    let runs = try history.store.runs(filter).map { $0.shown(to: history.access).settled }
    let table = RunTable(runs, width: Console.resultsAreWatched ? Console.size.columns : nil)
    if !runs.isEmpty { print(table.header) }
    let thumbnails = try options.pictures.map { Thumbnails(try $0.option) }
    for run in runs {
      print(table.line(run))
      try thumbnails?.show(run)
    }
    try note(runs.count, filter, history)
  }

  /// Whoever looks at a table should know what it leaves out.
  private func note(_ count: Int, _ filter: RunFilter, _ history: OpenHistory) throws {
    if count == 0 { return Console.note("No runs are known that fit.") }
    guard count == filter.limit, Console.resultsAreWatched else { return }
    var all = filter
    all.limit = nil
    let total = try history.store.count(all)
    if total > count { Console.note("\(count) of \(total) runs; --limit shows more.") }
  }
}
