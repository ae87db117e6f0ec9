import JSON
import Tensors

/// The JSON files of a diffusers folder, told from a single file's shapes. The keys are those of diffusers' own files.
extension SingleFileCheckpoint {
  /// As `unet/config.json` (`UNet2DConditionModel`).
  ///
  /// `attention_head_dim` is the number of heads, as in published files: 8 everywhere in 1.x, heads of 64 channels in 2.x.
  package var unetConfiguration: JSONValue {
    let widths = levels("down_blocks.#.resnets.0.conv1.weight").map { unet.extent(0, $0) }
    let hasAttention = widths.indices.map { unet.shape("down_blocks.\($0).attentions.0.norm.weight") != nil }
    let firstAttention = "down_blocks.\(hasAttention.firstIndex(of: true) ?? 0).attentions.0"
    let layers = unet.count("down_blocks.0.resnets.#.conv1.weight")
    let heads: JSONValue = family == .stableDiffusion1 ? 8 : .integers(widths.map { max(1, $0 / 64) })
    return [
      "_class_name": "UNet2DConditionModel",
      "act_fn": "silu",
      "attention_head_dim": heads,
      "block_out_channels": .integers(widths),
      "center_input_sample": false,
      "cross_attention_dim": .integer(unet.extent(1, "\(firstAttention).transformer_blocks.0.attn2.to_k.weight")),
      "down_block_types": .array(hasAttention.map { $0 ? "CrossAttnDownBlock2D" : "DownBlock2D" }),
      "downsample_padding": 1,
      "flip_sin_to_cos": true,
      "freq_shift": 0,
      "in_channels": .integer(unet.extent(1, "conv_in.weight")),
      "layers_per_block": .integer(layers),
      "mid_block_scale_factor": 1,
      "norm_eps": 1e-05,
      "norm_num_groups": 32,
      "out_channels": .integer(unet.extent(0, "conv_out.weight")),
      "sample_size": .integer(pictureSize >> max(0, autoencoderLevels - 1)),
      "time_cond_proj_dim": guidanceWidth,
      "transformer_layers_per_block": .integer(
        max(1, unet.count("\(firstAttention).transformer_blocks.#.norm1.weight"))),
      "up_block_types": .array(hasAttention.reversed().map { $0 ? "CrossAttnUpBlock2D" : "UpBlock2D" }),
      "use_linear_projection": .bool(unet.shape("\(firstAttention).proj_in.weight")?.count == 2),
    ]
  }

  /// As `vae/config.json` (`AutoencoderKL`).
  package var autoencoderConfiguration: JSONValue {
    let widths = (0..<autoencoderLevels).map {
      autoencoder.extent(0, "encoder.down_blocks.\($0).resnets.0.conv1.weight")
    }
    return [
      "_class_name": "AutoencoderKL",
      "act_fn": "silu",
      "block_out_channels": .integers(widths),
      "down_block_types": .array(widths.map { _ in "DownEncoderBlock2D" }),
      "in_channels": .integer(autoencoder.extent(1, "encoder.conv_in.weight")),
      "latent_channels": .integer(autoencoder.extent(1, "decoder.conv_in.weight")),
      "layers_per_block": .integer(autoencoder.count("encoder.down_blocks.0.resnets.#.conv1.weight")),
      "norm_num_groups": 32,
      "out_channels": .integer(autoencoder.extent(0, "decoder.conv_out.weight")),
      "sample_size": .integer(pictureSize),
      "scaling_factor": 0.18215,
      "up_block_types": .array(widths.map { _ in "UpDecoderBlock2D" }),
    ]
  }

  /// As `text_encoder/config.json` (`CLIPTextModel`): heads of 64 channels, as all published CLIPs have.
  package var textEncoderConfiguration: JSONValue {
    let isFirst = family == .stableDiffusion1
    let width = textEncoder.extent(1, "text_model.embeddings.token_embedding.weight")
    return [
      "architectures": ["CLIPTextModel"],
      "model_type": "clip_text_model",
      "bos_token_id": 0,
      "eos_token_id": 2,
      "hidden_act": isFirst ? "quick_gelu" : "gelu",
      "hidden_size": .integer(width),
      "intermediate_size": .integer(textEncoder.extent(0, "text_model.encoder.layers.0.mlp.fc1.weight")),
      "layer_norm_eps": 1e-05,
      "max_position_embeddings": .integer(textEncoder.extent(0, "text_model.embeddings.position_embedding.weight")),
      "num_attention_heads": .integer(max(1, width / 64)),
      "num_hidden_layers": .integer(textEncoder.count("text_model.encoder.layers.#.layer_norm1.weight")),
      "pad_token_id": 1,
      "projection_dim": isFirst ? 768 : 512,
      "vocab_size": .integer(textEncoder.extent(0, "text_model.embeddings.token_embedding.weight")),
    ]
  }

  /// As `scheduler/scheduler_config.json` of the published models: PNDM for 1.x (stable-diffusion-v1-5), DDIM for 2.x
  /// (stable-diffusion-2-1).
  package var schedulerConfiguration: JSONValue {
    let common: [String: JSONValue] = [
      "beta_end": 0.012,
      "beta_schedule": "scaled_linear",
      "beta_start": 0.00085,
      "clip_sample": false,
      "num_train_timesteps": 1000,
      "set_alpha_to_one": false,
      "skip_prk_steps": true,
      "steps_offset": 1,
      "trained_betas": nil,
    ]
    let own: [String: JSONValue] =
      switch family {
      case .stableDiffusion1: ["_class_name": "PNDMScheduler"]
      case .stableDiffusion2: ["_class_name": "DDIMScheduler", "prediction_type": .string(predictionType)]
      }
    return .object(common.merging(own) { _, new in new })
  }

  /// Resolutions of the autoencoder; each but the first halves the picture once more.
  private var autoencoderLevels: Int { autoencoder.count("encoder.down_blocks.#.resnets.0.conv1.weight") }

  /// The side in pixels of the pictures that the model was trained on.
  private var pictureSize: Int { predictionType == "v_prediction" ? 768 : 512 }

  /// The width of LCM's embedding of the guidance scale; null where there is none.
  private var guidanceWidth: JSONValue {
    let name = "time_embedding.cond_proj.weight"
    return unet.shape(name) == nil ? .null : .integer(unet.extent(1, name))
  }

  private func levels(_ pattern: String) -> [String] {
    (0..<unet.count(pattern)).map { pattern.numbered($0) }
  }
}

extension RenamedSource {
  /// Nil where there is no such tensor, or none that can be computed with.
  fileprivate func shape(_ name: String) -> [Int]? { (try? stored(name))?.shape }

  /// How many tensors `pattern` names when its `#` counts 0, 1, 2, ...
  fileprivate func count(_ pattern: String) -> Int {
    var found = 0
    while shape(pattern.numbered(found)) != nil { found += 1 }
    return found
  }

  /// The extent of one axis; 0 where there is no such tensor or axis, which the network's own checks then name.
  fileprivate func extent(_ axis: Int, _ name: String) -> Int {
    guard let shape = shape(name), axis < shape.count else { return 0 }
    return shape[axis]
  }
}

extension String {
  /// The pattern with its `#` replaced.
  fileprivate func numbered(_ number: Int) -> String {
    split(separator: "#", omittingEmptySubsequences: false).joined(separator: String(number))
  }
}

extension JSONValue {
  fileprivate static func integers(_ values: [Int]) -> JSONValue { .array(values.map { .integer($0) }) }
}
