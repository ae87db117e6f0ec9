import Foundation
import Testing

/// Inputs that cannot be read: status 5, a sentence that names the file, and nothing written.
@Suite struct DamageTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  private func expectUnreadable(_ run: Run, _ words: String..., sourceLocation: SourceLocation = #_sourceLocation)
    throws
  {
    #expect(run.status == 5, sourceLocation: sourceLocation)
    #expect(run.output.isEmpty, sourceLocation: sourceLocation)
    #expect(run.errors.hasPrefix("limn: "), sourceLocation: sourceLocation)
    #expect(run.errors.split(separator: "\n").count == 1, "one sentence", sourceLocation: sourceLocation)
    for word in words { #expect(run.errors.contains(word), sourceLocation: sourceLocation) }
    #expect(try !folder.names.contains("never.png"), sourceLocation: sourceLocation)
  }

  private func paint(_ more: String...) throws -> Run { try limn(["a fox", "-o", "never.png"] + more, in: folder) }

  // MARK: Checkpoints

  static let modelFiles = [
    "model_index.json", "transformer/config.json", "transformer/diffusion_pytorch_model.safetensors", "vae/config.json",
    "vae/diffusion_pytorch_model.safetensors", "text_encoder/config.json", "text_encoder/model.safetensors",
    "prior/config.json", "prior/diffusion_pytorch_model.safetensors",
    "tokenizer/vocab.json", "tokenizer/merges.txt", "scheduler/scheduler_config.json",
  ]

  @Test("a file of the model is missing", arguments: modelFiles)
  func missing(_ file: String) throws {
    try folder.addModel("prior")
    try FileManager.default.removeItem(at: folder.work.appending(path: "model/\(file)"))
    let place = file.split(separator: "/")[0]
    try expectUnreadable(try paint("-m", "model"), String(place))
  }

  @Test("a file of the model is cut short", arguments: modelFiles)
  func cutShort(_ file: String) throws {
    try folder.addModel("prior")
    try folder.change("model/\(file)") { $0.removeLast($0.count / 2) }
    try expectUnreadable(try paint("-m", "model"), file)
  }

  @Test("a file of the model is empty", arguments: modelFiles)
  func empty(_ file: String) throws {
    try folder.addModel("prior")
    try folder.write([], to: "model/\(file)")
    try expectUnreadable(try paint("-m", "model"), file)
  }

  /// Tensors that everything runs through, and the part that the sentence must name.
  static let tensors = [
    ("text_encoder/model.safetensors", "final_layer_norm.weight", "text encoder"),
    ("prior/diffusion_pytorch_model.safetensors", "leave.bias", "prior"),
    ("transformer/diffusion_pytorch_model.safetensors", "proj_out.weight", "denoiser"),
    ("vae/diffusion_pytorch_model.safetensors", "decoder.conv_in.bias", "autoencoder"),
    ("vae/diffusion_pytorch_model.safetensors", "decoder.conv_out.weight", "autoencoder"),
  ]

  @Test("weights that are no numbers", arguments: tensors, [UInt16(0x7FC0), 0x7F80])
  func notANumber(_ place: (file: String, tensor: String, part: String), _ bits: UInt16) throws {
    try folder.addModel("prior")
    try folder.change("model/\(place.file)") { bytes in
      let start = try start(of: place.tensor, in: bytes)
      bytes[start] = UInt8(bits & 0xFF)
      bytes[start + 1] = UInt8(bits >> 8)
    }
    try expectUnreadable(try paint("-m", "model"), "model", place.part)
  }

  @Test func aDamagedEncoderOfPicturesIsNoticed() throws {
    try folder.addModel("prior")
    try folder.addReference()
    try folder.change("model/vae/diffusion_pytorch_model.safetensors") { bytes in
      let start = try start(of: "encoder.conv_in.bias", in: bytes)
      bytes.replaceSubrange(start..<start + 2, with: [0xC0, 0x7F])
    }
    try expectUnreadable(try paint("-m", "model", "-r", "reference.png"), "autoencoder")
  }

  /// Where a tensor's values begin in a safetensors file.
  private func start(of tensor: String, in bytes: [UInt8]) throws -> Int {
    let length = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    let header = try JSONSerialization.jsonObject(with: Data(bytes[8..<8 + length])) as? [String: [String: Any]]
    let name = try #require(
      header?.keys.first { $0 == tensor || $0.hasSuffix(".\(tensor)") || $0 == "text_model.\(tensor)" })
    let offsets = try #require(header?[name]?["data_offsets"] as? [Int])
    return 8 + length + offsets[0]
  }

  @Test(
    "shapes that the configuration does not promise",
    arguments: [
      ("transformer/config.json", "\"num_layers\": 2", "\"num_layers\": 3", "transformer_blocks.2"),
      ("transformer/config.json", "\"num_layers\": 2", "\"num_layers\": 1", "transformer_blocks.1"),
      ("transformer/config.json", "\"num_attention_heads\": 4", "\"num_attention_heads\": 8", "transformer"),
      ("transformer/config.json", "\"in_channels\": 16", "\"in_channels\": 8", "channels"),
      ("prior/config.json", "\"text_width\": 32", "\"text_width\": 16", "16"),
      ("prior/config.json", "\"latent_channels\": 8", "\"latent_channels\": 4", "4 channels"),
      ("prior/config.json", "\"rank\": 20", "\"rank\": 0", "rank"),
      ("prior/config.json", "\"num_blocks\": 2", "\"num_blocks\": 3", "blocks.2"),
      ("model_index.json", "LatentPrior", "PriorTransformer", "PriorTransformer"),
      ("transformer/config.json", "\"caption_channels\": 32", "\"caption_channels\": 48", "48"),
      ("vae/config.json", "\"in_channels\": 48", "\"in_channels\": 3", "vae"),
      ("vae/config.json", "\"latent_channels\": 8", "\"latent_channels\": 16", "16"),
      ("text_encoder/config.json", "\"vocab_size\": ", "\"vocab_size\": 1", "token_embedding"),
      ("model_index.json", "PixArtTransformer2DModel", "FluxTransformer2DModel", "FluxTransformer2DModel"),
      ("model_index.json", "\"finish\": \"pixel\"", "\"finish\": \"bogus\"", "limn.styles"),
      ("scheduler/scheduler_config.json", "DPMSolverMultistepScheduler", "MysteryScheduler", "MysteryScheduler"),
    ])
  func wrongShapes(_ file: String, _ old: String, _ new: String, _ word: String) throws {
    try folder.addModel("prior")
    try folder.change("model/\(file)") { bytes in
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(text.contains(old))
      bytes = Array(text.replacing(old, with: new).utf8)
    }
    try expectUnreadable(try paint("-m", "model"), word)
  }

  @Test func aModelThatIsNotThereIsSaidToBeSo() throws {
    try expectUnreadable(try paint("-m", "bogus"), "\"bogus\"", "default")
    try expectUnreadable(try paint("-m", "no/such/folder"), "no/such/folder")
    try FileManager.default.createDirectory(
      at: folder.work.appending(path: "hollow"), withIntermediateDirectories: false)
    try expectUnreadable(try paint("-m", "hollow"), "hollow", "model_index.json")
    try folder.write(Array("hello".utf8), to: "text.safetensors")
    try expectUnreadable(try paint("-m", "text.safetensors"), "text.safetensors")
  }

  @Test func aMissingBundledModelIsExplained() throws {
    folder.environment["LIMN_WEIGHTS"] = folder.work.path
    try expectUnreadable(try paint(), "bundled model", "LIMN_WEIGHTS")
  }

  // MARK: Pictures and prompts

  @Test func damagedReferencesAreNamed() throws {
    let picture = try folder.addReference()
    let files: [(name: String, bytes: [UInt8], says: String)] = [
      ("empty.png", [], "empty"),
      ("cut.png", Array(picture.prefix(picture.count / 2)), "cut short"),
      ("stub.png", Array(picture.prefix(20)), "stub.png"),
      ("fox.webp", Array("RIFF".utf8) + [36, 0, 0, 0] + Array("WEBPVP8 ".utf8) + picture.prefix(100), "WebP"),
      ("fox.txt", Array("a fox".utf8), "PNG, JPEG and WebP"),
      ("cut.jpg", [0xFF, 0xD8, 0xFF, 0xE0, 0, 16] + Array("JFIF".utf8), "cut.jpg"),
    ]
    for file in files {
      try folder.write(file.bytes, to: file.name)
      try expectUnreadable(try paint("-r", file.name), file.name, file.says)
      let piped = try limn("a fox", "-o", "never.png", "-r", "-", input: file.bytes, in: folder)
      try expectUnreadable(piped, "standard input")
    }
  }

  @Test func unreadableReferencesAreNamed() throws {
    try expectUnreadable(try paint("-r", "missing.png"), "missing.png")
    try expectUnreadable(try paint("-r", "."), "folder")
    try expectUnreadable(try limn("inspect", "missing.png", in: folder), "missing.png")
  }

  @Test func aPromptFromAPipeMustBeText() throws {
    try expectUnreadable(
      try limn("-", "-o", "never.png", input: [0xFF, 0xFE, 0x20], in: folder), "standard input", "UTF-8")
  }

  @Test func anArgumentThatIsNoTextIsPaintedWithoutItsBadBytes() throws {
    let run = try shell("limn \"$(printf 'caf\\351')\" --seed 1", in: folder)
    #expect(run.status == 0)
    #expect(run.output == "caf-1.png\n")
  }
}
