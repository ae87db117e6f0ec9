import Foundation

/// Hashes of the words that exist.
struct ClassifierWords: Sendable {
  /// Those of the texts that were learned from, most used first.
  var used: [UInt64] = []
  /// Those of a dictionary that the texts lack.
  var rare: [UInt64] = []
}

/// Linear models over hashed features that share one table: three experts for "refuse", for prompts, for posts in English and
/// for posts in other languages, gates that tell how far a text is a post and in another language, and one model for each
/// category. All are calibrated.
///
/// A row of the table is sixteen 8-bit numbers: the weights of the outputs, the square of the feature's rarity (its inverse
/// document frequency) and a check, by which a feature knows whether the row is its own; a feature without a row counts for
/// nothing.
package struct Classifier: Sendable {
  /// The numbers beside the table, one after another in the file.
  struct Head: Sendable, Equatable {
    /// Scale of each output's column.
    var scales: [Float]
    var bias: [Float]
    /// Slope and offset that turn each logit into that of a calibrated probability (Platt 1999).
    var calibration: [Float]
  }

  enum Output {
    static let prompt = 0
    static let post = 1
    static let foreignPost = 2
    static let gate = 3
    static let foreignGate = 4
    static let categories = 5
    static let count = categories + Category.count
    /// Columns after the outputs.
    static let rarity = count
    static let check = count + 1
  }

  /// One over the step in which squares of rarity are stored.
  static let rarityScale: Float = 0.9

  let tableBits: Int
  let head: Head
  let words: ClassifierWords
  /// A whole file, the table at its end.
  let bytes: [UInt8]
  let tableStart: Int

  /// The answer to one text.
  struct Scores {
    var refuse: Double
    var categories: CategoryScores
    /// The words that were judged worst: all of a text, a clause, or a stretch of a long one.
    var stretch: Range<Int>
  }

  /// Texts of more words than this are judged stretch by stretch.
  static let longestStretch = 120

  /// What is said of a stretch of words.
  struct Judgement: Sendable {
    let words: Range<Int>
    /// Whether it is all of the text, or a stretch of a long one, and no clause.
    let isWhole: Bool
    /// Of "refuse", calibrated.
    let logit: Float
    /// How far the stretch is a post, 0...1.
    let post: Float
    /// Probabilities.
    let categories: [Double]
  }

  /// - Parameter features: the whole text's.
  func scores(_ features: TextFeatures) -> Scores { Self.scores(judgements(features)) }

  /// The worst of several judgements on one text.
  static func scores(_ judgements: [Judgement]) -> Scores {
    guard let worst = judgements.max(by: { $0.logit < $1.logit }) else {
      return Scores(refuse: 0, categories: CategoryScores(), stretch: 0..<0)
    }
    let refuse = probability(worst.logit)
    let highest = max(worst.categories.max() ?? 0, 1e-9)
    var result = Scores(refuse: refuse, categories: CategoryScores(), stretch: worst.words)
    // The likeliest category takes the whole probability; the others theirs in proportion.
    for (category, probability) in zip(Category.allCases, worst.categories) {
      result.categories[category] = refuse * probability / highest
    }
    return result
  }

  /// Of the whole text, or of the stretches of a long one, and of its clauses.
  func judgements(_ features: TextFeatures) -> [Judgement] {
    let count = features.words.starts.count - 1
    let whole = Self.stretches(of: 0..<count).map { judgement(features, words: $0) }
    let isPost = (whole.max { $0.logit < $1.logit }?.post ?? 0) > 0.5
    // In a post, one clause often takes another back.
    let clauses = features.clauses.filter { !isPost || $0.boundary == .sign }.flatMap { clause in
      Self.stretches(of: clause.words).map { judgement(features, words: $0, clause: clause) }
    }
    return whole + clauses
  }

  /// How much more must speak against a clause than against a whole prompt, as a logit: it lacks what the others say.
  static func penalty(of clause: NormalisedText.Clause) -> Float {
    switch clause.boundary {
    case .none, .sentence: 0
    case .joiner, .sign: 1
    case .quotation: 2.5
    }
  }

  /// The words themselves, or parts of many that overlap by half.
  private static func stretches(of words: Range<Int>) -> [Range<Int>] {
    guard words.count > longestStretch else { return [words] }
    return stride(from: words.lowerBound, to: words.upperBound - longestStretch / 2, by: longestStretch / 2).map {
      $0..<min($0 + longestStretch, words.upperBound)
    }
  }

  private func judgement(
    _ features: TextFeatures, words: Range<Int>, clause: NormalisedText.Clause? = nil
  ) -> Judgement {
    let penalty = clause.map(Self.penalty) ?? 0
    let logits = Self.calibrated(self.logits(features, words: words), by: head.calibration)
    let length = Self.length(words, of: features)
    let shares = Self.shares(logits, words: length)
    return Judgement(
      words: words, isWhole: clause == nil, logit: Self.refusalLogit(logits, words: length) - penalty,
      post: 1 - shares[0],
      categories: logits[Output.categories...].map(Self.probability))
  }

  /// The logit of "refuse": the experts' logits, mixed as the gates say.
  static func refusalLogit(_ logits: [Float], words: Int) -> Float {
    zip(logits, shares(logits, words: words)).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// The words of a whole text; a part of one is as long as any.
  private static func length(_ words: Range<Int>, of features: TextFeatures) -> Int {
    words.count == features.words.starts.count - 1 ? words.count : .max
  }

  /// Texts of so few words are prompts, whatever the gates say.
  private static let shortPrompt = 3

  /// How far a text is for each of the experts, as its gates say.
  static func shares(_ logits: [Float], words: Int) -> [Float] {
    let gate = words <= shortPrompt ? 0 : Float(probability(logits[Output.gate]))
    let foreign = Float(probability(logits[Output.foreignGate]))
    return [1 - gate, gate * (1 - foreign), gate * foreign]
  }

  static func calibrated(_ logits: [Float], by calibration: [Float]) -> [Float] {
    logits.indices.map { logits[$0] * calibration[2 * $0] + calibration[2 * $0 + 1] }
  }

  /// One number for each output before calibration: the mean weight of the features, rare ones counting more.
  func logits(_ features: TextFeatures, words: Range<Int>) -> [Float] {
    let sums = total(
      features.words.keys, features.words.starts[words.lowerBound]..<features.words.starts[words.upperBound])
    let runs = total(
      features.runs.keys, features.runs.starts[words.lowerBound]..<features.runs.starts[words.upperBound])
    let norm = Self.norm(words: Float(sums[Output.rarity]), runs: Float(runs[Output.rarity]))
    return (0..<Output.count).map { output in
      (Float(sums[output]) + TextFeatures.runShare * Float(runs[output])) * head.scales[output] / norm
        + head.bias[output]
    }
  }

  /// The length of a text's vector, from the sums of the stored squares of rarity.
  static func norm(words: Float, runs: Float) -> Float {
    max((words + TextFeatures.runShare * TextFeatures.runShare * runs) / rarityScale, 1).squareRoot()
  }

  private func total(_ keys: [UInt32], _ range: Range<Int>) -> SIMD16<Int32> {
    var sum = SIMD16<Int32>.zero
    let table = unsafe bytes.span.bytes
    for key in keys[range] {
      let row = row(key, of: table)
      if isOwn(row, key) { sum &+= SIMD16<Int32>(truncatingIfNeeded: row) }
    }
    return sum
  }

  private func row(_ key: UInt32, of table: RawSpan) -> SIMD16<Int8> {
    let offset = tableStart + Int(key & (1 << UInt32(tableBits) - 1)) * 16
    // Any bytes are a row; the span checks the bounds.
    return unsafe table.unsafeLoadUnaligned(fromByteOffset: offset, as: SIMD16<Int8>.self)
  }

  private func isOwn(_ row: SIMD16<Int8>, _ key: UInt32) -> Bool {
    UInt32(UInt8(bitPattern: row[Output.check])) == key >> UInt32(tableBits)
  }

  /// How much each word of a stretch adds to the logit of "refuse".
  func contributions(_ features: TextFeatures, words: Range<Int>) -> [Float] {
    let shares = Self.shares(
      Self.calibrated(logits(features, words: words), by: head.calibration), words: Self.length(words, of: features))
    let weights = shares.indices.map { head.scales[$0] * head.calibration[2 * $0] * shares[$0] }
    return words.map { word in
      let own = total(features.words.keys, features.words.starts[word]..<features.words.starts[word + 1])
      let runs = total(features.runs.keys, features.runs.starts[word]..<features.runs.starts[word + 1])
      return weights.indices.reduce(0) {
        $0 + weights[$1] * (Float(own[$1]) + TextFeatures.runShare * Float(runs[$1]))
      }
    }
  }

  static func probability(_ logit: Float) -> Double { 1 / (1 + exp(-Double(logit))) }
}
