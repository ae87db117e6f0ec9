import Testing

@testable import Guardrail

/// A text is judged with and without its words for media, style, quality and courtesy.
@Suite struct FramingTests {
  private let rules = Result {
    try RuleSet(files: [
      (
        "garden.rules",
        """
        limn rules 1
        list vegetables en
        pumpkin+, pumpkin film
        rule vegetables shocking 0.9: vegetables
        innocent en
        pumpkin comic
        framing en
        film+, comic, oil painting, please
        framing en joining
        a, of, from, an, for
        """
      )
    ])
  }

  private func judged(_ text: String) throws -> String {
    try #require(rules.get().readings(of: Normaliser(tellingWords: [])(text)).last).text.plain
  }

  @Test func framingWordsGoWithThoseThatJoinThem() throws {
    #expect(try judged("an oil painting of a garden") == "garden")
    #expect(try judged("a garden, from a film") == "a garden")
    #expect(try judged("please a garden for a comic") == "garden")
    #expect(try judged("a garden of roses") == "a garden of roses")
    #expect(try judged("from a film") == "from a film")
  }

  @Test func termsAndContextsStayWhatTheyAre() throws {
    #expect(try judged("a pumpkin film") == "a pumpkin film")
    let whole = Normaliser(tellingWords: [])("a pumpkin comic")
    #expect(try rules.get().readings(of: whole).allSatisfy { $0.terms.hits.isEmpty })
  }

  @Test func clausesStayParted() throws {
    let readings = try rules.get().readings(of: Normaliser(tellingWords: [])("A garden. A film of roses in bloom"))
    #expect(readings.map(\.text.clauses.count) == [2, 2])
  }
}

@Suite struct PromptBracketsTests {
  @Test(arguments: [
    ("n(u)de", "nude"), ("(pump:1.3)kin", "pumpkin"), ("[pump]kin pie", "pumpkin pie"), ("((pum))pkin:1", "pumpkin:1"),
  ])
  func joinedLettersAreReadAsTheyWillBe(typed: String, plain: String) {
    #expect(PromptBrackets.removed(from: typed) == plain)
  }

  @Test(arguments: ["a (red:1.2) fox", "a fox", "(fox) (den)", "1(2)3"])
  func othersStay(typed: String) { #expect(PromptBrackets.removed(from: typed) == nil) }
}
