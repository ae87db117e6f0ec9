import Foundation
import JSON
import Tensors
import Testing

@testable import Checkpoints

/// Birth certificate of the tables: Tests/Reference/single_file.py (diffusers 0.42.1 converted, torch 2.15.0 traced).
@Suite struct SingleFileTests {
  private struct Row {
    let part, original: String
    let originalShape: [Int]
    let name: String
    let shape: [Int]
    /// The tensor's first value, counted in the original one.
    let offset: Int
  }

  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func rows(_ kind: String) throws -> [Row] {
    let text = try String(contentsOfFile: fixture("\(kind)_keys.tsv"), encoding: .utf8)
    return text.split(separator: "\n").map { line in
      let cells = line.split(separator: "\t").map(String.init)
      let numbers = { (cell: String) in cell.split { "[],-".contains($0) }.compactMap { Int($0) } }
      return Row(
        part: cells[0], original: cells[1], originalShape: numbers(cells[2]), name: cells[3], shape: numbers(cells[4]),
        offset: Int(cells[5]) ?? 0)
    }
  }

  /// The file that the table describes, and where each of its tensors begins.
  ///
  /// - Parameter renamed: How the file spells a name of the table.
  private func checkpoint(
    _ kind: String, adding extra: [String: [Int]] = [:], renamed: (String) -> String = { $0 }
  ) throws -> (path: String, starts: [String: Int]) {
    var tensors: [(name: String, shape: [Int])] = []
    var starts: [String: Int] = [:]
    var next = 0
    for row in try rows(kind) where starts[row.original] == nil {
      starts[row.original] = next
      tensors.append((renamed(row.original), row.originalShape))
      next += row.originalShape.product
    }
    tensors += extra.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    return (try folder.write("\(kind).safetensors", SafetensorsWriter.counting(tensors).file()), starts)
  }

  private static let kinds = ["sd1", "sd2", "sdxl", "ssd-1b", "tiny-sd"]
  private static let families: [String: CheckpointFamily] = [
    "sd1": .stableDiffusion1, "sd2": .stableDiffusion2, "sdxl": .stableDiffusionXL, "ssd-1b": .stableDiffusionXL,
    "tiny-sd": .stableDiffusion1,
  ]

  private func parts(_ single: SingleFileCheckpoint) -> [String: RenamedSource] {
    var parts = ["unet": single.unet]
    parts["vae"] = single.autoencoder
    parts["text_encoder"] = single.textEncoder
    parts["text_encoder_2"] = single.textEncoder2
    return parts
  }

  @Test(arguments: kinds)
  func presentsWhatDiffusersMakesOfTheFile(kind: String) throws {
    let (path, starts) = try checkpoint(
      kind, adding: ["model_ema.decay": [1], "alphas_cumprod": [4], "denoiser.sigmas": [3], "stranger.weight": [1]])
    let single = try SingleFileCheckpoint(path: path)
    #expect(single.family == SingleFileTests.families[kind])
    #expect(single.isInpainting == (kind == "sd2"))
    #expect(single.unrecognised == ["stranger.weight"])
    let parts = parts(single)
    var expected: [String: Set<String>] = [:]
    for row in try rows(kind) where row.part != "-" {
      expected[row.part, default: []].insert(row.name)
      let part = try #require(parts[row.part])
      let tensor = try #require(try part.stored(row.name), "\(row.name) is missing")
      #expect(tensor.shape == row.shape, "\(row.name)")
      let first = try #require(starts[row.original]) + row.offset
      let value = unsafe tensor.bytes.withBytes { unsafe $0.loadUnaligned(as: Float.self) }
      #expect(value == Float(first), "\(row.name)")
      #expect(part.originalName(of: row.name) == row.original)
    }
    for (name, part) in parts { #expect(Set(part.names) == expected[name]) }
  }

  @Test("a file all in a type that limn does not compute with is told by it")
  func namesTheType() throws {
    let (path, _) = try checkpoint("sd1")
    var bytes = try Data(contentsOf: URL(filePath: path))
    while let type = bytes.range(of: Data("\"F32\"".utf8)) { bytes.replaceSubrange(type, with: Data("\"I32\"".utf8)) }
    try bytes.write(to: URL(filePath: path))
    let said = sentence {
      _ = try SingleFileParts(path: path, vocabulary: nil).configuration(of: "text_encoder")
    }
    #expect(said.contains("is of type I32, which limn does not compute with"))
  }

  /// OpenCLIP stores its projection as `[inputs, outputs]`.
  @Test func presentsTheProjectionOfTextsTransposed() throws {
    let (path, starts) = try checkpoint("sdxl")
    let projection = try #require(
      try SingleFileCheckpoint(path: path).textEncoder2?.stored("text_projection.weight")?.widened())
    #expect(projection.shape == [12, 24])
    let first = try #require(starts["conditioner.embedders.1.model.text_projection"])
    let expected = (0..<12).flatMap { output in (0..<24).map { Float(first + $0 * 12 + output) } }
    #expect(projection.values == expected)
  }

