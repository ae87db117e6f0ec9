import Foundation

/// Learning the classifier from labelled texts. The same texts, rules and plan give the same bytes.
package struct Training {
  /// The sizes and rates that measured best.
  package struct Plan: Sendable {
    package var tableBits = 16
    /// Columns of each network.
    package var width = 24
    /// Networks that learn from different beginnings and whose logits are averaged.
    package var members = 4
    package var epochs = 5
    package var rate: Float = 0.15
    package var dropout: Float = 0.3
    package var folds = 4
    package var seed: UInt64 = 1

    package init() {}
  }

  package let plan: Plan
  let rules: RuleSet
  let texts: [LabelledText]
  let vocabulary: [UInt64]
  /// Features of all texts, one after another.
  private var rows: [UInt32] = []
  private var lessons: [Lesson] = []
  /// For each lesson the features from lists alone: texts in languages with few examples are known by little else.
  private var listRows: [Range<Int>] = []
  /// The highest score that a rule gives each text.
  private var ruleScores: [Double] = []
  private let progress: (String) -> Void

  /// - Parameters:
  ///   - texts: those marked for development are left out.
  ///   - progress: told one line at a time what is going on.
  package init(
    texts: [LabelledText], rules: RuleSet, plan: Plan = Plan(), progress: @escaping (String) -> Void
  ) throws(GuardrailError) {
    self.plan = plan
    self.rules = rules
    self.progress = progress
    self.texts = texts.filter { !$0.isDevelopment && $0.tier != "grey" }
    guard self.texts.contains(where: { $0.category != nil }), self.texts.contains(where: { $0.category == nil }) else {
      throw .trainingData(
        "texts to refuse and texts to allow are both needed; found only one kind among \(self.texts.count).")
    }
    vocabulary = Self.vocabulary(of: self.texts)
    progress("\(self.texts.count) texts, \(vocabulary.count) words that exist, \(rules.summary)")
    let normaliser = Guardrail.normaliser(rules: rules, words: vocabulary)
    for text in self.texts {
      let normalised = normaliser(text.text)
      let terms = rules.terms(in: normalised)
      let features = TextFeatures(normalised, terms: terms, rules: rules, tableBits: plan.tableBits)
      ruleScores.append(rules.ruleHits(for: terms.hits).map(\.rule.score).max() ?? 0)
      lessons.append(Lesson(text, rows: rows.count..<rows.count + features.rows.count))
      rows += features.rows
      listRows.append(rows.count..<rows.count + features.listRows.count)
      rows += features.listRows
    }
  }

  /// Trains on all texts after measuring and calibrating on parts left out.
  /// - Returns: the bytes of a classifier file.
  package func run() -> [UInt8] {
    let logits = crossValidated()
    let calibration = (0..<Classifier.outputs).flatMap { output -> [Float] in
      let examples = lessons.indices.filter { lessons[$0].importance[output] >= (output == 0 ? 1 : 0.5) }
      let fit = PlattScaling(
        examples.map { (logits[$0][output], lessons[$0].targets[output] > 0, lessons[$0].importance[output]) })
      return [fit.slope, fit.offset]
    }
    reportThresholds(logits: logits, slope: calibration[0], offset: calibration[1])
    progress("training on all \(lessons.count) texts")
    let networks = trained(leavingOut: nil)
    progress("calibration of “refuse”: slope \(calibration[0]), offset \(calibration[1])")
    return Network.file(of: networks, tableBits: plan.tableBits, calibration: calibration, words: vocabulary)
  }

  /// What block thresholds of a policy would do to texts not seen.
  private func reportThresholds(logits: [[Float]], slope: Float, offset: Float) {
    let report = SourceReport(
      texts: texts,
      scores: lessons.indices.map { max(Classifier.probability(logits[$0][0] * slope + offset), ruleScores[$0]) })
    for threshold in [0.65, 0.7, 0.75, 0.8, 0.85, 0.9] {
      progress("refusing from \(threshold) on: \(report.summary(at: threshold))")
    }
  }

  /// Each text's logits from a network that has not seen it.
  private func crossValidated() -> [[Float]] {
    var logits = [[Float]](repeating: [], count: lessons.count)
    for fold in 0..<plan.folds {
      let networks = trained(leavingOut: fold)
      for index in lessons.indices where self.fold(of: index) == fold {
        let found = networks.map { $0.logits(rows[lessons[index].rows]) }
        logits[index] = found[0].indices.map { output in found.reduce(0) { $0 + $1[output] } / Float(found.count) }
      }
      progress("part \(fold + 1) of \(plan.folds) measured")
    }
    let scores = lessons.indices.map { max(Classifier.probability(logits[$0][0]), ruleScores[$0]) }
    progress(SourceReport(texts: texts, scores: scores).description)
    return logits
  }

  /// Texts of the same words fall into the same part.
  private func fold(of index: Int) -> Int {
    var hash = WordHash()
    for scalar in texts[index].text.unicodeScalars where scalar.properties.isAlphabetic {
      hash.append(scalar.value | 32)
    }
    return Int(hash.value >> 33) % plan.folds
  }

  private func trained(leavingOut fold: Int?) -> [Network] {
    (0..<plan.members).map { trained(leavingOut: fold, seed: plan.seed &+ UInt64($0) &* 1000) }
  }

  private func trained(leavingOut fold: Int?, seed: UInt64) -> Network {
    var network = Network(tableBits: plan.tableBits, width: plan.width, outputs: Lesson.outputs, seed: seed)
    var generator = SplitMix64(state: seed &+ 17)
    var order = lessons.indices.filter { self.fold(of: $0) != fold }
    for epoch in 0..<plan.epochs {
      generator.shuffle(&order)
      let rate = plan.rate * (1 - 0.9 * Float(epoch) / Float(plan.epochs))
      for index in order {
        let lesson = lessons[index]
        network.learn(
          rows[lesson.rows], targets: lesson.targets, importance: lesson.importance, rate: rate, dropout: plan.dropout)
        if texts[index].source.hasSuffix("hatecheck"), listRows[index].count > 8,
          texts[index].source.hasSuffix("hatecheck")
        {
          network.learn(
            rows[listRows[index]], targets: lesson.targets, importance: lesson.importance, rate: rate,
            dropout: plan.dropout)
        }
      }
    }
    return network
  }

  /// Hashes of the words that two harmless texts use, or one from a source without misspellings; most used first.
  private static func vocabulary(of texts: [LabelledText]) -> [UInt64] {
    var counts: [UInt64: Int] = [:]
    let plain = Normaliser(tellingWords: [])
    for text in texts where text.category == nil || text.source == "weak_coprov2" {
      let normalised = plain(text.text)
      var seen: Set<UInt64> = []
      for word in normalised.words where word.letters.count >= 2 {
        let letters = normalised.letters[word.letters]
        guard letters.allSatisfy({ $0 > 0x39 }), seen.insert(word.hash.value).inserted else { continue }
        counts[word.hash.value, default: 0] += text.isCarefullyWritten ? 2 : 1
      }
    }
    return counts.filter { $0.value >= 2 }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
  }
}
