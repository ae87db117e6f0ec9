import Guardrail
import History

/// What a person says the guardrail should have answered to a run, as a flag of the run keeps it.
package struct WrongVerdict {
  /// Nil where the run should have passed.
  package let category: Category?

  private static let pass = "wrongly-refused"

  /// - Parameter words: for a painted run the category that it should have been refused for.
  /// - Throws: `HistoryError.request` for a run that was neither painted nor refused, or other words.
  package init(_ run: Run, category words: [String]) throws {
    switch run.outcome {
    case .refused:
      guard words.isEmpty else {
        throw HistoryError.request("A refused run that is wrong should have passed; no category belongs to that.")
      }
      category = nil
    case .painted:
      guard words.count == 1, let category = Self.category(words[0]) else {
        throw HistoryError.request(
          "Name what the run should have been refused for: \(Category.allCases.map(Self.word).joined(separator: ", "))."
        )
      }
      self.category = category
    default:
      throw HistoryError.request(
        "Run \(run.number ?? 0) was \(run.settled.outcome.rawValue): the guardrail's answer is not known to be wrong.")
    }
  }

  private init(category: Category?) { self.category = category }

  package var flag: String { category.map { "refuse-\(Self.word($0))" } ?? Self.pass }

  /// All that people have said of runs that they may read.
  package static func labels(in history: OpenHistory) throws -> [LabelledText] {
    let verdicts = [WrongVerdict(category: nil)] + Category.allCases.map(WrongVerdict.init(category:))
    return try verdicts.flatMap { verdict in
      var filter = RunFilter()
      filter.flag = verdict.flag
      return try history.store.runs(filter.narrowed(to: history.access)).map { $0.shown(to: history.access).prompt }
        .filter { !$0.isEmpty }.map { LabelledText(text: $0, category: verdict.category, source: "history") }
    }
  }

  private static func word(_ category: Category) -> String { category.rawValue.replacing("_", with: "-") }

  private static func category(_ word: String) -> Category? {
    Category(rawValue: word.replacing("-", with: "_"))
  }
}
