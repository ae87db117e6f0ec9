/// Teaching a trained classifier an operator's own labels, without the texts that it was trained on.
package struct Adaptation {
  /// The smallest change of the weights that puts a text on its side, text by text, a few times over (passive-aggressive
  /// learning, Crammer et al. 2006); what the texts have nothing to do with stays as it was.
  /// - Parameters:
  ///   - folder: `weights/guardrail`, or a folder laid out like it.
  ///   - texts: the operator's labels; all of them are used.
  /// - Returns: the bytes of a new classifier file.
  package static func run(
    folder: String, adding texts: [LabelledText], progress: (String) -> Void
  ) throws(GuardrailError) -> [UInt8] {
    let guardrail = try Guardrail(folder: folder)
    guard let classifier = guardrail.classifier else {
      throw .classifier("there is none in \(folder) to learn on; train one first.")
    }
    guard !texts.isEmpty else { throw .trainingData("there is no text to learn from.") }
    var (table, models) = classifier.unpacked()
    var vectors = LinearModel.Vectors()
    // A text with and without its framing words: both are learned.
    let taught = texts.flatMap { text in
      guardrail.rules.readings(of: guardrail.normaliser(text.text)).map { (label: text, reading: $0) }
    }
    for (_, (text, terms)) in taught {
      let features = TextFeatures(text, terms: terms, rules: guardrail.rules, tableBits: classifier.tableBits)
      for key in features.words.keys + features.runs.keys { _ = table.claim(key) }
      vectors.append(table.vector(features))
    }
    let texts = taught.map(\.label)
    let lessons = texts.map(Lesson.init)
    for round in 1...8 {
      var right = 0
      for (index, text) in texts.enumerated() {
        if classifier.isRefused(index, of: vectors, by: models) == (text.category != nil) { right += 1 }
        for output in 0..<Classifier.Output.gate {
          classifier.teach(output, isPositive: text.category != nil, index, of: vectors, to: &models[output])
        }
        for output in Classifier.Output.categories..<Classifier.Output.count where text.category != nil {
          guard let side = lessons[index].sides[output] else { continue }
          classifier.teach(output, isPositive: side.isPositive, index, of: vectors, to: &models[output])
        }
      }
      progress("round \(round): \(right) of \(texts.count) texts were judged as labelled")
      if right == texts.count, round > 1 { break }
    }
    return table.file(of: models, calibration: classifier.head.calibration, words: classifier.words)
  }
}

extension Classifier {
  /// The table and the models as they are while they learn.
  fileprivate func unpacked() -> (FeatureTable, [LinearModel]) {
    let rows = (0..<(1 << tableBits)).map { tableStart + $0 * Self.rowBytes }
    let table = FeatureTable(
      bits: tableBits, checks: rows.map { bytes[$0 + Output.check] }, rarities: rows.map { bytes[$0 + Output.rarity] })
    let models = (0..<Output.count).map { output in
      LinearModel(
        weights: rows.enumerated().map { row, start in
          let rarity = table.rarity(UInt32(row))
          return rarity == 0 ? 0 : Float(Int8(bitPattern: bytes[start + output])) * head.scales[output] / rarity
        }, bias: head.bias[output])
    }
    return (table, models)
  }

  fileprivate func isRefused(_ vector: Int, of vectors: LinearModel.Vectors, by models: [LinearModel]) -> Bool {
    let logits = models.map { $0.logit(vector, of: vectors) }
    return Self.refusalLogit(Self.calibrated(logits, by: head.calibration), words: .max) > 0
  }

  /// Moves a model until the text's calibrated logit is beyond ±2.2, a probability of 0.9 or 0.1.
  fileprivate func teach(
    _ output: Int, isPositive: Bool, _ vector: Int, of vectors: LinearModel.Vectors, to model: inout LinearModel
  ) {
    let slope = head.calibration[2 * output]
    let logit = model.logit(vector, of: vectors) * slope + head.calibration[2 * output + 1]
    let missing = isPositive ? 2.2 - logit : -2.2 - logit
    guard isPositive ? missing > 0 : missing < 0, slope > 0 else { return }
    model.move(by: missing / slope, vector, of: vectors)
  }
}
