import Images
import Testing

/// What a new user, a daemon or a script ran into.
@Suite struct NewUserTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  @Test(arguments: ["limn -", "limn batch -", "limn inspect -", "limn history import -", "limn guard check -"])
  func closedStandardInputIsSaidSo(command: String) throws {
    for input in ["<&-", "< /"] {
      let run = try shell("\(command) \(input)", in: folder)
      #expect(run.status == 5 && run.errors.contains("Standard input cannot be read"), "\(command) \(input): \(run)")
    }
  }

  @Test func limnAloneGivesAnOverviewOfOneScreen() throws {
    let run = try shell("limn", in: folder)
    #expect(run.status == 2 && run.output.isEmpty)
    let lines = run.errors.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count <= 24 && lines.allSatisfy { $0.count < 80 }, "\(run.errors)")
    for word in ["Say what to paint", "limn \"a red fox in the snow\"", "limn history", "limn --help"] {
      #expect(run.errors.contains(word), "\(word)")
    }
    #expect(!run.errors.contains("Usage"))
    // Whoever has begun with flags is told what lacks.
    let flags = try shell("limn --steps 4", in: folder)
    #expect(flags.status == 2 && flags.errors.contains("the prompt is missing"))
    #expect(try folder.names.isEmpty)
  }

  @Test func theLastAdminKeepsTheRightToGrant() throws {
    let run = try shell("limn roles revoke grant-roles \"$(id -un)\"", in: folder)
    #expect(run.status == 2 && run.errors.contains("is the last admin"))
    #expect(try shell("limn roles can grant-roles", in: folder).status == 0)
  }

  @Test func whoMayGrantIsToldHow() throws {
    #expect(try shell("limn roles revoke paint \"$(id -un)\"", in: folder).status == 0)
    let run = try shell("limn 'a fox'", in: folder)
    #expect(run.status == 4 && run.errors.contains("but may allow it: `limn roles grant paint"))
  }

  @Test(arguments: ["", "--csv", "--json", "--html -"]) func aReportThatCannotBeWrittenIsNoSuccess(form: String) throws
  {
    #expect(try shell("limn report \(form) > /dev/full", in: folder).status == 6)
  }

  @Test func otherFormatsAreRefused() throws {
    for flags in ["-o fox.gif", "-o fox.jpg --format webp", "--quality 50", "-o fox.jpg --quality 0", "--format bmp"] {
      #expect(try shell("limn 'a fox' \(flags)", in: folder).status == 2, "\(flags)")
    }
    let run = try shell("limn 'a fox' -o fox.gif", in: folder)
    #expect(run.errors.contains("limn writes PNG, JPEG and WebP"))
    #expect(try folder.names.isEmpty)
  }

  @Test func endingOrFlagSaysTheFormat() throws {
    let line = "limn 'a red apple' --seed 1 --quiet"
    try #require(
      try shell("\(line) -o a.jpg && \(line) --format webp --quality 100 && \(line) -o - > b.png", in: folder).status
        == 0)
    let pictures = try ["a.jpg", "a-red-apple-1.webp", "b.png"].map { try #require(folder[$0]) }
    #expect(pictures[0].starts(with: [0xFF, 0xD8]) && pictures[1].starts(with: Array("RIFF".utf8)))
    #expect(try Picture(bytes: pictures[1], name: "webp") == Picture(bytes: pictures[2], name: "png"))
    let again = try shell("limn history redo a-red-apple-1.webp --verify -o again.webp --quality 100", in: folder)
    #expect(again.status == 0, "\(again.errors)")
  }

  @Test(arguments: [("hstory", "history"), ("doctr", "doctor"), ("batchh", "batch"), ("sytles", "styles")])
  func mistypedCommandsArePaintedWithANote(typed: String, meant: String) throws {
    let run = try shell("limn \(typed) -o word.png", in: folder)
    #expect(run.status == 0 && run.errors.contains("`limn \(meant)`"))
    #expect(try shell("limn historical ship -o ship.png", in: folder).errors.isEmpty)
  }

  @Test func endlessPromptsAreRefused() throws {
    let run = try shell("head -c 60000 /dev/zero | tr '\\0' '(' | limn - --prompt-syntax a1111 -o x.png", in: folder)
    #expect(run.status == 2 && run.errors.contains("chunks"))
  }

  @Test func aDamagedPolicyCanBeReset() throws {
    let run = try shell(
      "mkdir -p ~/.config/limn && echo '{' > ~/.config/limn/guardrail.json; limn 'a fox' -o a.png; limn guard policy reset && limn 'a fox' -o b.png",
      in: folder)
    #expect(run.status == 0 && folder["a.png"] == nil && folder["b.png"] != nil)
  }

  @Test func anArchivesNamesStayInsideIt() throws {
    try folder.write(Array("{\"prompt\":\"a fox\",\"output\":\"../../far\"}\n".utf8), to: "far.jsonl")
    let run = try shell("limn batch far.jsonl -o - | tar t", in: folder)
    #expect(run.output == "far.png\n", "\(run)")
  }
}