  /// Any block may have lost its attention or some of its transformer blocks.
  @Test func readsDepthsOfUnknownPrunings() throws {
    let lost = ["middle_block.1.transformer_blocks.2.", "input_blocks.4.1.", "output_blocks.5.1.transformer_blocks.1."]
    var done: Set<String> = []
    let kept = try rows("sdxl").filter { row in
      !lost.contains { row.original.contains("model.diffusion_model.\($0)") } && done.insert(row.original).inserted
    }
    let file = SafetensorsWriter.counting(kept.map { ($0.original, $0.originalShape) }).file()
    let single = try SingleFileCheckpoint(path: folder.write("pruned.safetensors", file))
    let configuration = single.unetConfiguration
    #expect(configuration["transformer_layers_per_block"] == [1, [0, 2], [3, 3]])
    #expect(configuration["reverse_transformer_layers_per_block"] == [[3, 3, 3], [2, 2, 1], 1])
    #expect(configuration["mid_block_transformer_layers"] == 2)
    #expect(configuration["mid_block_type"] == "UNetMidBlock2DCrossAttn")
  }

  /// Files that were converted from prunings number their blocks as if the missing ones were there.
  @Test func findsBlocksBetweenGaps() throws {
    let gaps = [
      "input_blocks.2.": "input_blocks.3.", "input_blocks.3.": "input_blocks.4.", "input_blocks.4.": "input_blocks.6.",
      "input_blocks.5.": "input_blocks.7.", "output_blocks.1.2.": "output_blocks.2.1.",
      "output_blocks.2.": "output_blocks.3.", "output_blocks.3.2.": "output_blocks.5.2.",
      "output_blocks.3.": "output_blocks.4.", "output_blocks.4.": "output_blocks.6.",
      "output_blocks.5.": "output_blocks.7.",
    ]
    let sparse = try checkpoint("tiny-sd") { name in
      // The upsamplers lose their block, the others their numbers.
      let from = gaps.keys.filter(name.contains).max { $0.count < $1.count }
      return from.map { name.replacingOccurrences(of: $0, with: gaps[$0] ?? $0) } ?? name
    }
    let single = try SingleFileCheckpoint(path: sparse.path)
    let expected = Set(try rows("tiny-sd").filter { $0.part == "unet" }.map(\.name))
    #expect(Set(single.unet.names) == expected && single.unrecognised == [])
    #expect(single.unetConfiguration["layers_per_block"] == 1)
  }

