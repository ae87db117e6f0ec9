/// What a network that looks at pictures made of one. The guardrail itself sees no pictures.
package struct PictureFinding: Sendable, Equatable {
  /// Who looked.
  package enum Looker: String, Sendable {
    /// A model's own.
    case safetyChecker = "safety checker"
    /// limn's, which looks at every picture.
    case filter = "picture filter"
  }

  package let looker: Looker
  /// Of a safety checker: how far the most telling concept lies above the threshold that the checker gives it, below zero for
  /// harmless ones. Of the filter: how likely the picture shows nudity, 0 to 1.
  package let score: Double
  /// The highest score of a picture that is let pass.
  package let limit: Double

  /// Of a model's own safety checker.
  package init(score: Double) { (looker, self.score, limit) = (.safetyChecker, score, 0) }

  fileprivate init(nudity: Double, limit: Double) { (looker, score, self.limit) = (.filter, nudity, limit) }

  package var isUnsafe: Bool { score > limit }

  var limitText: String { limit == 0 ? "0" : "\(limit)" }

  /// Who looked, as sentences say it.
  package var lookerPhrase: String {
    switch looker {
    case .safetyChecker: "the model's own safety checker"
    case .filter: "the picture filter"
    }
  }
}

/// What becomes of a picture in which a safety checker, or the filter, saw something unsafe.
package enum UnsafePictures: String, Sendable, Codable, CaseIterable {
  /// Nothing is written.
  case withhold
  /// A blurred picture is written, which says so.
  case blur
}

extension ApprovedPrompt {
  /// The policy has switched the guardrail off for this role: nobody looks at the pictures either.
  package var skipsPictures: Bool { verdict.isOff }

  /// What the filter's look at a picture means here; nil where the policy wants none.
  ///
  /// - Parameter nudity: How likely the picture shows some, 0 to 1.
  package func finding(nudity: Double) -> PictureFinding? {
    usesPictureFilter ? PictureFinding(nudity: nudity, limit: pictureLimit) : nil
  }

  /// Whether limn's own filter looks at pictures.
  package var usesPictureFilter: Bool { !skipsPictures && pictureLimit < 1 }

  /// Whether the prompt's picture may be handed out.
  ///
  /// - Returns: Nil where nothing speaks against it; else the verdict on a picture that is to be blurred.
  /// - Throws: Where the policy withholds it.
  package func judge(_ finding: PictureFinding) throws(Refusal) -> Verdict? {
    guard finding.isUnsafe, !skipsPictures else { return nil }
    guard unsafePictures == .blur else {
      throw Refusal(verdict: Verdict(finding, decision: .block), subject: .picture(finding))
    }
    return Verdict(finding, decision: .warn)
  }

  /// Whether a picture may be started from; blurring helps nobody there.
  package func judge(reference finding: PictureFinding) throws(Refusal) {
    guard finding.isUnsafe, !skipsPictures else { return }
    throw Refusal(verdict: Verdict(finding, decision: .block), subject: .reference(finding))
  }
}

extension Verdict {
  /// The concepts of Stable Diffusion's safety checker are all about sexual content, and so is the filter.
  fileprivate init(_ finding: PictureFinding, decision: Decision) {
    let score = min(max(finding.score, 0), 1)
    var scores = CategoryScores()
    scores[.sexual] = score
    let reason = Reason(
      category: .sexual, origin: finding.looker == .filter ? .pictureFilter : .safetyChecker, weight: score, spans: [],
      words: [], readAs: "")
    self.init(
      decision: decision, score: score, categories: scores, reasons: [reason], isFixed: false, isOff: false,
      category: .sexual)
  }
}
