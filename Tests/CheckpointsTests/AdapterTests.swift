import JSON
import Tensors
import Testing

@testable import Checkpoints

/// LoRA files: names, what matches nothing, and the formulas.
@Suite struct AdapterTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func adapter(_ tensors: [(name: String, shape: [Int])], metadata: [String: String] = [:]) throws -> Adapter {
    var writer = SafetensorsWriter.counting(tensors)
    writer.metadata = metadata
    return try Adapter(path: folder.write("style.safetensors", writer.file()))
  }

  @Test(arguments: [
    ("lora_unet_mid_block_attentions_0_proj_in.lora_down.weight", "unet", "down"),
    ("lora_unet_middle_block_1_proj_in.lora_up.weight", "unet", "up"),
    ("unet.mid_block.attentions.0.proj_in.lora_A.weight", "unet", "down"),
    ("base_model.model.mid_block.attentions.0.proj_in.lora_B.default.weight", "unet", "up"),
    ("mid_block.attentions.0.proj_in.lora.down.weight", "unet", "down"),
    ("unet.mid_block.attentions.0.processor.proj_in_lora.up.weight", "unet", "up"),
    ("diffusion_model.middle_block.1.proj_in.lora_mid.weight", "unet", "middle"),
    ("lora_unet_middle_block_1_proj_in.alpha", "unet", "alpha"),
    ("lora_unet_middle_block_1_proj_in.dora_scale", "unet", "magnitude"),
    ("lycoris_mid_block_attentions_0_proj_in.hada_w1_a", "unet", "hadamard1Left"),
    ("lycoris_mid_block_attentions_0_proj_in.lokr_t2", "unet", "kronecker2Core"),
    ("lora_te_text_model_encoder_layers_0_self_attn_q_proj.lora_up.weight", "text_encoder", "up"),
    ("lora_te1_text_model_encoder_layers_0_self_attn_q_proj.diff", "text_encoder", "difference"),
    ("text_encoder.encoder.layers.0.self_attn.q_proj.lora_linear_layer.up.weight", "text_encoder", "up"),
    ("text_encoder.text_model.encoder.layers.0.self_attn.to_q_lora.down.weight", "text_encoder", "down"),
  ])
  func names(_ name: String, part: String, factor: String) throws {
    let key = try #require(AdapterKey(name))
    #expect("\(key.factor)" == factor)
    let model = try AdaptableModel(TinyParts())
    let found = try #require(model.modules(AdapterPlace(key.module)))
    #expect(found.part == part)
    #expect(
      found.targets.map(\.name)
        == [part == "unet" ? "mid_block.attentions.0.proj_in" : "text_model.encoder.layers.0.self_attn.q_proj"])
  }

  @Test func whatMatchesNothingIsListed() throws {
    let adapter = try adapter([
      ("lora_unet_mid_block_attentions_0_proj_in.lora_down.weight", [1, 3]),
      ("lora_unet_mid_block_attentions_0_proj_in.lora_up.weight", [2, 1]),
      ("lora_unet_mid_block_attentions_7_proj_in.lora_down.weight", [1, 3]),
      ("noise_level", [1]),
    ])
    let found = sentence { _ = try AdaptedParts(TinyParts(), [.init(adapter, weight: 1, textEncoderWeight: 1)]) }
    #expect(
      found.hasSuffix(
        "2 tensors of it match nothing of the model: `lora_unet_mid_block_attentions_7_proj_in.lora_down.weight`, `noise_level`."
      ))
  }

  @Test func partsThatTheModelLacksAreToldOf() throws {
    let adapter = try adapter([
      ("lora_unet_mid_block_attentions_0_proj_in.lora_down.weight", [1, 3]),
      ("lora_unet_mid_block_attentions_0_proj_in.lora_up.weight", [2, 1]),
      ("lora_te2_text_model_encoder_layers_0_self_attn_q_proj.lora_down.weight", [1, 3]),
    ])
    let parts = try AdaptedParts(TinyParts(), [.init(adapter, weight: 1, textEncoderWeight: 1)])
    #expect(
      parts.warnings == ["\(adapter.origin) also changes 1 module of `text_encoder_2`, which tiny does not have."])
  }

  @Test func aWidthOfAnotherFamilyIsNamed() throws {
    let module = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k"
    let adapter = try adapter([("\(module).lora_down.weight", [1, 2048]), ("\(module).lora_up.weight", [2, 1])])
    let found = sentence { _ = try AdaptedParts(TinyParts(), [.init(adapter, weight: 1, textEncoderWeight: 1)]) }
    #expect(found.contains("is a LoRA for Stable Diffusion XL, and tiny is of another kind: "))
    #expect(found.hasSuffix("changes a matrix [2, 2048]; the model's is [2, 4]."))
  }

  @Test func aHalfIsNotEnough() throws {
    let adapter = try adapter([("lora_unet_mid_block_attentions_0_proj_in.lora_down.weight", [1, 3])])
    let found = sentence { _ = try AdaptedParts(TinyParts(), [.init(adapter, weight: 1, textEncoderWeight: 1)]) }
    #expect(found.contains("lacks the `lora_up` that goes with it"))
  }

  @Test func theChangeIsAddedInFloat32() throws {
    let adapter = try adapter([
      ("lora_unet_mid_block_attentions_0_proj_in.lora_down.weight", [1, 3]),  // 0, 1, 2
      ("lora_unet_mid_block_attentions_0_proj_in.lora_up.weight", [2, 1]),  // 3, 4
      ("lora_unet_mid_block_attentions_0_proj_in.alpha", []),  // 5
    ])
    let parts = try AdaptedParts(TinyParts(), [.init(adapter, weight: 0.1, textEncoderWeight: 7)])
    let stored = try #require(try parts.weights(of: "unet").stored("mid_block.attentions.0.proj_in.weight"))
    #expect(stored.elementType == .float32 && stored.shape == [2, 3])
    let expected: [Float] = [0, 1, 2, 3, 4, 5].enumerated().map { place, base in
      base + 0.5 * Float(place / 3 + 3) * Float(place % 3)
    }
    #expect(zip(stored.widened().values, expected).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(stored.widened().values == stored.widened().values)
  }

  @Test func whatIsNoLoRAIsNoAdapter() throws {
    let found = sentence { _ = try adapter([("conv_in.weight", [1, 1])]) }
    #expect(found.hasSuffix("holds no LoRA: it holds names such as `conv_in.weight`."))
  }
}

