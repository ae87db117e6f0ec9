import Testing

@testable import Guardrail

/// The invented list of a garden club that will have no pumpkins.
private let garden = """
  limn rules 1
  # Vegetables.
  list vegetables en
  pumpkin+, sweet potato+, swede, carv*
  list young en plain
  seedling+, <0-3> weeks old
  innocent en
  pumpkin spice, swede the person
  rule vegetables shocking 0.9: vegetables
  rule young_vegetables sexual_minors 1.0 fixed: young & vegetables
  rule close hate 0.6: young & vegetables within 3
  """

@Suite struct RuleTests {
  let guardrail: Guardrail

  init() throws {
    guardrail = try Guardrail(ruleFiles: [("garden.rules", garden)])
  }

  private func rules(_ text: String) -> [String] {
    guardrail.check(text).reasons.map { reason in
      if case .rule(let name) = reason.origin { name } else { "" }
    }
  }

  @Test func termsHaveBoundariesInflectionsAndStems() {
    #expect(rules("two pumpkins") == ["shocking/vegetables"])
    #expect(rules("a sweet potato") == ["shocking/vegetables"])
    #expect(rules("carvings and a carver") == ["shocking/vegetables"])
    #expect(rules("a swedes").isEmpty)
    #expect(rules("sweet little potato").isEmpty)
    #expect(rules("pumpkinland").isEmpty)
  }

  @Test func ideasAreThoseOfTheLanguageThatMostWordsAreIn() throws {
    let rules = try RuleSet(files: [
      (
        "ideas.rules",
        """
        limn rules 1
        list vegetables en
        pumpkin
        rule vegetables shocking 0.9: vegetables
        idea filler en
        the, is
        idea good en
        nice, die
        idea filler fr
        est, die
        idea garden fr
        jardin*, arbre
        idea garden ar
        حديقه
        idea good ar
        جميل*
        """
      )
    ])
    let normaliser = Normaliser(tellingWords: [])
    func ideas(_ text: String) -> [String] {
      rules.terms(in: normaliser(text)).ideas.map { ["garden", "good"][$0.list] + "\($0.words)" }
    }
    #expect(ideas("the die is nice") == ["good1..<2", "good3..<4"])
    #expect(ideas("die jardins est") == ["garden1..<2"])
    #expect(ideas("l'arbre est grand") == ["garden0..<1"])
    #expect(ideas("والحديقه جميلة") == ["garden0..<1", "good1..<2"])
    #expect(ideas("nothing known").isEmpty)
    #expect(rules.termHits(in: normaliser("die jardins")).isEmpty)
  }

  @Test func scenesAreKnownOnceWhereTheirTermsOverlapAndRefuseNothing() throws {
    let rules = try RuleSet(files: [
      (
        "scenes.rules",
        """
        limn rules 1
        list vegetables en
        pumpkin
        rule vegetables shocking 0.9: vegetables
        scene garden en
        rake+, garden, garden shed, pumpkin
        scene house en
        shed*, garden
        """
      )
    ])
    let normaliser = Normaliser(tellingWords: [])
    func scenes(_ text: String) -> [String] {
      rules.terms(in: normaliser(text)).scenes.map { ["garden", "house"][$0.list] + "\($0.words)" }
    }
    #expect(scenes("raking by the garden shed") == ["garden0..<1", "garden3..<5", "house3..<4", "house4..<5"])
    #expect(scenes("a pumpkin") == ["garden1..<2"])
    #expect(scenes("nothing known").isEmpty)
    #expect(rules.termHits(in: normaliser("garden rake")).isEmpty)
    #expect(!rules.tellingWords.contains(WordHash("rake")))
  }

  @Test func contextsExcuseTheirOwnTermsOnly() {
    #expect(rules("a pumpkin spice latte").isEmpty)
    #expect(rules("a pumpkin spice latte beside a pumpkin") == ["shocking/vegetables"])
    #expect(guardrail.check("a pumpkin spice latte beside a pumpkin").reasons[0].spans == [31..<38])
  }

