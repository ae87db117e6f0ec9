import Foundation
import System

/// The prompt check: loaded once, used for every text that steers a picture. No text leaves the process.
package struct Guardrail: Sendable {
  package let rules: RuleSet
  package let policy: Policy
  /// The role in whose name texts are judged; its own thresholds and lists come before those for everybody.
  package let role: String?
  let strictness: Policy.Strictness
  let classifier: Classifier?
  /// The encoder and the network over it; the classifier judges alone without them.
  private let second: (judge: SecondJudge, encoder: any SentenceEncoder)?
  let normaliser: Normaliser

  /// Whether a sentence encoder judges too.
  package var hasEncoder: Bool { second != nil }

  /// - Parameters:
  ///   - ruleFiles: the contents of the `*.rules` files with their names.
  ///   - classifier: the bytes of `classifier.bin`; without them only the rules judge.
  ///   - second: who judges what the classifier does not clear.
  /// - Throws: `GuardrailError` for data that does not keep to its format.
  package init(
    ruleFiles: [(name: String, contents: String)], classifier: [UInt8]? = nil,
    second: (judge: SecondJudge, encoder: any SentenceEncoder)? = nil, policy: Policy = Policy(), role: String? = nil
  ) throws(GuardrailError) {
    rules = try RuleSet(files: ruleFiles)
    if let classifier { self.classifier = try Classifier(bytes: classifier) } else { self.classifier = nil }
    self.second = second
    self.policy = policy
    self.role = role
    strictness = policy.strictness(for: role)
    normaliser = Self.normaliser(
      rules: rules, words: self.classifier?.words ?? ClassifierWords(), denied: strictness.deny)
  }

  /// - Parameters:
  ///   - folder: `weights/guardrail`: the folder with `rules/*.rules`, `classifier.bin` and `judge.bin`.
  ///   - encoder: Makes the sentence encoder, given which of its layers are read; nil where there is none.
  package init(
    folder: String, encoder: ([Int]) throws(GuardrailError) -> (any SentenceEncoder)? = { _ in nil },
    policy: Policy = Policy(), role: String? = nil
  ) throws(GuardrailError) {
    let path = folder + "/classifier.bin"
    let classifier: [UInt8]
    do {
      classifier = try Self.read(path)
    } catch {
      throw .unreadable(path: path, "the guardrail's classifier can't be read (\(error)); reinstall it or train it.")
    }
    var second: (judge: SecondJudge, encoder: any SentenceEncoder)?
    if let bytes = try? Self.read(folder + "/judge.bin") {
      let judge = try SecondJudge(bytes: bytes)
      if let encoder = try encoder(judge.layers) {
        guard encoder.width == judge.inputs else {
          throw .classifier(
            "its second judge reads \(judge.inputs) numbers of a sentence; the encoder gives \(encoder.width).")
        }
        second = (judge, encoder)
      }
    }
    try self.init(
      ruleFiles: Self.ruleFiles(in: folder + "/rules"), classifier: classifier, second: second, policy: policy,
      role: role)
  }

  /// In bytes; no file of the guardrail is nearly as large.
  private static let largestFile = 64 << 20

  /// - Parameter denied: phrases whose words are looked for under disguises, as those of rules are.
  static func normaliser(rules: RuleSet, words: ClassifierWords, denied: [String] = []) -> Normaliser {
    var vocabulary = Vocabulary()
    vocabulary.insert(used: words.used, rare: words.rare)
    var normaliser = Normaliser(vocabulary: vocabulary, tellingWords: rules.tellingWords)
    for word in rules.plainWords { normaliser.vocabulary.insert(word, .common) }
    for word in denied.flatMap(normaliser.fold) where word.count >= 4 {
      normaliser.vocabulary.insert(WordHash(word), .telling)
    }
    return normaliser
  }

  /// Judges a text, and where that is another one the text without the brackets of the prompt syntax. Linear in its length; any text
  /// has an answer.
  package func check(_ prompt: String) -> Verdict {
    let verdict = judge(prompt)
    guard verdict.decision < .block, let plain = PromptBrackets.removed(from: prompt) else { return verdict }
    let other = judge(plain)
    return other.decision > verdict.decision ? other : verdict
  }

  private func judge(_ prompt: String) -> Verdict {
    let readings = rules.readings(of: normaliser(prompt))
    guard let classifier else {
      return strictest(readings.map { builder($0, typed: prompt).verdict(hits: rules.ruleHits(for: $0.terms.hits)) })
    }
    let typed = Array(prompt.utf8)
    let features = readings.map {
      TextFeatures($0.text, terms: $0.terms, rules: rules, tableBits: classifier.tableBits)
    }
    let stretches = readings.indices.map { index in
      let reading = readings[index]
      return JudgedStretches(
        classifier.judgements(features[index]), judge: second?.judge, text: reading.text, typed: typed,
        isUnframed: index > 0,
        isForeign: reading.terms.isForeign || reading.text.isWrittenOtherwise)
    }
    let opinions = opinions(on: stretches.flatMap { $0.open.map(\.sentence) })
    return strictest(
      readings.indices.map { index in
        builder(readings[index], typed: prompt).verdict(
          hits: rules.ruleHits(for: readings[index].terms.hits),
          scores: stretches[index].scores(second?.judge, opinions: opinions),
          contributions: { classifier.contributions(features[index], words: $0) })
      })
  }

  /// Of equally strict ones the last: that without framing words names what matters.
  private func strictest(_ verdicts: [Verdict]) -> Verdict {
    verdicts.dropLast().reduce(verdicts[verdicts.count - 1]) {
      ($1.decision, $1.score) > ($0.decision, $0.score) ? $1 : $0
    }
  }

  private func builder(_ reading: RuleSet.Reading, typed: String) -> VerdictBuilder {
    let phrases = PhraseMatches(strictness, in: reading.text, normaliser: normaliser)
    return VerdictBuilder(
      typed: typed, text: reading.text, strictness: strictness, phrases: phrases, fillers: Set(reading.terms.fillers))
  }

  /// The second judge's on each sentence. They are encoded together: the network's weights are then read once.
  private func opinions(on sentences: [String]) -> [String: SecondJudge.Opinion] {
    guard let second, !sentences.isEmpty else { return [:] }
    let different = Array(Set(sentences))
    return Dictionary(uniqueKeysWithValues: zip(different, second.encoder(different).map { second.judge($0) }))
  }

  /// The text as the guardrail reads it, disguises lifted.
  package func normalised(_ text: String) -> NormalisedText { normaliser(text) }

  /// The door to painting: both texts are judged, expanded as they will be used.
  ///
  /// A negative prompt lists what to avoid, so its items of one or two words between commas are taken for that and only what
  /// is longer is judged.
  package func approve(prompt: String, negative: String? = nil) throws(Refusal) -> ApprovedPrompt {
    let verdict = check(prompt)
    guard verdict.decision != .block else { throw Refusal(verdict: verdict, subject: .prompt) }
    let sentences = (negative ?? "").split { $0 == "," || $0 == "\n" }.filter { normaliser(String($0)).words.count > 2 }
    func approved(_ verdict: Verdict) -> ApprovedPrompt {
      ApprovedPrompt(
        prompt: PromptText(prompt), negative: negative.map(PromptText.init), verdict: verdict,
        unsafePictures: strictness.unsafePictures ?? .withhold,
        pictureLimit: strictness.pictureLimit ?? Policy.standardPictureLimit)
    }
    guard !sentences.isEmpty else { return approved(verdict) }
    let negativeVerdict = check(sentences.joined(separator: ","))
    guard negativeVerdict.decision != .block else { throw Refusal(verdict: negativeVerdict, subject: .negative) }
    return approved(negativeVerdict.decision > verdict.decision ? negativeVerdict : verdict)
  }

  /// The contents of the `*.rules` files of a folder with their names, in order.
  package static func ruleFiles(in folder: String) throws(GuardrailError) -> [(name: String, contents: String)] {
    let names = FileTree.names(in: folder).filter { $0.hasSuffix(".rules") }
    guard !names.isEmpty else { throw .unreadable(path: folder, "the guardrail's rules are not there.") }
    return try names.map { (name) throws(GuardrailError) in
      (name, try text(of: "\(folder)/\(name)", as: "the guardrail's rules"))
    }
  }

  private static func read(_ path: String) throws(FileError) -> [UInt8] {
    let bytes = try FileTree.read(path, atMost: largestFile)
    ProtectedFiles.protectInput(FileTree.place(of: path).path, as: "a file that the guardrail reads")
    return bytes
  }

  /// The text of a UTF-8 file that belongs to the installation; `meaning` says in errors what it holds.
  package static func text(of path: String, as meaning: String) throws(GuardrailError) -> String {
    let bytes: [UInt8]
    do {
      bytes = try read(path)
    } catch {
      throw .unreadable(path: path, "\(meaning) can't be read (\(error)).")
    }
    guard let contents = String(validating: bytes, as: UTF8.self) else {
      throw .unreadable(path: path, "\(meaning) can't be read (they are no UTF-8).")
    }
    return contents
  }
}
