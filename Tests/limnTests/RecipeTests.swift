import Foundation
import Testing

/// The recipes of docs/pipelines.md and docs/agents.md, run as they are written: each section in a folder of its own.
@Suite struct RecipeTests {
  struct Block {
    /// "sh", or the kind of a file's contents.
    let kind: String
    /// A file's name, or the tools that a `sh` block needs.
    let words: [String]
    var text = ""
  }

  struct Section: CustomTestStringConvertible, Sendable {
    let title: String
    fileprivate(set) var blocks: [Block] = []

    var testDescription: String { title }
  }

  static let sections: [Section] = {
    let docs = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs")
    return ["pipelines.md", "agents.md"].flatMap { sections(of: docs.appending(path: $0).standardizedFileURL) }
  }()

  private static func sections(of page: URL) -> [Section] {
    let lines = (try? String(contentsOf: page, encoding: .utf8)) ?? ""
    var sections: [Section] = []
    var block: Block?
    for line in lines.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```"), let finished = block {
        // What a person sees, for reading.
        if finished.kind != "console", !sections.isEmpty { sections[sections.count - 1].blocks.append(finished) }
        block = nil
      } else if line.hasPrefix("```") {
        let words = line.dropFirst(3).split(separator: " ").map(String.init)
        block = Block(kind: words.first ?? "", words: Array(words.dropFirst()))
      } else if block != nil {
        block?.text += line + "\n"
      } else if line.hasPrefix("## ") {
        sections.append(Section(title: String(line.dropFirst(3))))
      }
    }
    return sections.filter { !$0.blocks.isEmpty }
  }

  @Test func theGuideHasRecipes() {
    #expect(RecipeTests.sections.count >= 10)
  }

  @Test(arguments: sections)
  func recipe(_ section: Section) throws {
    let folder = try TestFolder()
    for block in section.blocks where block.kind != "sh" {
      let file = folder.work.appending(path: try #require(block.words.first))
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(block.text.utf8).write(to: file)
    }
    for block in section.blocks where block.kind == "sh" {
      let tools = block.words.map { "command -v \($0)" }.joined(separator: " && ")
      // Slurm needs daemons, which `make check-slurm` starts.
      guard !block.words.contains("slurm"), try tools.isEmpty || shell(tools, in: folder).status == 0 else { continue }
      let run = try shell("set -e\n\(block.text)", in: folder)
      #expect(run.status == 0, "\(block.text)\n\(run.errors)")
    }
  }
}
