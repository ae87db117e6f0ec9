/// What goes with pictures that were kept, redone or flagged: words of the prompt, styles and settings.
///
/// It tells what goes together, not what causes what, and says by an exact test whether chance would explain it.
package struct Effectiveness: Sendable, Equatable, Encodable {
  /// Rated 4 or 5, of the pictures that were rated.
  package var kept = Share(0, of: 0)
  /// Painted again from the history, of the pictures painted.
  package var redone = Share(0, of: 0)
  package var flagged = Share(0, of: 0)
  /// Empty where prompts may not be seen.
  package var words: [Effect] = []
  package var styles: [Effect] = []
  /// `steps 20`, `sampler euler`, `1:1`, ...
  package var settings: [Effect] = []

  package init() {}

  /// Settings that not every run has: the others tell nothing.
  package var comparedSettings: [Effect] { settings.filter(\.isCompared) }

  /// Only the latest so many runs are looked at, so that the report stays quick.
  package static let runLimit = 10_000
  /// What occurs in fewer runs is left out: nothing can be said of it.
  package static let fewestRuns = 5
}

/// One word, style or setting, compared with all runs that do without it.
package struct Effect: Sendable, Equatable, Encodable {
  package let name: String
  package let kept: Comparison
  package let redone: Comparison
  package let flagged: Comparison

  package init(name: String, kept: Comparison, redone: Comparison, flagged: Comparison) {
    self.name = name
    self.kept = kept
    self.redone = redone
    self.flagged = flagged
  }

  /// Painted runs that have it.
  package var runs: Int { redone.share.total }

  /// Whether there are runs without it to compare with.
  var isCompared: Bool { redone.others.total > 0 || kept.others.total > 0 }

  package var isNotable: Bool { kept.isNotable || redone.isNotable || flagged.isNotable }
}

/// A share among the runs with something, beside that among the runs without.
package struct Comparison: Sendable, Equatable, Encodable {
  package let share: Share
  package let others: Share
  /// How likely chance alone makes a difference as large (Fisher's exact test, both sides).
  package let probability: Double
  /// Whether that stays below 1 in 20 when it is multiplied by the number of comparisons made (Bonferroni).
  package let isNotable: Bool

  /// - Parameter comparisons: How many things of its kind are compared.
  package init(_ share: Share, others: Share, comparisons: Int) {
    self.share = share
    self.others = others
    probability = FisherTest.probability(share, others)
    isNotable = probability * Double(max(1, comparisons)) < 0.05
  }

  /// Points of rate above the others, -1...1; nil where one side is empty.
  package var difference: Double? {
    guard let rate = share.rate, let other = others.rate else { return nil }
    return rate - other
  }
}

extension Effect {
  /// Those that say most: what stands out from chance first, by how unlikely it is; then by how often it occurs.
  static func mostTelling(_ effects: [Effect], limit: Int) -> [Effect] {
    let sorted = effects.sorted {
      ($0.isNotable ? $0.leastProbability : 1, -$0.runs, $0.name) < (
        $1.isNotable ? $1.leastProbability : 1, -$1.runs, $1.name
      )
    }
    return Array(sorted.prefix(limit))
  }

  private var leastProbability: Double { min(kept.probability, redone.probability, flagged.probability) }
}