  @Test func combinationsNeedEveryListAndTheirDistance() {
    #expect(rules("a seedling").isEmpty)
    #expect(rules("seedling pumpkin").contains("hate/close"))
    #expect(!rules("seedling far away from any pumpkin").contains("hate/close"))
    #expect(rules("seedling far away from any pumpkin").contains("sexual_minors/young_vegetables"))
    #expect(rules("carved when 2 weeks old").contains("sexual_minors/young_vegetables"))
    #expect(!rules("carved when 12 weeks old").contains("sexual_minors/young_vegetables"))
  }

  @Test func fixedRulesIgnoreThePolicy() throws {
    var lenient = Policy()
    for category in Category.allCases {
      lenient.everybody.thresholds[category] = .init(block: 2, warn: 2)
    }
    let guardrail = try Guardrail(ruleFiles: [("garden.rules", garden)], policy: lenient)
    #expect(guardrail.check("a pumpkin").decision == .allow)
    let verdict = guardrail.check("a seedling pumpkin")
    #expect(verdict.decision == .block && verdict.isFixed && verdict.category == .sexualMinors)
  }

  @Test func aRefusalSaysWhatToChange() {
    let refusal = #expect(throws: Refusal.self) {
      try guardrail.approve(prompt: "ten p u m p k i n s", negative: "")
    }
    #expect(refusal?.description.contains("“p u m p k i n s”") == true)
    #expect(refusal?.description.contains("Leave out") == true)
    let negative = #expect(throws: Refusal.self) {
      try guardrail.approve(prompt: "ten pots", negative: "many pumpkins everywhere")
    }
    #expect(negative?.subject == .negative)
  }

  @Test func whatPassesIsHandedOnUnchanged() throws {
    let approved = try guardrail.approve(prompt: "A Garden ", negative: "weeds")
    #expect(
      approved.prompt.text == "A Garden " && approved.negative?.text == "weeds"
        && approved.verdict.decision == .allow)
  }

  @Test func jsonIsOneEscapedLine() {
    let line = guardrail.check("a \"pumpkin\u{301}\"").json
    #expect(
      line.hasPrefix(
        #"{"decision":"block","score":0.900,"categories":{"sexual":0.000,"sexual_minors":0.000,"violence_graphic":0.000,"#
      ))
    #expect(line.contains(#""rule":"shocking/vegetables","weight":0.900"#))
    #expect(!line.contains("\n"))
  }

  @Test(arguments: [
    ("list a en", "garden.rules, line 1: a rule file begins with the line “limn rules 1”."),
    ("limn rules 1\nswede", "line 2: terms stand before any list"),
    ("limn rules 1\nlist a", "line 2: expected “list NAME LANGUAGE”"),
    ("limn rules 1\nidea a", "line 2: expected “idea NAME LANGUAGE”"),
    ("limn rules 1\nscene a en plain", "line 2: expected “scene NAME LANGUAGE”"),
    ("limn rules 1\nlist a en\n<9-1> x", "“<9-1>” is no range"),
    ("limn rules 1\nlist a en\nb\nrule r food 0.5: a", "there is no category “food”"),
    ("limn rules 1\nlist a en\nb\nrule r hate 1.5: a", "the score is “1.5”"),
    ("limn rules 1\nlist a en\nb\nrule r hate 0.5: z", "there is no list “z”"),
    ("limn rules 1\nlist a en\nb\nrule r hate 0.5: a within x", "expected “rule NAME"),
    ("limn rules 1\nlist a en\nb", "there is no rule"),
    ("limn rules 1\nlist a en\n1 2 3 4 5 6 7 8 9\nrule r hate 0.5: a", "has 9 words"),
  ])
  func wrongFilesAreNamed(contents: String, message: String) {
    let error = #expect(throws: GuardrailError.self) {
      try RuleSet(files: [("garden.rules", contents)])
    }
    #expect(error?.description.contains(message) == true)
  }
}
