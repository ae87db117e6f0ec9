import Foundation
import Testing

/// Manual pages and completions, made from the commands.
@Suite struct ManualTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  @Test func everyCommandHasAPage() throws {
    #expect(try limn("manual", "man", in: folder).status == 0)
    let help = try limn("--help", in: folder).output
    let pages = try FileManager.default.contentsOfDirectory(atPath: folder.work.appending(path: "man").path)
    #expect(pages.contains("limn.1"))
    for command in ["generate", "batch", "styles", "models", "inspect", "score", "guard"] {
      #expect(help.contains("  \(command) ") && pages.contains("limn-\(command).1"))
    }
    let page = String(decoding: try #require(folder["man/limn-batch.1"]), as: UTF8.self)
    for words in [
      ".TH LIMN-BATCH 1", "\\fB\\-\\-shard\\fR", "\\fB\\-o\\fR, \\fB\\-\\-output\\fR", "limn batch prompts.txt \\-o",
    ] {
      #expect(page.contains(words))
    }
    // Where there is a typesetter, it has nothing to complain of.
    let check = try shell(
      "command -v groff > man/tool && for p in man/*.1; do groff -man -ww -Tutf8 $p; done", in: folder)
    #expect(check.errors.isEmpty)
  }

  @Test("completions are read by their shell", arguments: ["bash", "zsh", "fish"])
  func completions(_ name: String) throws {
    let run = try shell("limn --generate-completion-script \(name) > script && cat script", in: folder)
    #expect(run.status == 0 && run.errors.isEmpty)
    for word in ["batch", "shard", "sampler", "unipc"] { #expect(run.output.contains(word)) }
    let check = try shell("if command -v \(name); then \(name) -n script; fi", in: folder)
    #expect(check.status == 0 && check.errors.isEmpty)
  }
}
