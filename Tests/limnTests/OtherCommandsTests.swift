import Foundation
import Testing

/// `limn styles`, `models`, `guard` and `--help`.
@Suite struct OtherCommandsTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  @Test func stylesAreThoseOfTheModel() throws {
    #expect(
      try limn("styles", in: folder).lines == [
        "flat   {prompt}, flat", "ink    {prompt}, ink", "pixel  {prompt}, flat  (painted so, then finished by rule)",
      ])
    let published = try limn("styles", "--model", TestFolder.fixture("sd1").path, in: folder).lines
    #expect(published.count > 10)
    #expect(published.contains { $0.hasPrefix("watercolor ") })
  }

  @Test func everyStyleThatIsListedPaints() throws {
    for line in try limn("styles", in: folder).lines {
      let name = try #require(line.split(separator: " ").first.map(String.init))
      #expect(try limn("a fox", "--style", name, "-o", "fox.png", in: folder).status == 0)
    }
  }

  @Test func installedModelsAreListedAndFoundByName() throws {
    #expect(try limn("models", in: folder).lines.map { String($0.prefix(8)) } == ["default "])
    let run = try shell(
      "mkdir -p ~/.local/share/limn/models; cp -RL '\(TestFolder.fixture("tiny").path)' ~/.local/share/limn/models/small; "
        + "limn models; limn 'a fox' -m small --seed 1 --steps 2", in: folder)
    #expect(run.status == 0)
    #expect(run.lines.map { String($0.prefix(8)) } == ["default ", "small   ", "a-fox-1."])
  }

  @Test func theGuardrailAnswersALineAPrompt() throws {
    let run = try limn("guard", "check", "-", input: Array("a fox\nyou idiot\n".utf8), in: folder)
    #expect(run.status == 3)
    let verdicts = try run.objects()
    #expect(verdicts.compactMap { $0["decision"] as? String } == ["allow", "block"])
    #expect(verdicts.allSatisfy { $0["score"] is Double && $0["reasons"] is [Any] })
    let categories = try #require(verdicts.first?["categories"] as? [String: Double])
    #expect(categories.count == 8)
    #expect(try limn("guard", "check", "a", "fox", in: folder).status == 0)
  }

  static let flags = [
    "-o, --output", "-m, --model", "-s, --style", "-a, --aspect", "--size", "--megapixels", "--width", "--height",
    "-r, --reference", "--strength", "-n, --negative", "-c, --count", "--seed", "--steps", "--guidance", "--clip-skip",
    "--rng", "--sampler", "--schedule", "--spacing", "--prompt-syntax", "--threads", "--max-memory", "--preview",
    "--preview-steps", "--metadata", "--json", "-q, --quiet", "-v, --verbose", "--no-history",
  ]

  @Test("help mentions every flag", arguments: flags)
  func help(_ flag: String) throws {
    let run = try limn("generate", "--help", in: folder)
    #expect(run.status == 0)
    #expect(run.errors.isEmpty)
    #expect(run.output.contains("  \(flag) "))
  }

  @Test func helpNamesTheCommands() throws {
    let run = try limn("--help", in: folder)
    #expect(run.status == 0)
    for command in ["generate", "styles", "models", "inspect", "score", "guard", "report", "doctor"] {
      #expect(run.output.contains("  \(command) "))
    }
    #expect(try limn("--version", in: folder).output.hasPrefix("limn "))
  }
}
