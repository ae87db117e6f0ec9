import Foundation
import Images
import Testing

/// `limn enlarge` and `--upscale`, with tiny networks of random weights.
@Suite struct EnlargeTests {
  let folder: TestFolder
  private static let upscaler = TestFolder.fixture("../Upscalers/compact.pth").standardizedFileURL.path

  init() throws {
    folder = try TestFolder()
    try folder.addReference()
  }

  private func picture(_ name: String) throws -> PictureFile {
    try PictureFile(contentsOf: folder.work.appending(path: name).path)
  }

  @Test func aPictureIsEnlargedBesideItself() throws {
    let run = try limn("enlarge", "reference.png", "--upscaler", Self.upscaler, in: folder)
    #expect(run.status == 0 && run.lines == ["reference-x4.png"])
    #expect(try picture("reference-x4.png").size == PictureSize(width: 256, height: 256))
    // Nothing is written over.
    #expect(
      try limn("enlarge", "reference.png", "--upscaler", Self.upscaler, in: folder).lines == ["reference-x4-2.png"])
    let report = try limn("inspect", "reference-x4.png", in: folder).output
    #expect(report.contains("made by AI    yes"))
  }

  @Test func whatThePictureSaysIsKept() throws {
    #expect(try limn("a fox", "--seed", "3", "--steps", "1", "-o", "fox.png", in: folder).status == 0)
    #expect(
      try limn("enlarge", "fox.png", "--factor", "2", "--upscaler", Self.upscaler, "-o", "large.png", in: folder).status
        == 0)
    let said = try limn("inspect", "large.png", in: folder).output
    for words in ["a fox", "seed          3", "Upscale       2", "Upscaler      compact", "trainedAlgorithmicMedia"] {
      #expect(said.contains(words), "\(words) in \(said)")
    }
  }

  @Test func formatsFollowTheNames() throws {
    let run = try limn(
      "enlarge", "reference.png", "--factor", "3", "--upscaler", Self.upscaler, "-o", "large.jpg", "--json", in: folder)
    #expect(run.status == 0)
    let record = try #require(run.objects().first)
    #expect(record["width"] as? Int == 192 && record["command"] as? String == "enlarge")
    let file = try picture("large.jpg")
    #expect(file.format == .jpeg && file.size.width == 192)
    #expect(
      try limn("enlarge", "large.jpg", "--factor", "2", "--upscaler", Self.upscaler, in: folder).lines == [
        "large-x2.jpg"
      ])
  }

  @Test func severalGoIntoAFolder() throws {
    try folder.write(Array("no picture".utf8), to: "text.png")
    try FileManager.default.createDirectory(at: folder.work.appending(path: "out"), withIntermediateDirectories: false)
    let run = try limn(
      "enlarge", "reference.png", "text.png", "--factor", "2", "--upscaler", Self.upscaler, "-o", "out", in: folder)
    #expect(run.status == 7)
    #expect(run.lines == ["out/reference-x2.png"])
    #expect(run.errors.contains("text.png is a text file; limn reads PNG, JPEG and WebP."))
  }

  @Test(arguments: [
    (["--factor", "5"], 2, "--factor 5 is not 2, 3, 4 or 8."),
    (["--upscaler", "nothing-such"], 2, "There is no upscaler \"nothing-such\""),
    ([], 5, "This program was built without realesrgan-x4plus"),
    (["--upscaler", "reference.png"], 5, "reference.png"),
    (["--upscaler", upscaler, "-o", "large.gif"], 2, "limn writes PNG and JPEG"),
    (["--upscaler", upscaler, "-o", "reference.png"], 2, "the picture that is read"),
    (["--upscaler", upscaler, "--max-memory", "30MB"], 6, "30 MB"),
  ]) func nonsenseGetsASentence(_ flags: [String], status: Int, words: String) throws {
    let run = try limn(["enlarge", "reference.png"] + flags, in: folder)
    #expect(run.status == Int32(status))
    #expect(run.errors.contains(words), "\(run.errors)")
    #expect(try folder.names == ["reference.png"])
  }

  @Test func paintedPicturesAreEnlarged() throws {
    let flags = ["--seed", "3", "--steps", "1", "--upscale", "2", "--upscaler", Self.upscaler]
    #expect(try limn(["a fox"] + flags + ["-o", "fox.png"], in: folder).status == 0)
    #expect(try limn("a fox", "--seed", "3", "--steps", "1", "-o", "small.png", in: folder).status == 0)
    let (large, small) = (try picture("fox.png").size, try picture("small.png").size)
    #expect(large == PictureSize(width: 2 * small.width, height: 2 * small.height))
    // The size that the picture names is the painted one, so that the same words paint the same again.
    #expect(try limn("inspect", "fox.png", in: folder).output.contains("size          \(small)"))
    let again = try limn("history", "redo", "1", "--verify", "-o", "again.png", in: folder)
    #expect(again.status == 0, "\(again.errors)")
    #expect(try picture("again.png").decoded() == picture("fox.png").decoded())
  }

  @Test func batchesEnlarge() throws {
    let line = #"{"prompt": "a fox", "steps": 1, "seed": 3, "upscale": 2, "upscaler": "\#(Self.upscaler)"}"#
    try folder.write(Array(line.utf8), to: "prompts.jsonl")
    #expect(try limn("batch", "prompts.jsonl", "-o", "out", in: folder).status == 0)
    let name = try #require(
      FileManager.default.contentsOfDirectory(atPath: folder.work.appending(path: "out").path).first {
        $0.hasSuffix(".png")
      })
    #expect(try limn("inspect", "out/\(name)", in: folder).output.contains("Upscale       2"))
  }

  @Test func theHistoryKnowsOfIt() throws {
    #expect(try limn("enlarge", "reference.png", "--factor", "2", "--upscaler", Self.upscaler, in: folder).status == 0)
    #expect(try limn("history", in: folder).output.contains("limn enlarge reference.png"))
    let shown = try limn("history", "show", "1", in: folder).output
    #expect(shown.contains("upscale=2") && shown.contains("reference-x2.png"))
    let again = try limn("history", "redo", "1", in: folder)
    #expect(again.status == 2 && again.errors.contains("`limn enlarge` changed"))
  }

  @Test func stylesNeedTheirNetworks() throws {
    let run = try limn("a fox", "--style-from", "reference.png", in: folder)
    #expect(run.status == 5 && run.errors.contains("built without the networks that --style-from needs"))
    try folder.write(Array("no picture".utf8), to: "text.txt")
    let text = try limn("a fox", "--style-from", "text.txt", in: folder)
    #expect(text.status == 5 && text.errors.contains("text.txt is a text file"))
    #expect(try limn("restyle", "reference.png", in: folder).status == 2)
    #expect(try limn("a fox", "--style-strength", "0.5", in: folder).errors.contains("name that by --style-from"))
  }
}
