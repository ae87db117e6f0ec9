/// A text that the guardrail has let pass, or one that a model family makes of such a text: what text encoders read.
/// Only this module can make one.
package struct PromptText: Sendable, Hashable, CustomStringConvertible {
  package let text: String

  init(_ text: String) { self.text = text }

  package var description: String { text }

  /// A text that names a part of what this one says, such as one of the things that it lists, in the singular.
  package func part(_ text: String) -> PromptText { PromptText(text) }
}

/// A prompt that the guardrail has let pass. Only this module can make one, and the engine paints nothing else.
package struct ApprovedPrompt: Sendable, Equatable {
  package let prompt: PromptText
  /// Nil where none was given, which some families tell from an empty one.
  package let negative: PromptText?
  /// `allow` or `warn`, with the scores; the stricter of the verdicts on the two texts.
  package let verdict: Verdict
  /// What becomes of its picture where the model's own safety checker sees something unsafe in it.
  package let unsafePictures: UnsafePictures
  /// How likely a picture may show nudity for limn's filter to let it pass; 1 or more: the filter does not look.
  package let pictureLimit: Double

  /// What speaks against a prompt that passed nonetheless, as a sentence; nil where nothing does.
  package var warning: String? {
    guard verdict.decision == .warn else { return nil }
    let reasons = verdict.reasons.map(\.description).joined(separator: "; ")
    return "The guardrail let this pass with a warning: \(reasons). \(verdict.category.advice(hasWords: true))"
  }
}

/// Why a prompt was not painted, and what to change.
package struct Refusal: Error, Equatable, CustomStringConvertible {
  package let verdict: Verdict
  package let subject: Subject

  /// What was refused.
  package enum Subject: Sendable, Equatable {
    case prompt, negative
    /// A painted picture, because of what the model's safety checker found.
    case picture(PictureFinding)
    /// A picture to start from.
    case reference(PictureFinding)
  }

  /// One or two sentences: what was refused, because of which words, and what to change.
  package var description: String {
    switch subject {
    case .prompt: sentences(about: "The prompt")
    case .negative: sentences(about: "The negative prompt")
    case .picture(let finding):
      "The picture was withheld: \(finding.lookerPhrase) saw unsafe content in it, with a score of \(finding.score) where anything above \(finding.limitText) counts. Choose another seed or describe the scene otherwise."
    case .reference(let finding):
      "The picture to start from was refused: \(finding.lookerPhrase) saw unsafe content in it, with a score of \(finding.score) where anything above \(finding.limitText) counts. Start from another picture."
    }
  }

  private func sentences(about subject: String) -> String {
    if !verdict.isFixed, let denied = verdict.reasons.first(where: { $0.origin == .denyList }) {
      return
        "\(subject) was refused because “\(denied.words.joined())” is on the deny list of this installation. Leave it out."
    }
    var listed: [String] = []
    let reasons = verdict.reasons.filter { $0.category == verdict.category }
    // A rule's words say more than those that the classifier weighed beside them.
    let ruled = reasons.filter { if case .rule = $0.origin { true } else { false } }
    for word in (ruled.isEmpty ? reasons : ruled).prefix(2).flatMap(\.words)
    where !listed.contains(word) && listed.count < 3 {
      listed.append(word)
    }
    let words = listed.map { "“\($0)”" }.joined(separator: listed.count == 2 ? " and " : ", ")
    let because = listed.isEmpty ? "" : " because of \(words)"
    return "\(subject) was refused as \(verdict.category.phrase)\(because). \(advice(hasWords: !listed.isEmpty))"
  }

  private func advice(hasWords: Bool) -> String {
    if verdict.isFixed { return "Leave out either the young people or the sexual content; no setting lifts this." }
    return verdict.category.advice(hasWords: hasWords)
  }
}

extension Category {
  /// What to change in a prompt that this speaks against, as a sentence.
  ///
  /// - Parameter hasWords: Whether words are named beside it.
  func advice(hasWords: Bool) -> String {
    switch self {
    case .sexual, .sexualMinors: "Describe the people dressed and the scene without nudity or sexual acts."
    case .violenceGraphic: "Show the scene without wounds, killing or cruelty."
    case .hate: "Describe people without contempt for what they are or where they come from."
    case .harassment:
      hasWords ? "Leave these words out or choose kinder ones." : "Describe people without insulting them."
    case .selfHarm: "Leave the self-harm out; if this is about you, please talk to someone you trust or to a helpline."
    case .illegal: "Ask for a picture that does not show how to commit a crime."
    case .shocking: "Leave out what is meant to disgust or frighten."
    }
  }
}
