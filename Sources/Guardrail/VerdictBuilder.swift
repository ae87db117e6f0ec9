/// Makes the verdict on one text from what the rules found in it.
struct VerdictBuilder {
  let typed: String
  let text: NormalisedText
  let policy: Policy

  /// At most this many reasons are named.
  static let mostReasons = 8

  func verdict(hits: [RuleHit]) -> Verdict {
    var scores = CategoryScores()
    var reasons: [Reason] = []
    var fixedCategory: Category?
    for hit in hits {
      let category = hit.rule.category
      // Independent pieces of evidence: the text is harmless only if each of them misleads.
      scores[category] = 1 - (1 - scores[category]) * (1 - hit.rule.score)
      if hit.rule.isFixed {
        fixedCategory = category
        scores[category] = 1
      }
      reasons.append(
        reason(category, .rule("\(category.rawValue)/\(hit.rule.name)"), weight: hit.rule.score, words: hit.words))
    }
    reasons.sort { $0.weight > $1.weight }
    let (category, decision) = decide(scores)
    return Verdict(
      decision: fixedCategory == nil ? decision : .block, score: scores.highest.score, categories: scores,
      reasons: Array(reasons.prefix(Self.mostReasons)), isFixed: fixedCategory != nil,
      category: fixedCategory ?? category)
  }

  /// The strictest decision of all categories, and the category with the highest score among those that lead to it.
  private func decide(_ scores: CategoryScores) -> (Category, Decision) {
    var result = (category: scores.highest.category, decision: Decision.allow)
    for category in Category.allCases {
      let thresholds = policy.thresholds(for: category)
      let score = scores[category]
      let decision: Decision = score >= thresholds.block ? .block : score >= thresholds.warn ? .warn : .allow
      if decision > result.decision || (decision == result.decision && score > scores[result.category]) {
        result = (category, decision)
      }
    }
    return result
  }

  func reason(_ category: Category, _ origin: Reason.Origin, weight: Double, words: [Range<Int>]) -> Reason {
    let spans = words.map {
      text.words[$0.lowerBound].typed.lowerBound..<text.words[$0.upperBound - 1].typed.upperBound
    }
    let isDisguised = words.contains { $0.contains { text.words[$0].isDisguised } }
    return Reason(
      category: category, origin: origin, weight: weight, spans: spans, words: spans.map(typedText),
      readAs: isDisguised ? words.map { $0.map(text.string).joined(separator: " ") }.joined(separator: " … ") : "")
  }

  private func typedText(_ span: Range<Int>) -> String {
    let bytes = typed.utf8
    let start = bytes.index(bytes.startIndex, offsetBy: span.lowerBound)
    return String(typed[start..<bytes.index(start, offsetBy: span.count)])
  }
}
