import Checkpoints
import Families
import Foundation
import Guardrail
import Images
import Painting
import Tensors
import Testing

/// The transformers of FLUX.2 klein and Z-Image under their authors' names, beside the other parts of a folder.
@Suite struct TransformerFileTests {
  private struct InMemory: TensorSource {
    var origin = "original.safetensors"
    var tensors: [String: StoredTensor] = [:]

    var names: [String] { Array(tensors.keys) }
    func stored(_ name: String) -> StoredTensor? { tensors[name] }
  }

  @Test(arguments: ["", "model.diffusion_model."])
  func flux2KleinPredictsWhatTheFolderPredicts(_ prefix: String) throws {
    let folder = try ModelFolder(path: Fixtures.folder("PicturesFlux2/klein").path)
    let file = try original(folder, prefix: prefix, Self.flux2Names)
    #expect(file.names.contains(prefix + "double_blocks.0.txt_attn.qkv.weight"))
    try expectSamePrediction(folder, file, named: "flux-2-klein-4b.safetensors")
  }

  @Test(arguments: ["", "model.diffusion_model."])
  func zImagePredictsWhatTheFolderPredicts(_ prefix: String) throws {
    let folder = try ModelFolder(path: Fixtures.folder("PicturesZImage/turbo").path)
    var file = try original(folder, prefix: prefix, Self.zImageNames)
    file.tensors[prefix + "norm_final.weight"] = StoredTensor(viewing: Tensor([1, 2]))
    try expectSamePrediction(folder, file, named: "z_image_turbo_bf16.safetensors")
  }

