import Foundation
import Testing

/// `limn guard check`, `explain` and `train` as parts of pipes, and what reaches the terminal.
@Suite struct GuardCommandTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  @Test func explainReadsStandardInput() throws {
    for input in ["you idiot\n", "you idiot\r\n", "you idiot"] {
      let run = try limn("guard", "explain", "-", input: Array(input.utf8), in: folder)
      #expect(run.status == 3)
      #expect(try run.output == limn("guard", "explain", "you idiot", in: folder).output)
    }
  }

  #if os(Linux)
    @Test(
      arguments: [
        "printf 'you idiot\\na fox\\n' | limn guard check -", "limn guard check you idiot",
        "limn guard explain you idiot",
        "limn guard check a fox",
      ])
    func answersThatAreLostAreStatus6(command: String) throws {
      for place in ["> /dev/full", ">&-"] {
        let run = try shell("\(command) \(place)", in: folder)
        #expect(run.status == 6 && run.errors.contains("Standard output cannot be written"), "\(place): \(run)")
      }
    }
  #endif

  @Test func anAnswerComesBeforeTheNextQuestion() throws {
    let run = try shell(
      """
      mkfifo questions; limn guard check - < questions > answers & exec 3> questions; echo 'a fox' >&3
      for i in $(seq 200); do test -s answers && break; sleep 0.05; done
      wc -l < answers; echo 'two foxes' >&3; exec 3>&-; wait; wc -l < answers
      """, in: folder)
    #expect(run.lines == ["1", "2"])
  }

  @Test("a line a verdict, however they come in") func linesOfAllLengths() throws {
    let long = String(repeating: "fox ", count: 50_000)
    let texts = ["a fox", "", "a fox\r", long] + Array(repeating: "two red foxes", count: 6000) + ["you idiot"]
    let run = try limn("guard", "check", "-", input: Array(texts.joined(separator: "\n").utf8), in: folder)
    #expect(run.status == 3 && run.lines.count == texts.count)
    #expect(run.lines.last?.contains(#""decision":"block""#) == true)
    #expect(run.lines.dropLast().allSatisfy { $0.contains(#""decision":"allow""#) })
    #expect(run.lines[0] == run.lines[2])
    #expect(try limn("guard", "check", "-", in: folder).output.isEmpty)
  }

  /// Of a prompt whose letters have an escape, a bell and a mark between them that turns the direction of writing.
  private static let disguised = "you i\u{1B}di\u{7}o\u{202E}t"

  @Test func nothingInAPromptSteersTheTerminal() throws {
    try folder.write(Array("\(Self.disguised)\n".utf8), to: "prompts.txt")
    #expect(try limn("guard", "policy", "deny", Self.disguised, in: folder).status == 0)
    for arguments in [
      [Self.disguised], ["guard", "explain", Self.disguised], ["batch", "prompts.txt"],
      ["batch", "prompts.txt", "--check"],
      ["guard", "policy"],
    ] {
      let run = try limn(arguments, in: folder)
      let text = run.output + run.errors
      #expect(text.contains("i\u{FFFD}di\u{FFFD}o\u{FFFD}t"), "\(arguments): \(text.debugDescription)")
      #expect(!text.unicodeScalars.contains { ["\u{1B}", "\u{7}", "\u{202E}"].contains($0) }, "\(arguments)")
    }
    let verdict = try #require(try limn("guard", "check", Self.disguised, in: folder).objects().first)
    let reasons = try #require(verdict["reasons"] as? [[String: Any]])
    #expect(reasons.contains { ($0["words"] as? [String])?.contains { $0.contains("\u{202E}") } == true })
  }

  @Test func aWarningStandsInTheRecordToo() throws {
    for category in ["hate", "harassment"] {
      let run = try limn("guard", "policy", "threshold", category, "--block", "2", "--warn", "0.5", in: folder)
      #expect(run.status == 0)
    }
    try folder.write(Array("you idiot\n".utf8), to: "prompts.txt")
    for arguments in [["you idiot", "-o", "x.png"], ["batch", "prompts.txt"]] {
      let run = try limn(arguments + ["--json"], in: folder)
      #expect(run.status == 0)
      let objects = try run.objects()
      let record = try #require(objects.compactMap { $0["picture"] as? [String: Any] }.first ?? objects.first)
      let warnings = try #require(record["warnings"] as? [String])
      #expect(warnings.count == 1 && warnings[0].hasPrefix("The guardrail let this pass with a warning: "))
    }
  }

  @Test func aTrainedClassifierGoesIntoAPipe() throws {
    try folder.write(Array("{\"text\":\"a garden gnome\",\"label\":\"allow\"}\n".utf8), to: "mine.jsonl")
    let run = try limn("guard", "train", "--add", "mine.jsonl", "-o", "-", in: folder)
    #expect(run.status == 0)
    #expect(try limn("guard", "train", "--add", "mine.jsonl", "-o", "mine.bin", in: folder).status == 0)
    #expect(run.outputBytes == folder["mine.bin"])
    #expect(try folder.names == ["mine.bin", "mine.jsonl"])
  }
}
