/// What the guardrail makes of a text, from harmless to forbidden.
package enum Decision: String, Sendable, Codable, Comparable {
  case allow, warn, block

  private var severity: Int {
    switch self {
    case .allow: 0
    case .warn: 1
    case .block: 2
    }
  }

  package static func < (left: Decision, right: Decision) -> Bool { left.severity < right.severity }
}

/// The answer to one text: a decision, how sure it is, and why.
package struct Verdict: Sendable, Equatable {
  package let decision: Decision
  /// The highest score of all categories, 0...1.
  package let score: Double
  package let categories: CategoryScores
  /// What weighed most, heaviest first; empty for a text that nothing speaks against.
  package let reasons: [Reason]
  /// A rule that no policy, role or threshold can switch off has matched.
  package let isFixed: Bool
  /// The policy has switched the guardrail off for this role: only fixed rules can refuse.
  package let isOff: Bool

  /// The category that the decision is about: the highest of the blocked (or warned) ones.
  package let category: Category
}

/// One reason: a rule that matched or words that the classifier weighed, with their place in the text as typed.
package struct Reason: Sendable, Equatable {
  package enum Origin: Sendable, Equatable {
    /// The name of the rule in its file, for example `sexual/nudity`.
    case rule(String)
    case classifier
    /// An entry of the policy's deny list.
    case denyList
    /// The model's own safety checker, which looked at a picture.
    case safetyChecker
    /// limn's own filter for pictures.
    case pictureFilter
  }

  package let category: Category
  package let origin: Origin
  /// 0...1 for a rule; for the classifier, the share of the evidence that these words are.
  package let weight: Double
  /// The places in the text as typed: ranges of UTF-8 offsets, in order.
  package let spans: [Range<Int>]
  /// The text of each span as typed.
  package let words: [String]
  /// What was read there, where it was disguised: `n u d e` is read as `nude`. Empty where nothing was disguised.
  package let readAs: String

  /// One line for people.
  package var description: String {
    let quoted = words.map { "“\($0)”" }.joined(separator: " with ")
    let disguise = readAs.isEmpty ? "" : " (read as “\(readAs)”)"
    return switch origin {
    case .rule(let name): "\(quoted)\(disguise): \(category.phrase), by the rule \(name)"
    case .classifier: "\(quoted)\(disguise): weighed as \(category.phrase)"
    case .denyList: "\(quoted)\(disguise): on the deny list of this installation"
    case .safetyChecker: "\(category.phrase), seen by the model's own safety checker"
    case .pictureFilter: "\(category.phrase), seen by the picture filter"
    }
  }
}
