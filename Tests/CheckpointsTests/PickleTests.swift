import Foundation
import JSON
import Tensors
import Testing

@testable import Checkpoints

/// Files that `torch.save` wrote (Tests/Reference/pickles.py), and what torch reads of them.
@Suite struct PickleTests {
  static let files = [
    "types.pt", "views.pt", "modules.pt", "lightning.ckpt", "types-legacy.pt", "views-legacy.pt", "protocol-3.pt",
    "protocol-4.pt", "protocol-5.pt",
  ]

  private func expected(_ name: String) throws -> (tensors: [String: JSONValue], others: [String]) {
    let all = try JSONValue(parsing: Array(Data(contentsOf: URL(filePath: fixture("Pickles/expected.json")))))
    let tensors = try #require(all[name]?["tensors"]?.object)
    return (tensors, all[name]?["others"]?.array?.compactMap(\.string) ?? [])
  }

  @Test(arguments: files) func sameTensorsAsTorch(_ name: String) throws {
    let file = try CheckpointFiles.open(fixture("Pickles/\(name)"))
    #expect(file is PickleFile)
    let (tensors, others) = try expected(name)
    #expect(Set(file.names) == Set(tensors.keys).union(others))
    for (tensor, expected) in tensors {
      let stored = try #require(try file.stored(tensor))
      #expect(stored.shape == expected["shape"]?.array?.compactMap(\.integer), "\(tensor)")
      #expect(file.shape(tensor) == stored.shape)
      #expect(stored.widened().values.map(Double.init) == expected["values"]?.array?.compactMap(\.double), "\(tensor)")
    }
    for other in others {
      #expect(sentence { _ = try file.stored(other) }.contains("which limn does not compute with"), "\(other)")
    }
  }

  @Test func scalarsStandBesideTensors() throws {
    let types = try CheckpointFiles.open(fixture("Pickles/types.pt"))
    #expect(types.scalar("step") == 7 && types.scalar("scalar") == 2.5)
    #expect(types.scalar("int64") == nil && types.scalar("none") == nil)
    let modules = try CheckpointFiles.open(fixture("Pickles/modules.pt"))
    #expect(modules.scalar("step") == 500 && modules.metadata == ["name": "a name"])
    let lightning = try CheckpointFiles.open(fixture("Pickles/lightning.ckpt"))
    #expect(lightning.scalar("global_step") == 875_000)
  }

  @Test func whatIsNoTensorIsAnErrorWhereItIsWanted() throws {
    let file = try CheckpointFiles.open(fixture("Pickles/lightning.ckpt"))
    #expect(file.names.sorted() == ["model.weight", "model_ema.weight"])
    #expect(
      sentence { _ = try file.stored("odd") }.contains("`odd` is `numpy._core.multiarray._reconstruct`; a tensor"))
    #expect(try file.stored("epoch.of.nothing") == nil)
  }

  @Test func valuesAreReadWhereTheyLie() throws {
    let file = try CheckpointFiles.open(fixture("Pickles/views.pt"))
    #expect(try file.stored("rows")?.elementType == .float32)
    #expect(try file.stored("cut")?.elementType == .float16)
  }

  @Test(arguments: [".", "_vae"]) func aFolderMayHoldPickles(_ form: String) throws {
    let folder = try TemporaryFolder()
    let bytes = Array(try Data(contentsOf: URL(filePath: fixture("Pickles/lightning.ckpt"))))
    let index = #"{"_class_name": "X", "unet": ["diffusers", "UNet2DConditionModel"]}"#
    try folder.write("model_index.json", index)
    if form == "." {
      try folder.write("unet/diffusion_pytorch_model.fp16.bin", bytes)
    } else {
      let map = #"{"weight_map": {"model.weight": "diffusion_pytorch_model-1.bin"}}"#
      try folder.write("unet/diffusion_pytorch_model-1.bin", bytes)
      try folder.write("unet/diffusion_pytorch_model.bin.index.json", map)
    }
    let weights = try ModelFolder(path: folder.path).weights(of: "unet")
    #expect(try weights.stored("model.weight")?.shape == [2, 3])
    var writer = SafetensorsWriter()
    writer.add("model.weight", [1], [1])
    try folder.write("unet/diffusion_pytorch_model.safetensors", writer.file())
    #expect(try ModelFolder(path: folder.path).weights(of: "unet").stored("model.weight")?.shape == [1])
  }
}
