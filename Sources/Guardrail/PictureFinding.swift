/// What a model's own safety checker made of a picture. The guardrail itself sees no pictures.
package struct PictureFinding: Sendable, Equatable {
  /// How far the most telling concept lies above the threshold that the checker gives it; below zero for harmless ones.
  package let score: Double

  package init(score: Double) { self.score = score }

  package var isUnsafe: Bool { score > 0 }
}

/// What becomes of a picture in which the model's own safety checker saw something unsafe.
package enum UnsafePictures: String, Sendable, Codable, CaseIterable {
  /// Nothing is written.
  case withhold
  /// A blurred picture is written, which says so.
  case blur
}

extension ApprovedPrompt {
  /// The policy has switched the guardrail off for this role: nobody looks at the pictures either.
  package var skipsPictures: Bool { verdict.isOff }

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
  /// The concepts of Stable Diffusion's safety checker are all about sexual content.
  fileprivate init(_ finding: PictureFinding, decision: Decision) {
    let score = min(max(finding.score, 0), 1)
    var scores = CategoryScores()
    scores[.sexual] = score
    let reason = Reason(
      category: .sexual, origin: .safetyChecker, weight: score, spans: [], words: [], readAs: "")
    self.init(
      decision: decision, score: score, categories: scores, reasons: [reason], isFixed: false, isOff: false,
      category: .sexual)
  }
}
