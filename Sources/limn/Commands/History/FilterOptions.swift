import ArgumentParser
import Foundation
import History

extension Outcome: ExpressibleByArgument {}

/// Which runs.
struct FilterOptions: ParsableArguments {
  @Option(help: "Begun since: 7d, 12h, 2w, today, 2026-01-31 or 2026-01-31T14:30.")
  var since: String?

  @Option(help: "Begun before, written the same way.")
  var until: String?

  @Option(name: .shortAndLong, help: "Painted in this style.")
  var style: String?

  @Option(name: .shortAndLong, help: "Painted with this model: its name, or the beginning of its hash.")
  var model: String?

  @Option(help: "Asked for by this user.")
  var user: String?

  @Option(help: "painted, refused, failed, interrupted or running; may be given several times.")
  var outcome: [Outcome] = []

  @Flag(help: "Only what was refused, let pass with a warning, or flagged unsafe.")
  var unsafe = false

  @Option(help: "Only what carries this flag.")
  var flag: String?

  @Option(help: "Only pictures rated so or better.")
  var rating: Int?

  @Option(help: "Only the jobs of this batch.")
  var batch: String?

  func filter() throws -> RunFilter {
    var filter = RunFilter()
    filter.since = try since.map { try Moment.parse($0) }
    filter.until = try until.map { try Moment.parse($0) }
    filter.style = style
    filter.model = model
    filter.user = user
    filter.outcomes = Set(outcome)
    filter.isUnsafe = unsafe
    filter.flag = flag
    filter.minimumRating = rating
    filter.batchID = batch
    return filter
  }
}

/// How runs are shown.
struct ListingOptions: ParsableArguments {
  @Option(help: "At most so many, the newest; `all` for every one (default: 25 in a table, else all).")
  var limit: String?

  @Flag(help: "Print a JSON object a line, with everything that is known.")
  var json = false

  @Flag(help: "Print comma-separated values with a line of names.")
  var csv = false

  @Option(
    name: .customLong("pictures"), defaultAsFlag: PreviewWord(argument: "auto"), parsing: .next,
    help: "Draw each picture in the terminal: auto, kitty, iterm, sixel or blocks.")
  var pictures: PreviewWord?

  func validate() throws {
    guard [json, csv, pictures != nil].filter(\.self).count <= 1 else {
      throw ValidationError("--json, --csv and --pictures are three ways to show the same; use one of them.")
    }
    if let limit, limit != "all", Int(limit).map({ $0 > 0 }) != true {
      throw ValidationError("--limit \(limit) is neither a number from 1 on nor `all`.")
    }
  }

  /// Nil for all.
  var count: Int? {
    guard let limit else { return json || csv ? nil : 25 }
    return Int(limit)
  }
}
