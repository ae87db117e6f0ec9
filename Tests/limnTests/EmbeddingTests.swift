import Foundation
import Images
import Testing

/// `--embedding`, and words of prompts in A1111's syntax.
@Suite struct EmbeddingTests {
  let folder: TestFolder
  private let fixtures = TestFolder.fixture("../PicturesEmbeddings").standardizedFileURL

  init() throws {
    folder = try TestFolder()
    let embeddings = folder.history.deletingLastPathComponent().appending(path: "../../share/limn/embeddings")
      .standardizedFileURL
    try FileManager.default.createDirectory(at: embeddings, withIntermediateDirectories: true)
    for name in ["automatic.safetensors", "old.pt"] {
      try FileManager.default.copyItem(at: fixtures.appending(path: name), to: embeddings.appending(path: name))
    }
  }

  private func paint(_ arguments: String...) throws -> Run {
    let standard = ["--steps", "4", "--guidance", "5", "--seed", "42", "--width", "64", "--height", "64"]
    return try limn(standard + ["-m", fixtures.appending(path: "sd1").path] + arguments, in: folder)
  }

  private func pixels(_ name: String) throws -> Picture {
    try Picture(contentsOf: folder.work.appending(path: name).path)
  }

  @Test func flagsPaintDiffusersPicture() throws {
    let word = fixtures.appending(path: "word.safetensors").path
    let run = try paint(
      "automatic <red-fox> automatic", "--embedding", word, "--embedding", "automatic", "-o", "two.png")
    #expect(run.status == 0 && run.errors.isEmpty)
    let expected = try Picture(contentsOf: fixtures.appending(path: "sd1-two.png").path)
    #expect(zip(try pixels("two.png").pixels, expected.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 2 })
    #expect(try limn("history", "redo", "last", "--verify", "-o", "again.png", in: folder).status == 0)
  }

  @Test func wordsStandForFilesOfTheFolder() throws {
    #expect(try paint("a (old:1.2) fox", "--prompt-syntax", "a1111", "-o", "old.png").status == 0)
    #expect(try paint("a (bold:1.2) fox", "--prompt-syntax", "a1111", "-o", "bold.png").status == 0)
    #expect(try limn("inspect", "old.png", in: folder).output.contains("TI hashes     old: "))
    #expect(try !limn("inspect", "bold.png", in: folder).output.contains("TI hashes"))
    #expect(try !paint("an old fox", "--json", "-o", "plain.png").output.contains("embedding"))
  }

  @Test func mistakesAreSentences() throws {
    let unknown = try paint("a fox", "--embedding", "nowhere")
    #expect(unknown.status == 5 && unknown.errors.contains("There is no textual inversion \"nowhere\""))
    let other = try paint("a fox", "--embedding", fixtures.appending(path: "xl-one.safetensors").path)
    #expect(other.status == 2 && other.errors.contains("is a textual inversion for text encoders 16 and 24 wide"))
    let unnamed = try paint("a fox", "--embedding", "old", "-o", "unnamed.png")
    #expect(unnamed.status == 0 && unnamed.errors.contains("Neither prompt names the textual inversion"))
  }
}
