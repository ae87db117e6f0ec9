import JSON
import Tensors

/// A file that holds the transformer of FLUX.2 klein or Z-Image under its authors' names or diffusers', with the prefix
/// `model.diffusion_model.` or without; ComfyUI's `diffusion_models` are such files. The other parts lie elsewhere.
package struct TransformerFile: Sendable {
  package enum Kind: Sendable {
    case flux2, zImage

    /// As people call it.
    package var name: String {
      switch self {
      case .flux2: "FLUX.2"
      case .zImage: "Z-Image"
      }
    }
  }

  package let kind: Kind
  /// The transformer under diffusers' names.
  package let weights: RenamedSource
  /// Names that belong to it and are not known, in the file's own spelling, sorted.
  package let unrecognised: [String]

  private static let prefix = UNetKeys.prefix

  /// - Returns: nil where the file is of neither kind.
  /// - Throws: `CheckpointError` where two of its tensors would have one name.
  package init?(_ source: any TensorSource) throws(CheckpointError) {
    let names = source.names
    func isSigned(_ sign: String) -> String? { ["", Self.prefix].first { names.contains($0 + sign) } }
    func blocks(_ place: String) -> Int { names.indices(behind: place).max().map { min($0, 1023) + 1 } ?? 0 }
    if let prefix = isSigned(Flux2Keys.sign) {
      kind = .flux2
      weights = try RenamedSource(
        source, prefix: prefix,
        map: Flux2Keys.map(
          doubleBlocks: blocks(prefix + "double_blocks."), singleBlocks: blocks(prefix + "single_blocks.")))
    } else if let prefix = isSigned(Flux2Keys.ownSign) {
      kind = .flux2
      weights = try RenamedSource(source, prefix: prefix, map: Flux2Keys.own)
    } else if let prefix = isSigned(ZImageKeys.sign) {
      kind = .zImage
      weights = try RenamedSource(
        source, prefix: prefix,
        map: ZImageKeys.map(
          layers: blocks(prefix + "layers."), refinerLayers: blocks(prefix + "noise_refiner.")))
    } else {
      return nil
    }
    unrecognised = weights.unrecognised.filter { !HarmlessNames.contains($0) && !$0.hasSuffix(ZImageKeys.unused) }
  }

  /// diffusers' class.
  package var className: String {
    switch kind {
    case .flux2: "Flux2Transformer2DModel"
    case .zImage: "ZImageTransformer2DModel"
    }
  }

  /// As `transformer/config.json`, told from shapes; what they do not show is as in the published models.
  package var configuration: JSONValue {
    switch kind {
    case .flux2: flux2Configuration
    case .zImage: zImageConfiguration
    }
  }

  private var flux2Configuration: JSONValue {
    let width = weights.extent(0, "x_embedder.weight")
    let head = max(1, weights.extent(0, "transformer_blocks.0.attn.norm_q.weight"))
    let inner = weights.extent(1, "transformer_blocks.0.ff.linear_out.weight")
    return [
      "_class_name": .string(className),
      "attention_head_dim": .integer(head),
      "axes_dims_rope": .integers(Array(repeating: head / 4, count: 4)),
      "eps": 1e-6,
      "guidance_embeds": .bool(weights.shape("time_guidance_embed.guidance_embedder.linear_1.weight") != nil),
      "in_channels": .integer(weights.extent(1, "x_embedder.weight")),
      "joint_attention_dim": .integer(weights.extent(1, "context_embedder.weight")),
      "mlp_ratio": .number(Double(inner) / Double(max(1, width))),
      "num_attention_heads": .integer(width / head),
      "num_layers": .integer(weights.count("transformer_blocks.#.attn.norm_q.weight")),
      "num_single_layers": .integer(weights.count("single_transformer_blocks.#.attn.norm_q.weight")),
      "out_channels": .integer(weights.extent(0, "proj_out.weight")),
      "patch_size": 1,
      "rope_theta": 2000,
      "timestep_guidance_channels": .integer(
        weights.extent(1, "time_guidance_embed.timestep_embedder.linear_1.weight")),
    ]
  }

  /// A quarter of a head turns with the place in the prompt, the rest with row and column alike.
  private var zImageConfiguration: JSONValue {
    let width = weights.extent(0, "x_pad_token") == 1 ? weights.extent(1, "x_pad_token") : 0
    let head = max(1, weights.extent(0, "layers.0.attention.norm_q.weight"))
    return [
      "_class_name": .string(className),
      "all_f_patch_size": [1],
      "all_patch_size": [2],
      "axes_dims": .integers([head / 4, head / 8 * 3, head / 8 * 3]),
      "axes_lens": [1536, 512, 512],
      "cap_feat_dim": .integer(weights.extent(0, "cap_embedder.0.weight")),
      "dim": .integer(width),
      "in_channels": .integer(weights.extent(1, "all_x_embedder.2-1.weight") / 4),
      "n_heads": .integer(width / head),
      "n_kv_heads": .integer(width / head),
      "n_layers": .integer(weights.count("layers.#.attention.norm_q.weight")),
      "n_refiner_layers": .integer(weights.count("noise_refiner.#.attention.norm_q.weight")),
      "norm_eps": 1e-5,
      "qk_norm": true,
      "rope_theta": 256,
      "t_scale": 1000,
    ]
  }

  /// As `scheduler/scheduler_config.json` of FLUX.2 klein and Z-Image-Turbo.
  package var schedulerConfiguration: JSONValue {
    [
      "_class_name": "FlowMatchEulerDiscreteScheduler",
      "num_train_timesteps": 1000,
      "shift": 3.0,
      "time_shift_type": "exponential",
      "use_dynamic_shifting": .bool(kind == .flux2),
    ]
  }

  /// What `model_index.json` says beside its components: that a file whose name does not say `base` was distilled.
  ///
  /// - Parameter name: Of the file.
  package func settings(named name: String) -> [String: JSONValue] {
    kind == .flux2 ? ["is_distilled": .bool(!name.lowercased().contains("base"))] : [:]
  }
}
