import Testing

/// The guardrail stands before every painting.
@Suite struct RefusalTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  @Test(
    "status 3",
    arguments: [
      ["you idiot"], ["generate", "you", "idiot"],
    ])
  func refusedPromptsAreNotPainted(_ arguments: [String]) throws {
    let run = try limn(arguments, in: folder)
    #expect(run.status == 3)
    #expect(run.output.isEmpty)
    #expect(run.errors.contains("was refused as "))
    #expect(try folder.names.isEmpty)
  }

  @Test func aRefusalIsNoResultEvenAsJSON() throws {
    let run = try limn("you idiot", "--json", "--quiet", in: folder)
    #expect(run.status == 3)
    let records = try run.objects()
    #expect(
      records.count == 1 && records[0]["event"] as? String == "error" && records[0]["code"] as? String == "refused")
    #expect(!run.errors.isEmpty)
  }

  @Test func aPromptFromAPipeIsJudgedToo() throws {
    #expect(try limn("-", input: Array("you idiot".utf8), in: folder).status == 3)
  }

  @Test func withoutRulesNothingIsPainted() throws {
    folder.environment["LIMN_WEIGHTS"] = folder.work.path
    let run = try limn("a fox", "--model", TestFolder.fixture("transformer").path, in: folder)
    #expect(run.status == 5)
    #expect(run.errors.contains("guardrail"))
    #expect(try folder.names.isEmpty)
  }
}
