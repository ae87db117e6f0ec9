/// Makes the verdict on one text from what the rules found in it.
struct VerdictBuilder {
  let typed: String
  let text: NormalisedText
  let strictness: Policy.Strictness
  let phrases: PhraseMatches
  /// Places of words that say nothing by themselves.
  let fillers: Set<Int>

  /// At most this many reasons are named.
  static let mostReasons = 8
  /// From this score on, a rule says what kind of thing a text is.
  private static let telling = 0.5

  /// - Parameters:
  ///   - scores: what the classifier says; nil without one.
  ///   - contributions: how much each word of a stretch weighs for the classifier; asked for only when it matters.
  func verdict(
    hits: [RuleHit], scores classified: Classifier.Scores? = nil, contributions: (Range<Int>) -> [Float] = { _ in [] }
  ) -> Verdict {
    var scores = classified?.categories ?? CategoryScores()
    var reasons: [Reason] = []
    var fixedCategory: Category?
    var rulesThatHold = 0
    for hit in hits where hit.rule.isFixed || !phrases.excuse(hit.words) {
      let category = hit.rule.category
      rulesThatHold += 1
      scores[category] = max(scores[category], Self.score(of: hit.rule, refuse: classified?.refuse ?? 1))
      // What the classifier refuses and a rule names is of the rule's category, whatever else it may be.
      if let classified, hit.rule.score >= Self.telling { scores[category] = max(scores[category], classified.refuse) }
      if hit.rule.isFixed {
        fixedCategory = category
        scores[category] = 1
      }
      reasons.append(
        reason(category, .rule("\(category.rawValue)/\(hit.rule.name)"), weight: hit.rule.score, words: hit.words))
    }
    reasons.sort { $0.weight > $1.weight }
    let (category, strictest) = decide(scores, ruled: Set(reasons.map(\.category)))
    var decision = strictest
    if strictness.isOff {
      decision = .allow
    } else if phrases.excuseEverything(besides: rulesThatHold) {
      decision = min(decision, .warn)
    }
    if !strictness.isOff, !phrases.denied.isEmpty {
      decision = .block
      reasons = phrases.denied.map { reason(category, .denyList, weight: 1, words: [$0]) } + reasons
    }
    if let classified, decision > .allow,
      let (words, share) = heaviestWords(of: classified.stretch, contributions(classified.stretch))
    {
      let weighed = reason(category, .classifier, weight: share, words: words)
      // A rule that names the same words for the same category says it better.
      if !reasons.contains(where: { $0.category == category && Set(weighed.spans).isSubset(of: $0.spans) }) {
        reasons.append(weighed)
      }
    }
    return Verdict(
      decision: fixedCategory == nil ? decision : .block, score: scores.highest.score, categories: scores,
      reasons: Array(reasons.prefix(Self.mostReasons)), isFixed: fixedCategory != nil, isOff: strictness.isOff,
      category: fixedCategory ?? category)
  }

  /// What a rule's score is worth where the classifier, which knows the rule's lists, finds the whole text harmless: down to four
  /// fifths of it.
  /// - Parameter refuse: the classifier's probability; 1 without one.
  static func score(of rule: RuleSet.Rule, refuse: Double) -> Double {
    rule.isFixed ? 1 : rule.score * (0.8 + 0.2 * refuse)
  }

  /// The strictest decision of all categories, and the category that explains it best: one that a rule names before one
  /// that only the classifier sees, then the one with the highest score.
  private func decide(_ scores: CategoryScores, ruled: Set<Category>) -> (Category, Decision) {
    let decisions = Category.allCases.map { category in
      let thresholds = strictness.thresholds[category] ?? Policy.standard(for: category)
      let score = scores[category]
      let decision: Decision = score >= thresholds.block ? .block : score >= thresholds.warn ? .warn : .allow
      return (category: category, decision: decision)
    }
    let strictest = decisions.map(\.decision).max() ?? .allow
    guard strictest > .allow else { return (scores.highest.category, .allow) }
    let leading = decisions.filter { $0.decision == strictest }.map(\.category)
    let explained = leading.filter(ruled.contains)
    let category = (explained.isEmpty ? leading : explained).max { scores[$0] < scores[$1] }
    return (category ?? scores.highest.category, strictest)
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

  /// The up to four words that spoke most for refusing, in the order of the text, and their share of all that spoke for it.
  private func heaviestWords(
    of stretch: Range<Int>, _ contributions: [Float]
  ) -> (words: [Range<Int>], share: Double)? {
    let total = contributions.reduce(0) { $0 + max($1, 0) }
    guard total > 0 else { return nil }
    let saying = contributions.indices.filter {
      let word = stretch.lowerBound + $0
      return !fillers.contains(word) && !Self.stopWords.contains(text.words[word].hash)
    }
    let heaviest = (saying.isEmpty ? Array(contributions.indices) : saying)
      .sorted { contributions[$0] > contributions[$1] }.prefix(4)
      .filter { contributions[$0] > total * 0.04 }.sorted()
    guard !heaviest.isEmpty else { return nil }
    let share = heaviest.reduce(0) { $0 + contributions[$1] } / total
    return (heaviest.map { stretch.lowerBound + $0..<stretch.lowerBound + $0 + 1 }, Double(share))
  }

  /// Words that say nothing by themselves.
  private static let stopWords = Set(
    """
    a an the this that these those of in on at to from by for with without into onto over under and or but nor so as if then than is are \
    was were be been being am do does did has have had will would can could shall should may might must not no it its i me my mine you \
    your yours he him his she her hers we us our they them their who whom whose which what where when why how there here up down out off \
    very more most some any all each every both few many much own same too just only also about around between through during while s t
    """.split(separator: " ").map { WordHash(String($0)) })

  private func typedText(_ span: Range<Int>) -> String {
    let bytes = typed.utf8
    let start = bytes.index(bytes.startIndex, offsetBy: span.lowerBound)
    return String(typed[start..<bytes.index(start, offsetBy: span.count)])
  }
}
