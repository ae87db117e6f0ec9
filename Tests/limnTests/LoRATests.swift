import Foundation
import Images
import Testing

/// `--lora`, and `<lora:name:0.8>` in prompts.
@Suite struct LoRATests {
  let folder: TestFolder
  private let fixtures = TestFolder.fixture("../PicturesLoRA").standardizedFileURL

  init() throws {
    folder = try TestFolder()
    let loras = folder.history.deletingLastPathComponent().appending(path: "../../share/limn/loras")
      .standardizedFileURL
    try FileManager.default.createDirectory(at: loras, withIntermediateDirectories: true)
    for name in ["kohya", "convolutions"] {
      try FileManager.default.copyItem(
        at: fixtures.appending(path: "\(name).safetensors"), to: loras.appending(path: "\(name).safetensors"))
    }
  }

  /// As the cases of PicturesLoRA were painted.
  private func paint(_ arguments: String...) throws -> Run {
    let standard = ["--steps", "4", "--guidance", "5", "--seed", "42", "--width", "64", "--height", "64"]
    return try limn(standard + ["-m", fixtures.appending(path: "sd1").path] + arguments, in: folder)
  }

  private func pixels(_ name: String) throws -> Picture {
    try Picture(contentsOf: folder.work.appending(path: name).path)
  }

  private func expectCase(_ name: String, _ picture: String) throws {
    let expected = try Picture(contentsOf: fixtures.appending(path: "\(name).png").path)
    let differences = zip(try pixels(picture).pixels, expected.pixels).map { abs(Int($0) - Int($1)) }
    #expect(differences.max() ?? 256 <= 2)
    #expect(Double(differences.reduce(0, +)) / Double(max(1, differences.count)) <= 0.02)
  }

  @Test func flagsAndTagsPaintDiffusersPicture() throws {
    let file = fixtures.appending(path: "convolutions.safetensors").path
    let flags = try paint("a red fox in the snow", "--lora", "kohya:0.7", "--lora", "\(file):-0.4", "-o", "flags.png")
    #expect(flags.status == 0 && flags.errors.isEmpty)
    try expectCase("sd1-two", "flags.png")
    let tags = try paint(
      "a red fox <lora:kohya:0.7> in the snow <lora:convolutions:-0.4>", "-o", "tags.png", "--json")
    #expect(tags.status == 0)
    #expect(try pixels("tags.png") == pixels("flags.png"))
    let object = try #require(tags.objects().first)
    #expect(object["prompt"] as? String == "a red fox in the snow")
    #expect(object["lora"] as? String == "kohya:0.7,convolutions:-0.4")
  }

  /// As A1111 writes and reads it.
  @Test func thePictureSaysWhichLoRAs() throws {
    #expect(try paint("a red fox in the snow", "--lora", "kohya:0.45", "-n", "blurry", "-o", "fox.png").status == 0)
    try expectCase("sd1-kohya-weak", "fox.png")
    let text = try limn("inspect", "fox.png", in: folder).output
    #expect(text.contains("a red fox in the snow <lora:kohya:0.45>"))
    let hash = try shell(
      "python3 -c 1 2>/dev/null; f='\(fixtures.path)/kohya.safetensors'; n=$(od -An -tu8 -N8 \"$f\" | tr -d ' '); "
        + "tail -c +$((n + 9)) \"$f\" | sha256sum | cut -c1-12", in: folder
    ).output.trimmingCharacters(in: .whitespacesAndNewlines)
    #expect(text.contains("kohya: \(hash)"))
    #expect(try limn("history", "redo", "last", "--verify", "-o", "again.png", in: folder).status == 0)
    #expect(try pixels("again.png") == pixels("fox.png"))
    // A picture that the history does not know.
    try FileManager.default.removeItem(at: folder.history)
    let redo = try limn(
      "history", "redo", "fox.png", "-m", fixtures.appending(path: "sd1").path, "-o", "third.png", in: folder)
    #expect(redo.status == 0)
    #expect(try pixels("third.png") == pixels("fox.png"))
  }

  @Test func linesOfABatchHaveTheirOwn() throws {
    let model = fixtures.appending(path: "sd1").path
    let lines = ["kohya:1.0", "", "kohya:1.0", "convolutions:1.0", "kohya:-0.5"].enumerated().map { place, lora in
      let word = lora.isEmpty ? "" : ",\"lora\":\"\(lora)\""
      return
        "{\"prompt\":\"a red fox in the snow\",\"output\":\"\(place)\",\"model\":\"\(model)\",\"seed\":\(place == 2 ? 43 : 42),\"steps\":4,\"guidance\":5,\"width\":64,\"height\":64\(word)}"
    }
    try folder.write(Array((lines.joined(separator: "\n") + "\n").utf8), to: "lines.jsonl")
    let run = try limn("batch", "lines.jsonl", "-o", ".", in: folder)
    #expect(run.status == 0)
    try expectCase("sd1-kohya", "0.png")
    try expectCase("sd1-convolutions", "3.png")
    try expectCase("sd1-kohya-negative-weight", "4.png")
    #expect(try pixels("1.png") != pixels("0.png"))
    #expect(
      try limn("batch", "lines.jsonl", "-o", ".", in: folder).errors.contains("5 of 5 pictures lie there already"))
  }

  @Test func mistakesAreSentences() throws {
    let unknown = try paint("a fox", "--lora", "nowhere")
    #expect(unknown.status == 5)
    #expect(unknown.errors.contains("There is no LoRA \"nowhere\""))
    #expect(unknown.errors.contains("which has convolutions, kohya"))
    let bundled = try limn("a fox", "--lora", "kohya", in: folder)
    #expect(bundled.status == 5)
    #expect(bundled.errors.contains("kohya.safetensors: 60 tensors of it match nothing of the model: `lora_unet_"))
    let model = try limn("a fox", "-m", fixtures.appending(path: "kohya.safetensors").path, in: folder)
    #expect(model.errors.contains("holds a LoRA, which changes a checkpoint but is none"))
    let text = try paint("a fox <lora:kohya:much>")
    #expect(text.status == 2)
  }
}
