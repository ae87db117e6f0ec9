import Foundation
import Tensors
import TestSupport
import Testing

@testable import Checkpoints

@Suite struct ConversionTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func bytes(_ tensor: StoredTensor) -> [UInt8] { unsafe tensor.bytes.withBytes { unsafe Array($0) } }

  /// Birth certificate: Tests/Reference/blocks.py (gguf 0.19.0).
  @Test(arguments: ["Q4_0", "Q5_0", "Q8_0"]) func encodesAsTheReferenceDoes(type: String) throws {
    let file = try GGUFFile(path: fixture("blocks.gguf"))
    let values = try #require(try file.stored("values")).widened()
    let expected = try #require(try file.stored("\(type).quantised"))
    #expect(values.encoded(as: expected.elementType) == bytes(expected))
  }

  /// Root of the mean square of the error over that of the values, of normal ones. Q4_K and Q6_K lose less than the plain types of as
  /// many bits; the others as much as halves and 8-bit floats of the nearest kind must.
  @Test(arguments: [
    ("F32", 0), ("F16", 2.5e-4), ("BF16", 2e-3), ("F8_E4M3", 0.029), ("Q8_0", 0.0065), ("Q6_K", 0.02), ("Q5_0", 0.05),
    ("Q4_K", 0.085), ("Q4_0", 0.1),
  ])
  func losesLittle(_ type: String, _ limit: Double) throws {
    var random = SeededRandom(seed: 8)
    let values = (0..<64 * 256).map { _ in
      (0..<12).reduce(-6) { sum, _ in sum + Float.random(in: 0...1, using: &random) }
    }
    let tensor = Tensor(shape: [64, 256], values: values)
    let type = try #require(ElementType(named: type))
    let stored = StoredTensor(shape: [64, 256], elementType: type, bytes: StoredBytes(tensor.encoded(as: type)).shared)
    let error = zip(stored.widened().values, values).reduce(0.0) { $0 + pow(Double($1.0 - $1.1), 2) }
    let loss = (error / values.reduce(0.0) { $0 + pow(Double($1), 2) }).squareRoot()
    #expect(loss <= limit && loss >= limit / 2.5, "\(type.name) \(loss)")
  }

  /// Values that end the encoders' ranges, or are no numbers.
  @Test(arguments: ["F16", "BF16", "F8_E4M3", "Q8_0", "Q6_K", "Q5_0", "Q4_K", "Q4_0"])
  func anyValuesAreEncoded(type: String) throws {
    let type = try #require(ElementType(named: type))
    for value in [0, -0.0, 1, .infinity, -.infinity, .nan, .greatestFiniteMagnitude, .leastNonzeroMagnitude] as [Float]
    {
      var values = [Float](repeating: value, count: 512)
      values[3] = 2
      for index in 256..<512 { values[index] = value }
      #expect(Tensor(values).encoded(as: type).count == type.bytes(for: 512))
    }
  }

  /// Each number of eight bits is its own nearest.
  @Test func float8IsExact() throws {
    let stored = try #require(try SafetensorsFile(path: fixture("float8.safetensors")).stored("F8_E4M3"))
    let again = stored.widened().encoded(as: stored.elementType)
    #expect(again == bytes(stored))
  }

  @Test(arguments: ConversionTarget.allCases) func filesAreReadAgain(_ target: ConversionTarget) throws {
    var writer = SafetensorsWriter()
    writer.metadata = ["modelspec.title": "Füchse"]
    var random = SeededRandom(seed: 9)
    writer.add("blocks.0.weight", [8, 512], random.values(4096))
    writer.add("blocks.1.weight", [36, 96], random.values(3456))
    writer.add("blocks.0.bias", [8], random.values(8))
    writer.add("conv.weight", [4, 4, 3, 3], random.values(144))
    writer.entries.append(.init(name: "position_ids", type: "I64", shape: [1], bytes: Array(repeating: 0, count: 8)))
    let source = try CheckpointFiles.open(folder.write("source.safetensors", writer.file()))
    let path = "\(folder.path)/result\(target.fileEnding)"
    let conversion = try Conversion(source, to: target, metadata: source.metadata)
    try conversion.write(to: path)
    #expect(try Data(contentsOf: URL(filePath: path)).count == conversion.fileSize)
    let result = try CheckpointFiles.open(path)
    #expect(result.metadata["modelspec.title"] == "Füchse")
    #expect(result.names.sorted() == ["blocks.0.bias", "blocks.0.weight", "blocks.1.weight", "conv.weight"])
    for name in result.names {
      let (found, wanted) = (try #require(try result.stored(name)), try #require(try source.stored(name)))
      #expect(found.shape == wanted.shape && found.elementType == target.type(of: name, found.shape))
      expectClose(found.widened(), wanted.widened(), relative: found.shape.count == 2 ? 0.13 : 0.005)
    }
    #expect(throws: (any Error).self) { try conversion.write(to: path) }
  }

  /// As ComfyUI-GGUF does it.
  @Test func windowsAreCutIntoBlocks() throws {
    var writer = SafetensorsWriter()
    var random = SeededRandom(seed: 10)
    writer.add("conv1.weight", [16, 32, 3, 3], random.values(4608))
    writer.add("conv2.weight", [16, 20, 1, 3], random.values(960))
    let source = try CheckpointFiles.open(folder.write("source.safetensors", writer.file()))
    let path = "\(folder.path)/result.gguf"
    try Conversion(source, to: .q4K, cutsWindows: true).write(to: path)
    let result = try GGUFFile(path: path)
    #expect(try result.stored("conv1.weight")?.elementType.name == "Q4_K")
    #expect(try result.stored("conv2.weight")?.elementType.name == "F16")
    for name in result.names {
      let (found, wanted) = (try #require(try result.stored(name)), try #require(try source.stored(name)))
      #expect(found.shape == wanted.shape)
      expectClose(found.widened(), wanted.widened(), relative: 0.13)
    }
  }

  /// A diffusers folder keeps what is no weight of its denoiser or text encoders.
  @Test func foldersBecomeFolders() throws {
    let index =
      #"{"_class_name": "X", "unet": ["diffusers", "UNet2DConditionModel"], "vae": ["diffusers", "AutoencoderKL"]}"#
    try folder.write("model/model_index.json", index)
    try folder.write("model/unet/config.json", "{}")
    var writer = SafetensorsWriter()
    writer.add("a.weight", [64, 64], (0..<4096).map { Float($0 % 100) })
    try folder.write("model/unet/diffusion_pytorch_model.safetensors", writer.file())
    try folder.write("model/vae/diffusion_pytorch_model.safetensors", writer.file())
    let result = "\(folder.path)/result"
    var written: [String] = []
    try ModelConversion(path: "\(folder.path)/model", to: .q8).write(to: result) { name, _ in written.append(name) }
    #expect(written == ["unet/diffusion_pytorch_model.gguf"])
    let converted = try ModelFolder(path: result)
    let weight = try #require(try converted.weights(of: "unet").stored("a.weight"))
    #expect(weight.elementType.name == "Q8_0")
    #expect(
      FileManager.default.contents(atPath: "\(result)/vae/diffusion_pytorch_model.safetensors") == Data(writer.file()))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: "\(result)/unet").sorted() == [
        "config.json", "diffusion_pytorch_model.gguf",
      ])
    #expect(throws: (any Error).self) { try ModelConversion(path: "\(folder.path)/model", to: .q4).write(to: result) }
  }

  /// A merged LoRA leaves what painting with it computes, under the file's names.
  @Test func lorasAreMerged() throws {
    let fixtures = fixture("..")
    let path = "\(fixtures)/PicturesQuantised/sd1.gguf"
    let lora = try Adapter(path: "\(fixtures)/PicturesLoRA/kohya.safetensors")
    let adapters = [WeightedAdapter(lora, weight: 0.7, textEncoderWeight: 0.4)]
    let result = "\(folder.path)/merged.safetensors"
    try ModelConversion(path: path, to: .float32, adapters: adapters).write(to: result)
    let expected = try AdaptedParts(SingleFileParts(path: path, vocabulary: nil), adapters)
    let (merged, plain) = (
      try SingleFileParts(path: result, vocabulary: nil), try SingleFileParts(path: path, vocabulary: nil)
    )
    var changed: Set<String> = []
    for part in ["unet", "text_encoder", "vae"] {
      let (wanted, before) = (try expected.weights(of: part), try plain.weights(of: part))
      let found = try merged.weights(of: part)
      #expect(found.names.sorted() == wanted.names.sorted())
      for name in wanted.names {
        let values = try wanted.stored(name)?.widened().values
        #expect(try found.stored(name)?.widened().values == values, "\(name)")
        if try before.stored(name)?.widened().values != values { changed.insert(part) }
      }
    }
    #expect(changed == ["unet", "text_encoder"])
  }

  @Test func rowsThatAreNoBlocksTakeSmallerOnes() {
    func type(_ shape: [Int], _ name: String = "a.weight") -> String { ConversionTarget.q4K.type(of: name, shape).name }
    #expect(type([8, 512]) == "Q4_K" && type([8, 640]) == "Q5_0" && type([8, 500]) == "F16")
    #expect(type([8, 512], "time_embed.0.weight") == "F16" && type([4096]) == "F32" && type([8, 512, 3, 3]) == "F16")
  }
}