  /// A file alone, with parts of a folder; the file has diffusers' names here.
  @Test(arguments: ["PicturesFlux2/klein", "PicturesZImage/turbo"])
  func aFilePaintsWithPartsOfAFolder(_ name: String) throws {
    let place = Fixtures.folder(name)
    let file = place.appending(path: "transformer/diffusion_pytorch_model.safetensors").path
    let parts = PartFiles(
      autoencoder: place.appending(path: "vae").path, textEncoders: [place.appending(path: "text_encoder/").path])
    let alone = try Model(file: file, name: "turbo", vocabulary: nil, replacements: parts)
    let whole = try Model(folder: place.path, name: "turbo")
    let settings = try PictureSettings(["prompt": "a fox", "seed": "1", "steps": "2", "width": "64", "height": "64"])
    #expect(
      try Painter(alone).paint(Fixtures.order(settings, alone)).picture
        == Painter(whole).paint(Fixtures.order(settings, whole)).picture)
    for missing in [
      PartFiles(), PartFiles(autoencoder: parts.autoencoder),
      PartFiles(autoencoder: file, textEncoders: parts.textEncoders),
    ] {
      #expect(throws: CheckpointError.self) { try Model(file: file, name: "x", vocabulary: nil, replacements: missing) }
    }
  }

  @Test func othersAreNeither() throws {
    let folder = try ModelFolder(path: Fixtures.folder.appending(path: "sd1").path)
    #expect(try TransformerFile(folder.weights(of: "unet")) == nil)
    // Lumina 2 has the same caption embedder and another modulation.
    let lumina = InMemory(tensors: [
      "cap_embedder.0.weight": StoredTensor(viewing: Tensor([1])),
      "layers.0.adaLN_modulation.1.weight": StoredTensor(viewing: Tensor([1])),
    ])
    #expect(try TransformerFile(lumina) == nil)
  }

  @Test func baseModelsAreToldByTheirName() throws {
    let folder = try ModelFolder(path: Fixtures.folder("PicturesFlux2/klein").path)
    let file = try #require(try TransformerFile(original(folder, prefix: "", Self.flux2Names)))
    #expect(file.settings(named: "flux-2-klein-base-4b.safetensors")["is_distilled"] == false)
    #expect(file.settings(named: "flux-2-klein-4b-fp8.safetensors")["is_distilled"] == true)
  }

  private func expectSamePrediction(_ folder: ModelFolder, _ source: InMemory, named name: String) throws {
    let file = try #require(try TransformerFile(source))
    #expect(file.unrecognised == [])
    let parts = TransformerFileParts(
      path: name, file, autoencoder: try .init(folder, "vae"), textEncoder: try .init(folder, "text_encoder"),
      tokenizer: try folder.tokenizerFolder("tokenizer"))
    let (expected, found) = (try prediction(Families.open(folder)), try prediction(Families.open(parts)))
    #expect(expected.values == found.values && expected.isFinite)
  }

  /// Of noise, under a prompt.
  private func prediction(_ family: any Family) throws -> Tensor {
    let size = PictureSize(width: 64, height: 96)
    let prompt = try Fixtures.guardrail().approve(prompt: "a fox", negative: nil)
    let part = try family.scene(prompt, SceneWish(size: .exact(size))).parts[0]
    let predictor = try family.predictor(
      family.condition(part, ConditionOptions(isGuided: false)), PredictorOptions(size: size))
    let edge = family.latents.pixelsPerLatent
    let shape = [1, size.height / edge, size.width / edge, family.latents.channels]
    let values = (0..<shape.product).map { Float(($0 * 7919) % 1000) / 500 - 1 }
    return try predictor.single(Tensor(shape: shape, values: values), 700)
  }

  // MARK: Authors' names

  /// A folder's transformer in the authors' layout.
  ///
  /// - Parameter names: What each is called there, with the place of one that is fused with others.
  private func original(
    _ folder: ModelFolder, prefix: String, _ rename: (String) -> (name: String, third: Int?)
  ) throws -> InMemory {
    let source = try folder.weights(of: "transformer")
    var file = InMemory()
    var fused: [String: [Int: Tensor]] = [:]
    for name in source.names {
      guard let tensor = try source.stored(name) else { continue }
      let (original, third) = rename(name)
      if let third {
        fused[original, default: [:]][third] = tensor.widened()
      } else if original.hasPrefix("final_layer.adaLN_modulation"), name.hasPrefix("norm_out") {
        let (values, half) = (tensor.widened(), tensor.shape[0] / 2)
        let swapped = Tensor.concatenated([values.slice(half..<2 * half), values.slice(0..<half)])
        file.tensors[prefix + original] = StoredTensor(viewing: swapped)
      } else {
        file.tensors[prefix + original] = tensor
      }
    }
    for (name, parts) in fused {
      file.tensors[prefix + name] = StoredTensor(
        viewing: .concatenated(try (0..<3).map { try #require(parts[$0]) }))
    }
    return file
  }

  private static func flux2Names(_ name: String) -> (name: String, third: Int?) {
    var name = name
    for (ours, original) in [
      ("single_transformer_blocks.", "single_blocks."), ("transformer_blocks.", "double_blocks."),
      ("time_guidance_embed.timestep_embedder.linear_1", "time_in.in_layer"),
      ("time_guidance_embed.timestep_embedder.linear_2", "time_in.out_layer"), ("x_embedder", "img_in"),
      ("context_embedder", "txt_in"), ("proj_out", "final_layer.linear"),
      ("norm_out.linear", "final_layer.adaLN_modulation.1"), ("modulation_img.linear", "modulation_img.lin"),
      ("modulation_txt.linear", "modulation_txt.lin"), ("stream_modulation.linear", "stream_modulation.lin"),
      ("attn.to_qkv_mlp_proj", "linear1"), ("attn.to_out.0", "img_attn.proj"), ("attn.to_add_out", "txt_attn.proj"),
      ("ff.linear_in", "img_mlp.0"), ("ff.linear_out", "img_mlp.2"), ("ff_context.linear_in", "txt_mlp.0"),
      ("ff_context.linear_out", "txt_mlp.2"), ("attn.norm_added_q.weight", "txt_attn.norm.query_norm.scale"),
      ("attn.norm_added_k.weight", "txt_attn.norm.key_norm.scale"),
    ] { name = name.replacing(ours, with: original) }
    let isSingle = name.hasPrefix("single_blocks.")
    name = name.replacing("attn.to_out", with: "linear2")
    for (ours, original) in [("norm_q", "query_norm"), ("norm_k", "key_norm")] {
      name = name.replacing("attn.\(ours).weight", with: "\(isSingle ? "" : "img_attn.")norm.\(original).scale")
    }
    for (third, letter) in ["q", "k", "v"].enumerated() {
      for (ours, stream) in [("attn.to_\(letter).", "img"), ("attn.add_\(letter)_proj.", "txt")]
      where name.contains(ours) {
        return (name.replacing(ours, with: "\(stream)_attn.qkv."), third)
      }
    }
    return (name, nil)
  }

  private static func zImageNames(_ name: String) -> (name: String, third: Int?) {
    var name = name
    for (ours, original) in [
      ("all_x_embedder.2-1", "x_embedder"), ("all_final_layer.2-1", "final_layer"),
      ("attention.to_out.0", "attention.out"),
      ("attention.norm_q", "attention.q_norm"), ("attention.norm_k", "attention.k_norm"),
    ] { name = name.replacing(ours, with: original) }
    for (third, letter) in ["q", "k", "v"].enumerated() where name.contains("attention.to_\(letter).") {
      return (name.replacing("attention.to_\(letter).", with: "attention.qkv."), third)
    }
    return (name, nil)
  }
}
