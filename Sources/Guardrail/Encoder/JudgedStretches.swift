/// Both judges on one text: the classifier's judgement of the whole and of its clauses, and the encoder's of those that the classifier
/// does not clear.
struct JudgedStretches {
  let classifier: Classifier
  let judge: SecondJudge
  let encoder: any SentenceEncoder
  let text: NormalisedText
  let typed: [UInt8]
  let isForeign: Bool

  /// At most so many stretches of a text are encoded, those that the classifier finds worst.
  private static let most = 8
  /// What the classifier has cleared scores at most so much.
  private static let cleared = 0.3

  /// - Parameter judgements: The classifier's.
  func scores(_ judgements: [Classifier.Judgement]) -> Classifier.Scores {
    let open = judgements.filter { isForeign || $0.logit >= judge.fusion.clear }
    guard !open.isEmpty else {
      var scores = Classifier.scores(judgements)
      scores.limit(to: Self.cleared)
      return scores
    }
    let found = open.sorted { $0.logit > $1.logit }.prefix(Self.most).map(scores)
    return found.max { $0.refuse < $1.refuse } ?? Classifier.scores(judgements)
  }

  private func scores(_ judgement: Classifier.Judgement) -> Classifier.Scores {
    let opinion = judge(encoder(text.sentence(judgement.words, typed: typed, isForeign: isForeign)))
    let fusion = judge.fusion
    let kinds = isForeign ? fusion.offsets[2...] : fusion.offsets[...1]
    let offset = (1 - judgement.post) * kinds[kinds.startIndex] + judgement.post * kinds[kinds.startIndex + 1]
    let logit =
      (isForeign ? fusion.foreignShare : 1) * judgement.logit + fusion.slope * opinion.logit + offset
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
