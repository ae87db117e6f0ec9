/// Sentences and headings that the terminal view and the page have in common.
extension Report {
  /// `2026-10-25 to 2026-11-23`
  var period: String {
    guard let days = scope.days else { return "no runs yet" }
    return days.lowerBound == days.upperBound ? "\(days.lowerBound)" : "\(days.lowerBound) to \(days.upperBound)"
  }

  /// `Runs of ada in the style ink with the model sd15, by limn 0.1.0 on 2026-11-23 14:05.`
  var scopeSentence: String {
    var sentence = scope.user.map { "Runs of \($0)" } ?? "Everyone's runs"
    if let style = scope.style { sentence += " in the style \(style)" }
    if let model = scope.model { sentence += " with the model \(model)" }
    return "\(sentence); made \(scope.made) by \(scope.software)."
  }

  /// What the empty report says instead of figures.
  var emptySentence: String {
    scope.days == nil
      ? "The history is empty: paint something, and it will be counted here."
      : "No runs in this period. `--since all` looks at everything there is."
  }

  var beforeWords: String { "against the period of the same length before" }

  /// A name for the runs that named none.
  static func name(_ name: String?, without kind: String) -> String { name ?? "no \(kind)" }

  /// The four ends of a run, with what they mean.
  static func outcomes(_ tally: Tally) -> [(name: String, share: Share)] {
    [
      ("painted", tally.success), ("refused", tally.refusal), ("failed", tally.failure),
      ("interrupted", tally.interruption),
    ]
  }
}

extension Report.RefusedCategory {
  /// `violence graphic`
  var readableName: String { name.replacing("_", with: " ") }
}

extension Report.Cause {
  /// What an exit status stands for, as in the README.
  var meaning: String {
    switch exitStatus {
    case 2: "a mistake on the command line"
    case 4: "the role does not allow it"
    case 5: "an input could not be read"
    case 6: "too little memory or disk"
    case 7: "some jobs of a batch failed"
    case 70: "a fault of limn's own"
    case 130, 143: "interrupted"
    default: "exit status \(exitStatus)"
    }
  }
}

extension Effectiveness {
  var hasJudgements: Bool { kept.total > 0 || redone.count > 0 || flagged.count > 0 }

  /// How to read it, and of how many pictures.
  var caution: String {
    "Of the latest \(Figure.count(max(redone.total, kept.total))) painted runs: \(Figure.count(kept.total)) rated, "
      + "\(Figure.count(kept.count)) of these kept (4 or 5), \(Figure.count(redone.count)) redone, "
      + "\(Figure.count(flagged.count)) flagged. Only a * stands out from chance (Fisher's exact test, 1 in 20 after "
      + "correction for the number of comparisons); what goes together need not be the cause."
  }

  static let noJudgements =
    "Nothing is rated, redone or flagged yet: `limn history rate ID 1-5` tells limn which pictures were kept."
}
