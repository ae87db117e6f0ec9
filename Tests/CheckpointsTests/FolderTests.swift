import Foundation
import JSON
import Tensors
import Testing

@testable import Checkpoints

@Suite struct FolderTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(
      "model_index.json",
      """
      {"_class_name": "StableDiffusionPipeline", "unet": ["diffusers", "UNet2DConditionModel"], "vae": ["diffusers", "AutoencoderKL"],
       "text_encoder": ["transformers", "CLIPTextModel"], "scheduler": ["diffusers", "DPMSolverMultistepScheduler"],
       "safety_checker": [null, null], "requires_safety_checker": false, "limn": {"styles": ["flat", "ink"], "size": 128}}
      """)
  }

  private func write(_ name: String, _ tensors: [(name: String, shape: [Int])]) throws {
    try folder.write(name, SafetensorsWriter.counting(tensors).file())
  }

  @Test func readsTheIndex() throws {
    let model = try ModelFolder(path: folder.path)
    #expect(model.className == "StableDiffusionPipeline")
    #expect(Set(model.components.keys) == ["unet", "vae", "text_encoder", "scheduler"])
    #expect(model.components["vae"] == .init(library: "diffusers", className: "AutoencoderKL"))
    #expect(model.settings["limn"]?["size"]?.integer == 128)
    #expect(model.settings["limn"]?["styles"] == ["flat", "ink"])
    #expect(model.settings["safety_checker"] == nil)
  }

  /// diffusers writes `-Infinity`, which is not JSON, into the configuration of DPM-Solver.
  @Test func readsWhatPythonWrites() throws {
    try folder.write(
      "scheduler/scheduler_config.json",
      "{\"lambda_min_clipped\": -Infinity, \"beta_start\": 8.5e-4, \"steps_offset\": 1}")
    let configuration = try ModelFolder(path: folder.path).configuration(of: "scheduler")
    #expect(configuration["lambda_min_clipped"]?.double == -.infinity)
    #expect(configuration["beta_start"]?.double == 0.00085)
    #expect(configuration.text == "{\"beta_start\":0.00085,\"lambda_min_clipped\":null,\"steps_offset\":1}")
    #expect(try JSONValue(parsing: Array(configuration.text.utf8))["steps_offset"] == 1)
  }

  @Test func prefersFullPrecision() throws {
    try write("unet/diffusion_pytorch_model.fp16.safetensors", [("half", [1])])
    let model = try ModelFolder(path: folder.path)
    #expect(try model.weights(of: "unet").names == ["half"])
    try write("unet/diffusion_pytorch_model.safetensors", [("full", [1])])
    #expect(try model.weights(of: "unet").names == ["full"])
    #expect(try model.weights(of: "unet").origin == "unet/diffusion_pytorch_model.safetensors")
  }

  @Test(arguments: ["Qwen3ForCausalLM", "Qwen3Model"]) func presentsOneSpellingOfQwen3(className: String) throws {
    try folder.write(
      "model_index.json",
      "{\"_class_name\": \"Flux2KleinPipeline\", \"text_encoder\": [\"transformers\", \"\(className)\"]}")
    let names = [
      "embed_tokens.weight", "layers.0.self_attn.q_norm.weight", "layers.12.mlp.up_proj.weight", "norm.weight",
    ]
    let presented = Set(names.map { "model.\($0)" } + ["lm_head.weight", "other"])
    for prefix in ["model.", ""] {
      try write(
        "text_encoder/model.safetensors", names.map { (prefix + $0, [1]) } + [("lm_head.weight", [1]), ("other", [1])])
      let weights = try ModelFolder(path: folder.path).weights(of: "text_encoder")
      #expect(Set(weights.names) == presented)
      #expect(try weights.stored("model.layers.12.mlp.up_proj.weight")?.widened().values == [2])
    }
    let selected = SelectedSource(try ModelFolder(path: folder.path).weights(of: "text_encoder")) { $0 == "other" }
    #expect(Set(selected.names) == presented.subtracting(["other"]))
    #expect(try selected.stored("other") == nil && selected.stored("lm_head.weight") != nil)
  }

  /// llama.cpp's names, as GGUF files have them.
  @Test func presentsLlamasSpellingOfQwen3() throws {
    let inner = [
      "attn_norm": "input_layernorm", "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj",
      "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj", "attn_q_norm": "self_attn.q_norm",
      "attn_k_norm": "self_attn.k_norm", "ffn_norm": "post_attention_layernorm", "ffn_gate": "mlp.gate_proj",
      "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
    ]
    var names = ["token_embd.weight": "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight"]
    names["output.weight"] = "lm_head.weight"
    for layer in [0, 1, 35] {
      for (llama, name) in inner { names["blk.\(layer).\(llama).weight"] = "model.layers.\(layer).\(name).weight" }
    }
    try write("llama.safetensors", names.keys.sorted().map { ($0, [1]) })
    let source = try RenamedSource.qwen3(
      SafetensorsFile(path: folder.path + "/llama.safetensors"))
    #expect(Set(source.names) == Set(names.values) && source.unrecognised == [])
    for (llama, name) in names { #expect(source.originalName(of: name) == llama) }
  }

  @Test(arguments: ["text_model.", ""]) func presentsOneSpellingOfTheTextEncoder(prefix: String) throws {
    let names = ["embeddings.token_embedding.weight", "encoder.layers.0.mlp.fc1.bias", "final_layer_norm.bias"]
    try write("text_encoder/model.safetensors", names.map { (prefix + $0, [1]) } + [("logit_scale", [1])])
    let weights = try ModelFolder(path: folder.path).weights(of: "text_encoder")
    #expect(Set(weights.names) == Set(names.map { "text_model." + $0 } + ["logit_scale"]))
  }

  /// transformers writes the second encoder of SDXL with `text_model.` in every version.
  @Test func presentsTheSecondTextEncoder() throws {
    try folder.write(
      "model_index.json", #"{"text_encoder_2": ["transformers", "CLIPTextModelWithProjection"]}"#)
    let names = ["text_model.final_layer_norm.bias", "text_projection.weight"]
    try write("text_encoder_2/model.safetensors", names.map { ($0, [1]) })
    #expect(Set(try ModelFolder(path: folder.path).weights(of: "text_encoder_2").names) == Set(names))
  }

  @Test func presentsTheAutoencodersOldAttention() throws {
    let old = ["query", "key", "value", "proj_attn", "group_norm"].map {
      ("encoder.mid_block.attentions.0.\($0).weight", [2, 2])
    }
    try write(
      "vae/diffusion_pytorch_model.safetensors",
      old + [("quant_conv.bias", [1]), ("decoder.mid_block.attentions.0.to_out.0.bias", [2])])
    let weights = try ModelFolder(path: folder.path).weights(of: "vae")
    let modern = ["to_q", "to_k", "to_v", "to_out.0", "group_norm"].map {
      "encoder.mid_block.attentions.0.\($0).weight"
    }
    #expect(Set(weights.names) == Set(modern + ["quant_conv.bias", "decoder.mid_block.attentions.0.to_out.0.bias"]))
  }

  @Test func namesWhatIsMissing() throws {
    let model = try ModelFolder(path: folder.path)
    #expect(
      sentence { _ = try model.weights(of: "unet") }.hasSuffix(
        "the folder `unet` is missing, which its `model_index.json` names."))
    #expect(sentence { _ = try model.weights(of: "tokenizer") }.contains("names no `tokenizer`"))
    try folder.write("unet/diffusion_pytorch_model.bin", [0x80, 2] + Array(repeating: 0, count: 20))
    #expect(
      sentence { _ = try model.weights(of: "unet") }.contains("unet/diffusion_pytorch_model.bin: is a Python pickle"))
    try folder.write("vae/readme.md", "x")
    #expect(
      sentence { _ = try model.weights(of: "vae") }.contains(
        "has no weights: one of `diffusion_pytorch_model.safetensors`"))
    #expect(
      sentence { _ = try model.file("config.json", of: "vae") }.hasSuffix("has no `config.json`; it holds `readme.md`.")
    )
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
    try folder.write("vae/diffusion_pytorch_model.safetensors", pointer)
    #expect(sentence { _ = try model.weights(of: "vae") }.contains("is a Git LFS pointer"))
    try folder.write("vae/config.json", pointer)
    #expect(sentence { _ = try model.configuration(of: "vae") }.contains("is a Git LFS pointer"))
  }

  @Test func namesWhatIsNoModel() throws {
    let other = try TemporaryFolder()
    #expect(
      sentence { _ = try ModelFolder(path: other.path) }.hasSuffix(
        "has no `model_index.json`, so it is no diffusers model; it is empty."))
    try other.write("model.safetensors", "x")
    #expect(
      sentence { _ = try ModelFolder(path: other.path) }.contains(
        "to use a single-file checkpoint in it, give the file"))
    #expect(sentence { _ = try ModelFolder(path: other.path + "/model.safetensors") }.contains("is a file"))
    #expect(sentence { _ = try ModelFolder(path: other.path + "/none") }.contains("there is no such folder"))
    try other.write("model_index.json", "{\"../up\": [\"diffusers\", \"X\"]}")
    #expect(sentence { _ = try ModelFolder(path: other.path) }.contains("names a component `../up`"))
    try other.write("model_index.json", "{\"unet\": ")
    #expect(
      sentence { _ = try ModelFolder(path: other.path) }.contains(
        "is not valid JSON: it ends where a value was expected"))
  }

  @Test("links of a cache that lead nowhere", arguments: ["model_index.json", "unet/config.json", "unet"])
  func brokenLinks(_ name: String) throws {
    let model = folder.path + "/model"
    try FileManager.default.copyItem(atPath: fixture("../Pictures/sd1"), toPath: model)
    try FileManager.default.removeItem(atPath: "\(model)/\(name)")
    try FileManager.default.createSymbolicLink(atPath: "\(model)/\(name)", withDestinationPath: "../../gone")
    let said = sentence { _ = try ModelFolder(path: model).file("config.json", of: "unet") }
    #expect(said.contains("\(name): is a link to a file that is not there; download it again"))
  }

  @Test func joinsShards() throws {
    try write("unet/one.safetensors", [("a", [2])])
    try write("unet/two.safetensors", [("b", [3]), ("c", [1])])
    let index = try folder.write(
      "unet/diffusion_pytorch_model.safetensors.index.json",
      "{\"metadata\": {\"total_size\": 24}, \"weight_map\": {\"a\": \"one.safetensors\", \"b\": \"two.safetensors\", \"c\": \"two.safetensors\"}}"
    )
    let source = try ModelFolder(path: folder.path).weights(of: "unet")
    #expect(Set(source.names) == ["a", "b", "c"])
    #expect(try source.stored("b")?.widened().values == [0, 1, 2])
    #expect(try source.stored("d") == nil)

    func said(_ map: String) throws -> String {
      try folder.write("unet/diffusion_pytorch_model.safetensors.index.json", "{\"weight_map\": \(map)}")
      return sentence { _ = try ShardedFiles(indexPath: index) }
    }
    #expect(
      try said("{\"a\": \"three.safetensors\"}").contains("names the shard `three.safetensors`, which is not beside it")
    )
    #expect(
      try said("{\"b\": \"one.safetensors\"}").contains("places `b` in `one.safetensors`, which does not hold it"))
    #expect(try said("[]").contains("has no `weight_map`"))
    for trick in ["../one.safetensors", "/etc/passwd", "..", "", "a\\\\b.safetensors", "passwd"] {
      #expect(try said("{\"a\": \"\(trick)\"}").contains("the name of a file beside the index was expected"))
    }
    #expect(try said("{\"a\": 1}").contains("the name of a file beside the index was expected"))
  }

  @Test func tellsWhatWasNeverRead() async throws {
    try write(
      "unet/diffusion_pytorch_model.safetensors", [("a", [1]), ("b", [1]), ("c", [1]), ("x.position_ids", [1])])
    let tracked = TrackedSource(try ModelFolder(path: folder.path).weights(of: "unet"))
    await withTaskGroup(of: Void.self) { group in
      for name in ["a", "nowhere"] { group.addTask { _ = try? tracked.stored(name) } }
    }
    #expect(tracked.unread == ["b", "c"])
    #expect(tracked.missing == ["nowhere"])
    #expect(sentence { try tracked.requireAllRead() }.hasSuffix("its configuration says: `b`, `c`."))
    _ = try (tracked.stored("b"), tracked.stored("c"))
    try tracked.requireAllRead()
  }
}
