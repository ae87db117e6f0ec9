import Foundation

/// Learning the classifier from labelled texts. The same texts, rules and plan give the same bytes.
package struct Training {
  /// The sizes and rates that measured best.
  package struct Plan: Sendable {
    package var tableBits = 18
    /// Features that fewer texts have are left out.
    package var fewestTexts = 2
    /// What one error costs beside the length of the weights.
    package var cost: Float = 1
    package var rounds = 12
    package var folds = 5
    package var seed: UInt64 = 1
    /// The score at which a policy's standard refuses, and the shares that reach it of harmless prompts, all sources together, and
    /// of harmless posts, in the source where they are most.
    package var threshold: Float = 0.8
    package var falseAlarms: (prompts: Double, posts: Double) = (0.0065, 0.02)

    package init() {}
  }

  package let plan: Plan
  let texts: [LabelledText]
  let vocabulary: ClassifierWords
  private let table: FeatureTable
  /// Of the texts' readings, and after them of their clauses.
  private var vectors = LinearModel.Vectors()
  /// What each text is judged by: its readings, whole, and their clauses.
  private var stretches: [[Stretch]] = []

  private struct Stretch {
    var vector: Int
    /// Of `readings`.
    var reading: Int
    var words: Range<Int>
    var isWhole: Bool
    var penalty: Float
  }
  private let lessons: [Lesson]
  /// The rule with the highest score that each text falls under.
  private var strictestRules: [RuleSet.Rule?] = []
  /// Of each text, with and without its framing words, and whether it is in another language.
  private let readings: [(text: NormalisedText, isForeign: Bool)]
  private let folds: [Int]
  private let progress: (String) -> Void

  /// - Parameters:
  ///   - texts: those marked for development are left out.
  ///   - dictionary: words that exist though no text may have them.
  ///   - foreignDictionary: words of other languages; those are remembered in which a rule's word would be read otherwise.
  ///   - progress: told one line at a time what is going on.
  package init(
    texts: [LabelledText], dictionary: [String] = [], foreignDictionary: [String] = [], rules: RuleSet,
    plan: Plan = Plan(),
    progress: @escaping (String) -> Void
  ) throws(GuardrailError) {
    self.plan = plan
    self.progress = progress
    var texts = texts.filter { !$0.isDevelopment && $0.tier != "grey" }
    guard texts.contains(where: { $0.category != nil }), texts.contains(where: { $0.category == nil }) else {
      throw .trainingData(
        "texts to refuse and texts to allow are both needed; found only one kind among \(texts.count).")
    }
    var vocabulary = Self.vocabulary(of: texts, and: dictionary)
    let before = Guardrail.normaliser(rules: rules, words: vocabulary)
    vocabulary.rare += Self.misread(foreignDictionary, by: before)
    self.vocabulary = vocabulary
    progress(
      "\(texts.count) texts, \(vocabulary.used.count) words that they use and \(vocabulary.rare.count) others, \(rules.summary)"
    )
    let normaliser = Guardrail.normaliser(rules: rules, words: vocabulary)
    texts += Self.harmless(dictionary, rules: rules, normaliser: normaliser)
    self.texts = texts
    var features: [TextFeatures] = []
    var owning: [(features: TextFeatures, say: Int)] = []
    var readings: [(text: NormalisedText, isForeign: Bool)] = []
    var plainest: [NormalisedText] = []
    for text in texts {
      let found = rules.readings(of: normaliser(text.text))
      stretches.append([])
      strictestRules.append(nil)
      for (plain, terms) in found {
        stretches[stretches.count - 1].append(
          Stretch(
            vector: readings.count, reading: readings.count, words: 0..<plain.words.count, isWhole: true, penalty: 0))
        features.append(TextFeatures(plain, terms: terms, rules: rules, tableBits: plan.tableBits))
        let rules =
          rules.ruleHits(for: terms.hits).map(\.rule) + [strictestRules[strictestRules.count - 1]].compactMap(\.self)
        strictestRules[strictestRules.count - 1] = rules.max { $0.score < $1.score }
        readings.append((plain, terms.isForeign || plain.isWrittenOtherwise))
      }
      owning.append((features[features.count - found.count], Trust(text).sayInTable))
      plainest.append(readings[readings.count - 1].text)
    }
    self.readings = readings
    folds = Self.folds(of: plainest, texts: texts, count: plan.folds)
    table = FeatureTable(bits: plan.tableBits, texts: owning, fewest: plan.fewestTexts)
    for features in features { vectors.append(table.vector(features)) }
    var count = readings.count
    for (index, text) in texts.enumerated() {
      for reading in stretches[index].map(\.reading) {
        for clause in features[reading].clauses where !text.isPost || clause.boundary == .sign {
          vectors.append(table.vector(features[reading], words: clause.words))
          stretches[index].append(
            Stretch(
              vector: count, reading: reading, words: clause.words, isWhole: false,
              penalty: Classifier.penalty(of: clause)))
          count += 1
        }
      }
    }
    lessons = texts.map(Lesson.init)
  }

  /// Trains on all texts after measuring and calibrating on parts left out.
  /// - Returns: the bytes of a classifier file.
  ///
  /// - Parameter lessons: Is given what the second judge learns from (`LessonLine`), a JSON object a line.
  package func run(lessons write: ((String) throws -> Void)? = nil) rethrows -> [UInt8] {
    let logits = crossValidated()
    let calibration = calibration(of: logits)
    let calibrated = logits.map { Classifier.calibrated($0, by: calibration) }
    report(calibrated)
    try write?(lessonLines(calibrated))
    progress("training on all \(lessons.count) texts")
    let models = (0..<Classifier.Output.count).map { trained($0, leavingOut: nil) }
    return table.file(of: models, calibration: calibration, words: vocabulary)
  }

  private func trained(_ output: Int, leavingOut fold: Int?) -> LinearModel {
    let examples = lessons.indices.flatMap { index -> [LinearModel.Example] in
      guard let side = lessons[index].sides[output], fold == nil || folds[index] != fold else { return [] }
      let readings = stretches[index].filter(\.isWhole)
      return readings.map {
        LinearModel.Example(
          vector: $0.vector, isPositive: side.isPositive, cost: side.cost * plan.cost / Float(readings.count))
      }
    }
    var model = LinearModel(rowCount: 1 << plan.tableBits)
    model.learn(examples, vectors: vectors, rounds: plan.rounds, seed: plan.seed &+ UInt64(output))
    return model
  }

  /// The logits of each text and clause from models that have not seen it.
  private func crossValidated() -> [[Float]] {
    var logits = [[Float]](
      repeating: .init(repeating: 0, count: Classifier.Output.count), count: vectors.starts.count - 1)
    for fold in 0..<plan.folds {
      for output in 0..<Classifier.Output.count {
        let model = trained(output, leavingOut: fold)
        for index in lessons.indices where folds[index] == fold {
          for vector in stretches[index].map(\.vector) {
            logits[vector][output] = model.logit(vector, of: vectors)
          }
        }
      }
      progress("part \(fold + 1) of \(plan.folds) measured")
    }
    return logits
  }

  /// Slopes by Platt's method; the experts' offsets so that the plan's share of harmless texts reaches its threshold.
  private func calibration(of logits: [[Float]]) -> [Float] {
    (0..<Classifier.Output.count).flatMap { output -> [Float] in
      let examples = lessons.indices.compactMap { index in
        lessons[index].sides[output].map {
          (logit: logits[stretches[index][0].vector][output], isPositive: $0.isPositive, weight: $0.cost)
        }
      }
      let fit = PlattScaling(examples)
      guard output < Classifier.Output.gate, examples.contains(where: \.isPositive) else {
        return [fit.slope, fit.offset]
      }
      let share = output == Classifier.Output.prompt ? plan.falseAlarms.prompts : plan.falseAlarms.posts
      let highest = max(self.highest(output, logits: logits, slope: fit.slope, share: share), 0)
      return [fit.slope, log(plan.threshold / (1 - plan.threshold)) - fit.slope * highest]
    }
  }

  /// The logit that at most a share of the harmless texts are above: of all believed sources of prompts together, of posts of every
  /// one; a text that a rule names is refused from a lower one on, and counts as that much higher.
  private func highest(_ output: Int, logits: [[Float]], slope: Float, share: Double) -> Float {
    let arePrompts = output == Classifier.Output.prompt
    var bySource: [String: [Float]] = [:]
    for index in lessons.indices {
      guard let side = lessons[index].sides[output], !side.isPositive, side.cost >= 1,
        arePrompts || texts[index].isForeign == (output == Classifier.Output.foreignPost)
      else { continue }
      let worst = stretches[index].map { logits[$0.vector][output] - $0.penalty / slope }.max() ?? -.infinity
      bySource[arePrompts ? "" : texts[index].source, default: []].append(worst + help(ofRulesFor: index) / slope)
    }
    return bySource.values.map { found in
      found.sorted(by: >)[min(Int(Double(found.count) * share), found.count - 1)]
    }.max() ?? 0
  }

  /// How much lower a text's calibrated logit is refused from because of the rules.
  private func help(ofRulesFor index: Int) -> Float {
    guard let rule = strictestRules[index] else { return 0 }
    func logit(_ probability: Float) -> Float { log(probability / (1 - probability)) }
    for percent in stride(from: 1, to: Int(plan.threshold * 100), by: 1)
    where VerdictBuilder.score(of: rule, refuse: Double(percent) / 100) >= Double(plan.threshold) {
      return logit(plan.threshold) - logit(Float(percent) / 100)
    }
    return 0
  }

  /// How good the models are on texts that they have not seen, and what block thresholds of a policy would do.
  private func report(_ logits: [[Float]]) {
    let report = SourceReport(
      texts: texts,
      scores: lessons.indices.map { index in
        let refuse = Classifier.probability(judgements(on: index, logits).map(\.logit).max() ?? 0)
        return max(refuse, strictestRules[index].map { VerdictBuilder.score(of: $0, refuse: refuse) } ?? 0)
      })
    progress(report.description)
    for threshold in [0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9] {
      progress("refusing from \(threshold) on: \(report.summary(at: threshold))")
    }
  }

  /// What is said of each of a text's stretches.
  private func judgements(on index: Int, _ logits: [[Float]]) -> [(stretch: Stretch, logit: Float, post: Float)] {
    stretches[index].map { stretch in
      // A part of a text is as long as any.
      let count = stretch.isWhole ? stretch.words.count : .max
      return (
        stretch, Classifier.refusalLogit(logits[stretch.vector], words: count) - stretch.penalty,
        1 - Classifier.shares(logits[stretch.vector], words: count)[0]
      )
    }
  }

  /// A line a text: what the encoder would read of it and what the classifier says of that, never having seen it.
  private func lessonLines(_ logits: [[Float]]) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return texts.indices.map { index in
      let (text, bytes) = (texts[index], Array(texts[index].text.utf8))
      let line = LessonLine(
        source: text.source, category: text.category?.rawValue, isPost: text.isPost, fold: folds[index],
        trust: Trust(text).refuse, categoryTrust: Trust(text).category,
        stretches: judgements(on: index, logits).map { judgement in
          let (text, isForeign) = readings[judgement.stretch.reading]
          return .init(
            text: text.sentence(judgement.stretch.words, typed: bytes, isForeign: isForeign), isForeign: isForeign,
            isWhole: judgement.stretch.isWhole, logit: judgement.logit, post: judgement.post)
        })
      return String(decoding: (try? encoder.encode(line)) ?? Data(), as: UTF8.self) + "\n"
    }.joined()
  }

  /// Every so many words of a dictionary make a prompt.
  private static let dictionaryStep = 8

  /// Words that no rule has a term for, as prompts: most short ones are harmless, which longer texts do not teach.
  private static func harmless(_ dictionary: [String], rules: RuleSet, normaliser: Normaliser) -> [LabelledText] {
    stride(from: 0, to: dictionary.count, by: dictionaryStep).compactMap { index in
      let word = dictionary[index]
      guard word.allSatisfy({ $0.isASCII && $0.isLowercase }), word.count >= 3,
        rules.terms(in: normaliser(word)).hits.isEmpty
      else { return nil }
      return LabelledText(
        text: "a \(word)", category: nil, source: "dictionary", tier: "core", isDevelopment: false)
    }
  }

  /// Invented texts are always learned from (-1); texts that share a run of eight words or differ in a single one fall into the
  /// same part.
  private static func folds(of normalised: [NormalisedText], texts: [LabelledText], count: Int) -> [Int] {
    var parents = Array(texts.indices)
    func root(_ index: Int) -> Int {
      var index = index
      while parents[index] != index {
        parents[index] = parents[parents[index]]
        index = parents[index]
      }
      return index
    }
    func digest(_ hashes: ArraySlice<UInt64>) -> UInt64 {
      hashes.reduce(0) { ($0 ^ ($0 >> 29)) &* 0xD6E8_FEB8_6659_FD93 ^ $1 }
    }
    var owners: [UInt64: Int] = [:]
    func join(_ key: UInt64, _ index: Int) {
      if let owner = owners[key] { parents[root(index)] = root(owner) } else { owners[key] = index }
    }
    for (index, text) in normalised.enumerated() where !texts[index].isInvented {
      let hashes = text.words.map(\.hash.value)
      for start in 0...max(hashes.count - 8, 0) { join(digest(hashes[start..<min(start + 8, hashes.count)]), index) }
      guard (3...24).contains(hashes.count) else { continue }
      for position in hashes.indices { join(digest(hashes[..<position] + [1] + hashes[(position + 1)...]), index) }
    }
    return texts.indices.map { index in
      guard !texts[index].isInvented else { return -1 }
      return Int(WordHash(texts[root(index)].text).value >> 33) % count
    }
  }

  /// Hashes of the words in which a telling one is read.
  private static func misread(_ words: [String], by normaliser: Normaliser) -> [UInt64] {
    var found: Set<UInt64> = []
    for word in words {
      let letters = normaliser.fold(word)
      guard letters.count == 1, letters[0].count >= 4, letters[0].count <= longestForeignWord else { continue }
      let hash = WordHash(letters[0])
      let reading = normaliser(word).words
      guard reading.count > 1 || reading.first?.hash != hash,
        reading.contains(where: { normaliser.vocabulary[$0.hash] == .telling })
      else { continue }
      found.insert(hash.value)
    }
    return found.sorted()
  }

  /// In letters; longer ones are inflected compounds by the million, which no prompt has.
  private static let longestForeignWord = 16

  /// Hashes of the words that two harmless texts use, or four of any kind, or one from a source without misspellings; most used
  /// first, and those of the dictionary after them.
  private static func vocabulary(of texts: [LabelledText], and dictionary: [String]) -> ClassifierWords {
    var counts: [UInt64: Int] = [:]
    let plain = Normaliser(tellingWords: [])
    for text in texts {
      let share = text.isCarefullyWritten ? 4 : text.category == nil || text.source == "weak_coprov2" ? 2 : 1
      let normalised = plain(text.text)
      var seen: Set<UInt64> = []
      for word in normalised.words where word.letters.count >= 2 {
        let letters = normalised.letters[word.letters]
        guard letters.allSatisfy({ $0 > 0x39 }), seen.insert(word.hash.value).inserted else { continue }
        counts[word.hash.value, default: 0] += share
      }
    }
    var words = ClassifierWords(
      used: counts.filter { $0.value >= 4 }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key))
    var known = Set(words.used)
    for word in dictionary {
      let letters = plain.fold(word)
      guard letters.count == 1, letters[0].count >= 3 else { continue }
      let hash = WordHash(letters[0]).value
      if known.insert(hash).inserted { words.rare.append(hash) }
    }
    return words
  }
}
