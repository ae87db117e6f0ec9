import Foundation

/// The prompt check: loaded once, used for every text that steers a picture. No text leaves the process.
package struct Guardrail: Sendable {
  package let rules: RuleSet
  package let policy: Policy
  let normaliser: Normaliser

  /// - Parameter ruleFiles: the contents of the `*.rules` files with their names.
  /// - Throws: `GuardrailError` for data that does not keep to its format.
  package init(ruleFiles: [(name: String, contents: String)], policy: Policy = Policy()) throws(GuardrailError) {
    rules = try RuleSet(files: ruleFiles)
    self.policy = policy
    var normaliser = Normaliser(vocabulary: Vocabulary(), tellingWords: rules.tellingWords)
    for word in rules.plainWords {
      normaliser.vocabulary.insert(WordHash(word.unicodeScalars.lazy.map(\.value)), .common)
    }
    self.normaliser = normaliser
  }

  /// - Parameter folder: `weights/guardrail`: the folder with `rules/*.rules`.
  package init(folder: String, policy: Policy = Policy()) throws(GuardrailError) {
    try self.init(ruleFiles: Self.ruleFiles(in: folder + "/rules"), policy: policy)
  }

  /// Judges a text. Linear in its length; any text has an answer.
  package func check(_ prompt: String) -> Verdict {
    let text = normaliser(prompt)
    let hits = rules.ruleHits(for: rules.termHits(in: text))
    return VerdictBuilder(typed: prompt, text: text, policy: policy).verdict(hits: hits)
  }

  /// The text as the guardrail reads it, disguises lifted.
  package func normalised(_ text: String) -> NormalisedText { normaliser(text) }

  /// The door to painting: both texts are judged.
  package func approve(prompt: String, negative: String = "") throws(Refusal) -> ApprovedPrompt {
    let verdict = check(prompt)
    guard verdict.decision != .block else { throw Refusal(verdict: verdict, isAboutNegative: false) }
    guard !negative.isEmpty else { return ApprovedPrompt(prompt: prompt, negative: negative, verdict: verdict) }
    let negativeVerdict = check(negative)
    guard negativeVerdict.decision != .block else { throw Refusal(verdict: negativeVerdict, isAboutNegative: true) }
    let stricter = negativeVerdict.decision > verdict.decision ? negativeVerdict : verdict
    return ApprovedPrompt(prompt: prompt, negative: negative, verdict: stricter)
  }

  private static func ruleFiles(in folder: String) throws(GuardrailError) -> [(name: String, contents: String)] {
    do {
      let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".rules") }
      return try names.sorted().map { ($0, try String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8)) }
    } catch {
      throw .unreadable(path: folder, "the guardrail's rules can't be read (\(error.localizedDescription)).")
    }
  }
}
