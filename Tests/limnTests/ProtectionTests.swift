import Foundation
import Testing

/// What limn writes lands on nothing that limn keeps or reads, whoever says so.
@Suite struct ProtectionTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  @Test func everyWriterLeavesTheHistoryAlone() throws {
    try folder.write(Array("a fox\n".utf8), to: "prompts.txt")
    #expect(try limn("batch", "prompts.txt", "-o", "out", in: folder).status == 0)
    let history = folder.history.path
    try FileManager.default.createSymbolicLink(atPath: folder.work.path + "/link", withDestinationPath: history)
    try FileManager.default.linkItem(atPath: history, toPath: folder.work.path + "/hard")
    let before = try folder.openHistory().audit().count
    for place in [history, history + "-wal", history + "-journal", history + "-owner", "link", "hard"] {
      for arguments in [
        ["a fox", "-o"], ["history", "export", "--since", "2099-01-01", "-o"], ["report", "--html"],
        ["batch", "prompts.txt", "-o", "out", "--sheet"], ["batch", "prompts.txt", "-o", "out", "--gallery"],
        ["batch", "prompts.txt", "-o", "out", "--ledger"],
      ] {
        let run = try limn(arguments + [place], in: folder)
        #expect(run.status == 2, "\(arguments) \(place): \(run.errors)")
        #expect(run.errors.contains("it is a file of limn's history") || run.errors.contains("is a file of limn's"))
      }
    }
    #expect(try limn("roles", "whoami", in: folder).output.contains("admin"))
    #expect(try folder.openHistory().audit().count == before)
    #expect(try limn("history", "verify", in: folder).status == 0)
  }

  @Test func whatIsReadStays() throws {
    try folder.write(Array("a fox\n".utf8), to: "prompts.txt")
    let reference = try folder.addReference()
    try folder.addModel("transformer")
    let weights = "model/transformer/diffusion_pytorch_model.safetensors"
    let bytes = folder[weights]
    for arguments in [
      ["batch", "prompts.txt", "--gallery", "prompts.txt"], ["batch", "prompts.txt", "--sheet", "limn-batch.sqlite"],
      ["a fox", "--reference", "reference.png", "-o", "reference.png"],
      ["a fox", "--model", "model", "-o", weights], ["a fox", "--model", "model", "-o", "model/model_index.json"],
    ] {
      let run = try limn(arguments, in: folder)
      #expect(run.status == 2, "\(arguments): \(run.errors)")
      #expect(run.errors.contains("cannot be written: it is "), "\(arguments): \(run.errors)")
    }
    #expect(folder["prompts.txt"] == Array("a fox\n".utf8))
    #expect(folder["reference.png"] == reference)
    #expect(folder[weights] == bytes && bytes != nil)
  }

  @Test func noPromptAndNoNameHoldsANUL() throws {
    try folder.write([7], to: "victim")
    let lines = #"""
      {"prompt": "a cat", "output": "victim\u0000x"}
      {"prompt": "a cat\u0000 and a dog"}
      {"prompt": "a cat", "negative": "a\u0000b"}
      """#
    try folder.write(Array(lines.utf8), to: "nul.jsonl")
    let batch = try limn("batch", "nul.jsonl", in: folder)
    #expect(batch.status == 5)
    for (line, field) in [(1, "output"), (2, "prompt"), (3, "negative")] {
      #expect(batch.errors.contains("nul.jsonl:\(line): \"\(field)\" holds a NUL character"), "\(batch.errors)")
    }
    #expect(folder["victim"] == [7])
    let typed = try limn("-", "-o", "x.png", input: Array("a cat\nor\0 two".utf8), in: folder)
    #expect(typed.status == 5 && typed.errors.contains("NUL character in line 2"))
    #expect(folder["x.png"] == nil)
  }

  @Test func aMarkOfByteOrderIsNoPartOfAPrompt() throws {
    let prompt = Array("\u{FEFF}a cat".utf8)
    #expect(try limn("-", "--seed", "1", "-o", "a.png", input: prompt, in: folder).status == 0)
    try folder.write(prompt + Array("\n".utf8) + prompt, to: "p.txt")
    #expect(try limn("batch", "p.txt", "--set", "seed=1", "--name", "{line}.png", in: folder).status == 0)
    #expect(try folder.openHistory().runs(.init()).allSatisfy { $0.prompt == "a cat" })
  }

  @Test func aBatchKeepsToItsFolder() throws {
    let lines = #"""
      {"prompt": "a cat", "output": "deep/a"}
      {"prompt": "a dog", "output": "../b"}
      {"prompt": "a fox", "output": "deep/../../c"}
      """# + "\n{\"prompt\": \"a bee\", \"output\": \"\(folder.work.path)/d\"}\n"
    try folder.write(Array(lines.utf8), to: "p.jsonl")
    let run = try limn("batch", "p.jsonl", "-o", "out", in: folder)
    #expect(run.status == 7)
    for line in [2, 3, 4] { #expect(run.errors.contains("p.jsonl:\(line): The name ")) }
    #expect(run.errors.contains("`limn batch --anywhere` allows that"))
    #expect(try folder.names == ["out", "p.jsonl"])
    #expect(try limn("batch", "p.jsonl", "-o", "out", "--anywhere", in: folder).status == 0)
    #expect(try folder.names == ["b.png", "c.png", "d.png", "out", "p.jsonl"])
  }

  @Test(.timeLimit(.minutes(1))) func aPipeIsNoHistory() throws {
    let run = try shell("mkfifo pipe; LIMN_HISTORY=pipe limn 'a fox' -o fox.png", in: folder)
    #expect(run.status == 0)
    #expect(run.errors.contains("Painting goes on, but is not recorded."))
    #expect(try shell("LIMN_HISTORY=pipe limn history", in: folder).status == 5)
  }

  @Test func separatorsSurviveExportAndImport() throws {
    let words = "a cat\u{2028}b\u{2029}c\u{85}d"
    #expect(try limn(words, "-o", "u.png", in: folder).status == 0)
    #expect(try limn("history", "export", "-o", "e.jsonl", in: folder).status == 0)
    let other = try TestFolder()
    let run = try limn("history", "import", folder.work.path + "/e.jsonl", in: other)
    #expect(run.status == 0 && run.output.contains("1 added"))
    #expect(try other.openHistory().runs(.init()).map(\.prompt) == [words])
  }
}