/// A checkpoint of a few tensors.
private struct TinyParts: CheckpointParts {
  let path = "tiny"
  let pipelineClass: String? = nil
  let settings: [String: JSONValue] = [:]
  let unrecognised: [String] = []

  func className(of part: String) -> String? { ["unet", "text_encoder"].contains(part) ? "Tiny" : nil }
  func configuration(of part: String) throws(CheckpointError) -> JSONValue { .null }
  func configurationOrigin(of part: String) -> String { path }
  func tokenizerFolder(_ part: String) throws(CheckpointError) -> String? { nil }
  func tokenizerPadding(_ part: String) -> String? { nil }
  func hashedFile(denoiser part: String) throws(CheckpointError) -> String { path }

  func weights(of part: String) throws(CheckpointError) -> any TensorSource {
    TinySource(
      tensors: part == "unet"
        ? [
          "mid_block.attentions.0.proj_in.weight": [2, 3],
          "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight": [2, 4],
        ] : ["text_model.encoder.layers.0.self_attn.q_proj.weight": [2, 3]])
  }
}

private struct TinySource: TensorSource {
  let tensors: [String: [Int]]
  let origin = "tiny"

  var names: [String] { Array(tensors.keys) }

  func stored(_ name: String) -> StoredTensor? {
    tensors[name].map { StoredTensor(viewing: Tensor(shape: $0, values: (0..<$0.product).map(Float.init))) }
  }
}
