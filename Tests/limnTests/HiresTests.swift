import Foundation
import Images
import Testing

/// `--hires`, with tiny models.
@Suite struct HiresTests {
  private let folder: TestFolder
  private let model = ["--model", TestFolder.fixture("sd1").path]
  private let said = ["--seed", "3", "--steps", "4", "--width", "64", "--height", "72"]

  init() throws { folder = try TestFolder() }

  private func picture(_ name: String) throws -> PictureFile {
    try PictureFile(contentsOf: folder.work.appending(path: name).path)
  }

  @Test func aPictureIsPaintedTwiceAndAgain() throws {
    #expect(try limn(["a fox"] + model + said + ["--hires", "1.5", "-o", "fox.png"], in: folder).status == 0)
    #expect(try picture("fox.png").size == PictureSize(width: 96, height: 112))
    let told = try limn("inspect", "fox.png", in: folder).output
    // As A1111 writes it: the size is that of the first pass.
    for words in [
      "size          64x72", "Hires upscale       1.5", "Hires steps         2", "Hires upscaler      Latent",
      "Denoising strength  0.7",
    ] {
      let isSaid = told.replacing(#/ +/#, with: " ").contains(words.replacing(#/ +/#, with: " "))
      #expect(isSaid, "\(words) in \(told)")
    }
    let again = try limn("history", "redo", "1", "--verify", "-o", "again.png", in: folder)
    #expect(again.status == 0, "\(again.errors)")
    #expect(try picture("again.png").decoded() == picture("fox.png").decoded())
    let read = try limn(["history", "redo", "fox.png", "-o", "read.png"] + model, in: folder)
    #expect(read.status == 0, "\(read.errors)")
    #expect(try picture("read.png").decoded() == picture("fox.png").decoded())
  }

  @Test func batchesPaintTwice() throws {
    let line =
      #"{"prompt": "a fox", "model": "\#(model[1])", "steps": 2, "hires": 2, "hires_upscaler": "lanczos", "hires_strength": 0.5}"#
    try folder.write(Array(line.utf8), to: "prompts.jsonl")
    let run = try limn("batch", "prompts.jsonl", "-o", "out", in: folder)
    #expect(run.status == 0, "\(run.errors)")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.work.appending(path: "out").path)
    let name = try #require(names.first { $0.hasSuffix(".png") })
    #expect(try limn("inspect", "out/\(name)", in: folder).output.contains("Lanczos"))
  }

  @Test(arguments: [
    (["--hires", "5"], 2, "--hires 5 is not more than 1, up to 4."),
    (["--hires-steps", "3"], 2, "say how much larger by --hires"),
    (["--hires", "2", "--reference", "fox.png"], 2, "paints twice from noise"),
    (["--hires", "2", "--hires-upscaler", "nothing-such"], 2, "There is no upscaler"),
    (["--hires", "2", "--max-memory", "60MB", "--width", "2048", "--height", "2048"], 6, "60 MB"),
    (["--hires", "4", "--width", "4096", "--height", "64"], 2, "sides reach up to 8192"),
  ]) func nonsenseGetsASentence(_ flags: [String], status: Int, words: String) throws {
    let picture = Picture(width: 64, height: 64, red: 9, green: 9, blue: 9)
    try folder.write(PNGEncoder.encode(picture), to: "fox.png")
    let run = try limn(["a fox"] + model + flags, in: folder)
    #expect(run.status == Int32(status) && run.errors.contains(words), "\(run.errors)")
  }

  @Test func modelsThatEnlargeNoLatentsSaySo() throws {
    let klein = TestFolder.fixture("../PicturesFlux2/klein").standardizedFileURL.path
    let run = try limn(
      ["a fox", "--hires", "2", "--hires-upscaler", "latent", "--model", klein], in: folder)
    #expect(
      run.status == 2 && run.errors.contains("cannot be enlarged; take --hires-upscaler lanczos"), "\(run.errors)")
  }
}
