/// The classifier's judgement of the whole of a reading and of its clauses, and those of them that the second judge reads too: what the
/// classifier does not clear.
struct JudgedStretches {
  /// Whether framing words were taken out of the reading.
  let isUnframed: Bool
  /// Whether the reading is in another language than English.
  let isForeign: Bool
  /// The classifier's.
  let judgements: [Classifier.Judgement]
  /// The worst of those that it does not clear, and what the encoder is given of each.
  let open: [(judgement: Classifier.Judgement, sentence: String)]

  /// At most so many stretches of a reading are encoded, those that the classifier finds worst.
  private static let most = 8
  /// How much more must speak against a clause, and against a text without its framing words, than against one as it was typed, as
  /// logits: they lack what the rest says. By cross-validation these find most.
  private static let (clausePenalty, unframedPenalty): (Float, Float) = (1, 0.3)
  /// What the classifier has cleared scores at most so much.
  private static let cleared = 0.3

  /// - Parameters:
  ///   - judge: Nil where the classifier judges alone.
  ///   - typed: The text that the reading was made of.
  init(
    _ judgements: [Classifier.Judgement], judge: SecondJudge?, text: NormalisedText, typed: [UInt8], isUnframed: Bool,
    isForeign: Bool
  ) {
    (self.isUnframed, self.isForeign) = (isUnframed, isForeign)
    self.judgements = judgements
    guard let judge else {
      open = []
      return
    }
    open = judgements.filter { isForeign || $0.logit >= judge.fusion.clear }.sorted { $0.logit > $1.logit }
      .prefix(Self.most).map { ($0, text.sentence($0.words, typed: typed, isForeign: isForeign)) }
  }

  /// - Parameter opinions: The second judge's on every sentence in ``open``; empty where there is no such judge.
  func scores(_ judge: SecondJudge?, opinions: [String: SecondJudge.Opinion]) -> Classifier.Scores {
    guard let judge else { return Classifier.scores(judgements) }
    let found = open.compactMap { part in opinions[part.sentence].map { fused(part.judgement, $0, judge.fusion) } }
    if let worst = found.max(by: { $0.refuse < $1.refuse }) { return worst }
    var scores = Classifier.scores(judgements)
    scores.limit(to: Self.cleared)
    return scores
  }

  private func fused(
    _ judgement: Classifier.Judgement, _ opinion: SecondJudge.Opinion, _ fusion: SecondJudge.Fusion
  ) -> Classifier.Scores {
    let kinds = isForeign ? fusion.offsets[2...] : fusion.offsets[...1]
    let offset = (1 - judgement.post) * kinds[kinds.startIndex] + judgement.post * kinds[kinds.startIndex + 1]
    let logit =
      (isForeign ? fusion.foreignShare : 1) * judgement.logit + fusion.slope * opinion.logit + offset
      - (judgement.isWhole ? 0 : Self.clausePenalty) - (isUnframed ? Self.unframedPenalty : 0)
    let refuse = Classifier.probability(logit)
    // Both say which category; in another language the encoder alone.
    let highest = max(judgement.categories.max() ?? 0, 1e-9)
    let shares = zip(judgement.categories, opinion.categories).map { quick, share in
      (isForeign ? Double(share) : (quick / highest * Double(share)).squareRoot())
    }
    let most = max(shares.max() ?? 0, 1e-9)
    var result = Classifier.Scores(refuse: refuse, categories: CategoryScores(), stretch: judgement.words)
    for (category, share) in zip(Category.allCases, shares) { result.categories[category] = refuse * share / most }
    return result
  }
}

extension Classifier.Scores {
  /// Brings all scores down in proportion.
  fileprivate mutating func limit(to highest: Double) {
    guard refuse > highest else { return }
    for category in Category.allCases { categories[category] *= highest / refuse }
    refuse = highest
  }
}
