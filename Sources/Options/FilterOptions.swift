import ArgumentParser
import Foundation
import History
import Terminal

extension Outcome: ExpressibleByArgument {}

/// Which runs.
package struct FilterOptions: ParsableArguments, Sendable {
  @Option(help: "Begun since: 7d, 12h, 2w, today, 2026-01-31 or 2026-01-31T14:30.")
  package var since: String?

  @Option(help: "Begun before, written the same way.")
  package var until: String?

  @Option(name: .shortAndLong, help: "Painted in this style.")
  package var style: String?

  @Option(name: .shortAndLong, help: "Painted with this model: its name, or the beginning of its hash.")
  package var model: String?

  @Option(help: "Asked for by this user.")
  package var user: String?

  @Option(help: "painted, refused, failed, interrupted or running; may be given several times.")
  package var outcome: [Outcome] = []

  @Flag(help: "Only what was refused, let pass with a warning, or flagged unsafe.")
  package var unsafe = false

  @Option(help: "Only what carries this flag.")
  package var flag: String?

  @Option(help: "Only pictures rated so or better.")
  package var rating: Int?

  @Option(help: "Only the jobs of this batch.")
  package var batch: String?

  package func filter() throws -> RunFilter {
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

  package init() {}
}

/// How runs are shown.
package struct ListingOptions: ParsableArguments, Sendable {
  @Option(help: "At most so many, the newest; `all` for every one (default: 25 in a table, else all).")
  package var limit: String?

  @Flag(help: "Print a JSON object a line, with everything that is known.")
  package var json = false

  @Flag(help: "Print comma-separated values with a line of names.")
  package var csv = false

  @Option(
    name: .customLong("pictures"), defaultAsFlag: PreviewWord(argument: "auto"), parsing: .next,
    help: "Draw each picture in the terminal: auto, kitty, iterm, sixel or blocks.")
  package var pictures: PreviewWord?

  package func validate() throws {
    guard [json, csv, pictures != nil].filter(\.self).count <= 1 else {
      throw ValidationError("--json, --csv and --pictures are three ways to show the same; use one of them.")
    }
    if let limit, limit != "all", Int(limit).map({ $0 > 0 }) != true {
      throw ValidationError("--limit \(limit) is neither a number from 1 on nor `all`.")
    }
  }

  /// Nil for all.
  package var count: Int? {
    guard let limit else { return json || csv ? nil : 25 }
    return Int(limit)
  }

  package init() {}
}

extension PreviewWord {
  /// - Throws: ``HistoryError/request(_:)`` for a word that is none.
  package var option: PreviewOption {
    get throws {
      if let option = PreviewOption(rawValue: word) { return option }
      let known = PreviewOption.allCases.map(\.rawValue).joined(separator: ", ")
      throw HistoryError.request("--pictures=\(word) is not known; use one of \(known).")
    }
  }
}
