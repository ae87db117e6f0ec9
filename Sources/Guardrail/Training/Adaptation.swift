/// Teaching a trained classifier an operator's own labels, without the texts that it was trained on.
package struct Adaptation {
  /// A few careful rounds, with the old classifier's opinion of everything else held by small steps.
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
    var network = Network(classifier, seed: 1)
    var generator = SplitMix64(state: 1)
    let lessons = texts.map { text -> (rows: [UInt32], lesson: Lesson) in
      let normalised = guardrail.normaliser(text.text)
      let features = TextFeatures(
        normalised, terms: guardrail.rules.terms(in: normalised), rules: guardrail.rules,
        tableBits: classifier.tableBits)
      return (features.rows, Lesson(text, rows: 0..<features.rows.count))
    }
    for round in 1...8 {
      var order = Array(lessons.indices)
      generator.shuffle(&order)
      for index in order {
        let (rows, lesson) = lessons[index]
        network.learn(
          rows[...], targets: Array(lesson.targets.prefix(Classifier.outputs)),
          importance: Array(lesson.importance.prefix(Classifier.outputs)), rate: 0.1, dropout: 0)
      }
      let right = lessons.count { (network.logits($0.rows[...])[0] > 0) == ($0.lesson.targets[0] > 0) }
      progress("round \(round): \(right) of \(lessons.count) texts are judged as labelled")
    }
    return Network.file(
      of: [network], tableBits: classifier.tableBits, calibration: classifier.head.calibration, words: classifier.words)
  }
}