  @Test(arguments: kinds)
  func infersTheConfigurationOfDiffusers(kind: String) throws {
    let expected = try JSONValue(contentsOf: fixture("\(kind)_configuration.json"))
    let single = try SingleFileCheckpoint(path: try checkpoint(kind).path)
    var found = ["unet": single.unetConfiguration]
    found["vae"] = single.autoencoderConfiguration
    found["text_encoder"] = single.textEncoderConfiguration
    found["text_encoder_2"] = single.textEncoder2Configuration
    #expect(Set(found.keys) == Set(try #require(expected.object).keys))
    for (part, configuration) in found {
      for (key, value) in try #require(expected[part]?.object) {
        #expect(configuration[key] ?? .null == value, "\(part): \(key)")
      }
    }
    let schedulers: [CheckpointFamily: JSONValue] = [
      .stableDiffusion1: "PNDMScheduler", .stableDiffusion2: "DDIMScheduler",
      .stableDiffusionXL: "EulerDiscreteScheduler",
    ]
    #expect(single.schedulerConfiguration["_class_name"] == schedulers[single.family])
    #expect(single.schedulerConfiguration["rescale_betas_zero_snr"] == nil)
  }

  /// What marks networks that predict velocity, in files of the families that predict noise otherwise.
  @Test(
    arguments: [
      ("tiny-sd", [], [:], "epsilon", false), ("tiny-sd", ["v_pred"], [:], "v_prediction", false),
      ("tiny-sd", ["v_pred", "ztsnr"], [:], "v_prediction", true), ("ssd-1b", [], [:], "epsilon", false),
      ("ssd-1b", ["ztsnr"], [:], "epsilon", false), ("ssd-1b", ["v_pred", "ztsnr"], [:], "v_prediction", true),
      ("ssd-1b", [], ["modelspec.prediction_type": "v"], "v_prediction", false),
      ("ssd-1b", ["v_pred"], ["modelspec.prediction_type": "epsilon"], "epsilon", false),
    ] as [(String, [String], [String: String], String, Bool)])
  func tellsVelocityByItsMarks(
    kind: String, marks: [String], metadata: [String: String], expected: String, isZero: Bool
  ) throws {
    var writer = SafetensorsWriter(metadata: metadata)
    var done: Set<String> = []
    for row in try rows(kind) where done.insert(row.original).inserted {
      writer.add(row.original, row.originalShape, [Float](repeating: 0, count: row.originalShape.product))
    }
    for mark in marks { writer.add(mark, [0], []) }
    let single = try SingleFileCheckpoint(path: folder.write("marked.safetensors", writer.file()))
    #expect(single.predictionType == expected && single.hasZeroTerminalSNR == isZero)
    #expect(single.unrecognised == [])
    let scheduler = single.schedulerConfiguration
    #expect((scheduler["prediction_type"] ?? "epsilon") == .string(expected))
    #expect(scheduler["rescale_betas_zero_snr"] == (isZero ? true : nil))
    if isZero { #expect(scheduler["timestep_spacing"] == "trailing" && scheduler["_class_name"] != "PNDMScheduler") }
    #expect(single.autoencoderConfiguration?["sample_size"] == (kind == "tiny-sd" ? 512 : 1024))
  }

  /// The rule of diffusers' `_legacy_load_scheduler`, and ModelSpec before it.
  @Test(
    arguments: [
      ([:], nil, "v_prediction"), ([:], 875_000, "epsilon"), ([:], 140_000, "v_prediction"),
      (["modelspec.architecture": "stable-diffusion-v2-512"], nil, "epsilon"),
      (["modelspec.prediction_type": "epsilon"], 5, "epsilon"),
      (["modelspec.prediction_type": "v"], 875_000, "v_prediction"),
    ] as [([String: String], Int?, String)])
  func tellsPredictionOfStableDiffusion2(metadata: [String: String], step: Int?, expected: String) throws {
    var writer = SafetensorsWriter(metadata: metadata)
    var done: Set<String> = []
    for row in try rows("sd2") where done.insert(row.original).inserted {
      let isInput = row.original.hasSuffix("input_blocks.0.0.weight")
      writer.add(row.original, isInput ? [1, 4, 1, 1] : [1, 1, 1, 1], isInput ? [0, 0, 0, 0] : [0])
    }
    if let step {
      let bytes = (0..<8).map { UInt8(truncatingIfNeeded: step >> (8 * $0)) }
      writer.entries.append(.init(name: "global_step", type: "I64", shape: [], bytes: bytes))
    }
    let single = try SingleFileCheckpoint(path: folder.write("v2.safetensors", writer.file()))
    #expect(single.predictionType == expected)
    #expect(single.schedulerConfiguration["prediction_type"] == .string(expected))
    #expect(single.autoencoderConfiguration?["sample_size"] == (expected == "epsilon" ? 512 : 768))
  }

  @Test(arguments: [
    ("conditioner.embedders.0.model.ln_final.bias", "is a Stable Diffusion XL refiner checkpoint"),
    ("edm_mean", "is a Playground 2.5 checkpoint, which limn does not support yet"),
    ("edm_vpred.sigma_max", "is a CosXL checkpoint"),
    ("model.diffusion_model.joint_blocks.0.x", "is a Stable Diffusion 3 checkpoint"),
    ("double_blocks.0.x", "is a FLUX checkpoint"),
    ("double_blocks.0.x", "is a FLUX checkpoint"), ("distilled_guidance_layer.in_proj.bias", "is a Chroma checkpoint"),
    ("txt_in.individual_token_refiner.blocks.0.x", "is a HunyuanVideo checkpoint"),
    ("model.diffusion_model.double_layers.0.x", "is an AuraFlow checkpoint"),
    ("transformer_blocks.0.img_mod.1.bias", "is a Qwen-Image checkpoint"), ("effnet_mapper.0.x", "is a Stable Cascade"),
    ("noise_refiner.0.attention.x", "is a Lumina 2 checkpoint"), ("model.diffusion_model.head.modulation", "is a Wan"),
    ("down_blocks.0.motion_modules.0.x", "is an AnimateDiff checkpoint"), ("image_proj.proj.weight", "an IP-Adapter"),
    ("adapter.body.0.x", "a T2I-Adapter"), ("clip_g", "a textual inversion"),
    ("unet.x_lora.down.weight", "holds a LoRA"),
    ("lora_unet_mid.diff", "holds a LoRA"), ("lora_unet_mid.oft_blocks", "holds a LoRA"),
    ("lora_unet_down.lora_down.weight", "holds a LoRA"),
    ("decoder.up.0.block.0.conv1.weight", "holds only an autoencoder"),
    ("decoder.layers.0.weight", "holds only a tiny autoencoder (TAESD; name it by `vae`)"),
    ("taesd_decoder.1.weight", "holds only a tiny autoencoder"),
    ("down_blocks.0.resnets.0.conv1.weight", "is of no kind that limn knows"),
    ("text_model.final_layer_norm.bias", "holds only a text encoder"),
    ("something", "is of no kind that limn knows: it holds names such as `something`"),
    ("model.diffusion_model.input_blocks.0.0.weight", "is of no kind that limn knows"),
  ])
  func namesOtherKinds(_ name: String, _ says: String) throws {
    let path = try folder.write("other.safetensors", SafetensorsWriter.counting([(name, [2])]).file())
    #expect(sentence { _ = try SingleFileCheckpoint(path: path) }.contains(says))
  }

  private static let smallUNet = ["input_blocks.1", "output_blocks.0", "output_blocks.1"].map {
    "model.diffusion_model.\($0).0.in_layers.0.weight"
  }
  private static let smallAutoencoder = ["encoder.down", "decoder.up"].map { "first_stage_model.\($0).0.block.0.x" }
  private static let smallXLText = [
    "conditioner.embedders.0.transformer.text_model.x", "conditioner.embedders.1.model.ln_final.bias",
  ]

  @Test(
    arguments: [
      (8, [], "is an InstructPix2Pix checkpoint"), (5, [], "has a UNet of 5 input channels"),
      (4, [], "blocks of its UNet (`model.diffusion_model.input_blocks.`) are incomplete"),
      (4, smallUNet.dropLast(), "blocks of its UNet (`model.diffusion_model.input_blocks.`) are incomplete"),
      (4, smallUNet + ["first_stage_model.quant_conv.bias"], "blocks of its autoencoder"),
      (
        9, smallUNet + smallAutoencoder + smallXLText,
        "the blocks of its second text encoder (`conditioner.embedders.1.model.`) are incomplete"
      ),
    ] as [(Int, [String], String)])
  func namesMissingParts(_ channels: Int, _ others: [String], _ says: String) throws {
    let tensors = [("model.diffusion_model.input_blocks.0.0.weight", [1, channels, 1, 1])] + others.map { ($0, [1]) }
    let path = try folder.write("part.safetensors", SafetensorsWriter.counting(tensors).file())
    #expect(sentence { _ = try SingleFileCheckpoint(path: path) }.contains(says))
  }

  /// Whosever vocabulary is found, prompts are filled up as the family was trained.
  @Test(arguments: [("tiny-sd", "<|endoftext|>", nil), ("sd2", "!", nil), ("ssd-1b", "<|endoftext|>", "!")])
  func padsAsItsFamily(kind: String, first: String, second: String?) throws {
    let parts = try SingleFileParts(path: try checkpoint(kind).path, vocabulary: "tokenizer")
    #expect(parts.tokenizerPadding("tokenizer") == first)
    if let second { #expect(parts.tokenizerPadding("tokenizer_2") == second) }
    #expect(parts.lacking.isEmpty)
  }

  @Test func leavesWrongShapesToTheNetworksCheck() throws {
    var map = KeyMap()
    map.add("in", "q", form: .third(0))
    map.add("in", "v", form: .third(2))
    map.add("conv", "linear", form: .matrix)
    let tensors = [("in", [4, 2]), ("conv", [2, 2, 3, 3])]
    let file = try SafetensorsFile(path: folder.write("a.safetensors", SafetensorsWriter.counting(tensors).file()))
    let view = try RenamedSource(file, map: map)
    #expect(try view.stored("v")?.shape == [4, 2])
    #expect(try view.stored("linear")?.shape == [2, 2, 3, 3])
  }

  @Test func refusesTwoTensorsOfOneName() throws {
    let tensors = [("embeddings.a", [1]), ("text_model.embeddings.a", [1])]
    let file = try SafetensorsFile(path: folder.write("a.safetensors", SafetensorsWriter.counting(tensors).file()))
    #expect(
      sentence { _ = try RenamedSource(file, map: TextEncoderKeys.clip) }.hasSuffix(
        "`embeddings.a`, `text_model.embeddings.a` are both `text_model.embeddings.a`; one of them was expected."))
  }
}
