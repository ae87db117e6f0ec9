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
  private func checkpoint(_ kind: String, adding extra: [String: [Int]] = [:]) throws -> (
    path: String, starts: [String: Int]
  ) {
    var tensors: [(name: String, shape: [Int])] = []
    var starts: [String: Int] = [:]
    var next = 0
    for row in try rows(kind) where starts[row.original] == nil {
      starts[row.original] = next
      tensors.append((row.original, row.originalShape))
      next += row.originalShape.product
    }
    tensors += extra.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    return (try folder.write("\(kind).safetensors", SafetensorsWriter.counting(tensors).file()), starts)
  }

  @Test(arguments: ["sd1", "sd2"])
  func presentsWhatDiffusersMakesOfTheFile(kind: String) throws {
    let (path, starts) = try checkpoint(
      kind, adding: ["model_ema.decay": [1], "alphas_cumprod": [4], "stranger.weight": [1]])
    let single = try SingleFileCheckpoint(path: path)
    #expect(single.family == (kind == "sd1" ? .stableDiffusion1 : .stableDiffusion2))
    #expect(single.isInpainting == (kind == "sd2"))
    #expect(single.unrecognised == ["stranger.weight"])
    let parts = ["unet": single.unet, "vae": single.autoencoder, "text_encoder": single.textEncoder]
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

  @Test(arguments: ["sd1", "sd2"])
  func infersTheConfigurationOfDiffusers(kind: String) throws {
    let expected = try JSONValue(contentsOf: fixture("\(kind)_configuration.json"))
    let single = try SingleFileCheckpoint(path: try checkpoint(kind).path)
    let found = [
      "unet": single.unetConfiguration, "vae": single.autoencoderConfiguration,
      "text_encoder": single.textEncoderConfiguration,
    ]
    for (part, configuration) in found {
      for (key, value) in try #require(expected[part]?.object) {
        #expect(configuration[key] ?? .null == value, "\(part): \(key)")
      }
    }
    #expect(single.schedulerConfiguration["_class_name"] == (kind == "sd1" ? "PNDMScheduler" : "DDIMScheduler"))
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
    #expect(single.autoencoderConfiguration["sample_size"] == (expected == "epsilon" ? 512 : 768))
  }

  @Test(arguments: [
    (
      "conditioner.embedders.1.model.ln_final.bias",
      "is a Stable Diffusion XL checkpoint, which limn does not support yet"
    ),
    ("model.diffusion_model.joint_blocks.0.x", "is a Stable Diffusion 3 checkpoint"),
    ("double_blocks.0.x", "is a FLUX checkpoint"),
    ("lora_unet_down.lora_down.weight", "holds a LoRA"),
    ("decoder.up.0.block.0.conv1.weight", "holds only an autoencoder"),
    ("decoder.layers.0.weight", "holds only a tiny autoencoder (TAESD)"),
    ("taesd_decoder.1.weight", "holds only a tiny autoencoder"),
    ("down_blocks.0.resnets.0.conv1.weight", "give the folder itself"),
    ("text_model.final_layer_norm.bias", "holds only a text encoder"),
    ("something", "is of no kind that limn knows: it holds names such as `something`"),
    ("model.diffusion_model.input_blocks.0.0.weight", "is of no kind that limn knows"),
  ])
  func namesOtherKinds(_ name: String, _ says: String) throws {
    let path = try folder.write("other.safetensors", SafetensorsWriter.counting([(name, [2])]).file())
    #expect(sentence { _ = try SingleFileCheckpoint(path: path) }.contains(says))
  }

  @Test(
    arguments: [
      (8, [], "has a UNet of 8 input channels"),
      (4, [], "blocks of its UNet (`model.diffusion_model.input_blocks.`) are incomplete"),
      (4, ["model.diffusion_model.input_blocks.1.0.x"], "holds no autoencoder"),
      (
        4, ["model.diffusion_model.input_blocks.1.0.x", "first_stage_model.quant_conv.bias"],
        "blocks of its autoencoder"
      ),
    ] as [(Int, [String], String)])
  func namesMissingParts(_ channels: Int, _ others: [String], _ says: String) throws {
    let tensors = [("model.diffusion_model.input_blocks.0.0.weight", [1, channels, 1, 1])] + others.map { ($0, [1]) }
    let path = try folder.write("part.safetensors", SafetensorsWriter.counting(tensors).file())
    #expect(sentence { _ = try SingleFileCheckpoint(path: path) }.contains(says))
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
