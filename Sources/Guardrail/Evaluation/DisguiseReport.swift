/// How many texts are refused when words are disguised: of those to refuse, the words that the verdict rests on; of harmless
/// prompts, every word of five letters and more.
package struct DisguiseReport: CustomStringConvertible {
  private let texts: (toRefuse: Int, harmless: Int)
  /// Of the texts as they are, then of each way to disguise them.
  private let rows: [(name: String, found: Int, wrong: Int)]

  package init(texts: [LabelledText], guardrail: Guardrail) {
    let toRefuse = texts.filter { (SourceReport.prompts + ["unsafe_hatecheck"]).contains($0.source) }.map(\.text)
    let harmless = texts.filter { SourceReport.harmlessPrompts.contains($0.source) }.map(\.text)
    let verdicts = toRefuse.map(guardrail.check)
    let telling = verdicts.map(guardrail.tellingWords)
    func refused(_ texts: [String]) -> Int { texts.count { guardrail.check($0).decision == .block } }
    self.texts = (toRefuse.count, harmless.count)
    rows =
      [("plain", verdicts.count { $0.decision == .block }, refused(harmless))]
      + Evasion.allCases.map { evasion in
        // A text that rests on no words stays as it is.
        let hidden = zip(toRefuse, telling).map { $1.isEmpty ? $0 : evasion.applied(to: $0, words: $1) }
        return (evasion.rawValue, refused(hidden), refused(harmless.map { evasion.applied(to: $0, words: []) }))
      }
  }

  package var description: String {
    (["disguised: refused of \(texts.toRefuse) texts to refuse, of \(texts.harmless) harmless prompts"]
      + rows.map { "  \($0.name): \($0.found), \($0.wrong)" }).joined(separator: "\n")
  }
}
