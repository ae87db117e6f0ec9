import ArgumentParser
import Engine
import Foundation
import History

extension HistoryCommand {
  /// `limn history rate`
  struct Rate: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Rate a picture from 1 to 5; `none` takes the rating away.")

    @Argument(help: ArgumentHelp("A run's number, `last`, or the beginning of its identifier.", valueName: "run"))
    var name: String

    @Argument(help: "1 to 5, or `none`.")
    var rating: String

    func run() throws {
      guard rating == "none" || Int(rating).map({ (1...5).contains($0) }) == true else {
        throw HistoryError.request("A rating is 1 to 5, or `none`; not \"\(rating)\".")
      }
      let history = try OpenHistory(requiring: .judge)
      let run = try history.run(named: name)
      guard run.outcome == .painted else {
        throw HistoryError.request(
          "Run \(run.number ?? 0) has no picture to rate: it is \(run.settled.outcome.rawValue).")
      }
      try history.store.rate(run, Int(rating))
    }
  }

  /// `limn history flag`
  struct Mark: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "flag", abstract: "Mark a run with words of your own, such as kept, deformed or unsafe.",
      discussion: """
        Without words it is marked `unsafe`. `limn history list --flag kept` finds them again.
        --wrong says that the guardrail judged it wrongly: a refused one should have passed, a painted one (with a category \
        behind it, such as hate) should have been refused. `limn guard train --flagged` learns from these.
        """)

    @Argument(help: ArgumentHelp("A run's number, `last`, or the beginning of its identifier.", valueName: "run"))
    var name: String

    @Argument(help: "Words of small letters, digits and hyphens.")
    var words: [String] = []

    @Flag(help: "The guardrail judged it wrongly.")
    var wrong = false

    @Flag(help: "Take the words away; all of them where none is named.")
    var remove = false

    func run() throws {
      let history = try OpenHistory(requiring: .judge)
      let run = try history.run(named: name)
      if wrong {
        let flag = try WrongVerdict(run, category: words).flag
        try history.store.flag(run, adding: remove ? [] : [flag], removing: remove ? [flag] : [])
      } else if remove {
        try history.store.flag(run, adding: [], removing: words.isEmpty ? run.flagWords : words)
      } else {
        try history.store.flag(run, adding: words.isEmpty ? ["unsafe"] : words)
      }
    }
  }
}
