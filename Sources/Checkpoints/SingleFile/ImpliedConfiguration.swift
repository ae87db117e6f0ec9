import JSON
import Tensors

/// The JSON files of a diffusers folder, told from shapes under diffusers' names. The keys are those of diffusers' own files.
enum ImpliedConfiguration {
  /// As `vae/config.json` (`AutoencoderKL`).
  ///
  /// - Parameters:
  ///   - pictureSize: The side in pixels of the pictures that the model was trained on.
  ///   - scalingFactor: What no shape shows, as the shift.
  static func autoencoder(
    _ autoencoder: RenamedSource, pictureSize: Int, scalingFactor: JSONValue, shiftFactor: JSONValue? = nil
  ) -> JSONValue {
    let widths = (0..<autoencoder.autoencoderLevels).map {
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
      "scaling_factor": scalingFactor,
      "shift_factor": shiftFactor ?? 0,
      "up_block_types": .array(widths.map { _ in "UpDecoderBlock2D" }),
      "use_post_quant_conv": .bool(autoencoder.shape("post_quant_conv.weight") != nil),
      "use_quant_conv": .bool(autoencoder.shape("quant_conv.weight") != nil),
    ]
  }

  /// As `text_encoder/config.json` (`CLIPTextModel`, or `CLIPTextModelWithProjection` where the encoder has one and `projects`),
  /// with heads of 64 channels, as all published CLIPs have.
  ///
  /// - Parameters:
  ///   - isOpenAI: Whether it is OpenAI's CLIP rather than an OpenCLIP.
  ///   - projects: Whether the model reads whole texts through a projection.
  static func textEncoder(_ encoder: RenamedSource, isOpenAI: Bool, projects: Bool) -> JSONValue {
    let width = encoder.extent(1, "text_model.embeddings.token_embedding.weight")
    let projection =
      projects ? encoder.extent(0, "text_projection.weight") : isOpenAI ? 768 : 512
    return [
      "architectures": [projects ? "CLIPTextModelWithProjection" : "CLIPTextModel"],
      "model_type": "clip_text_model",
      "bos_token_id": 0,
      "eos_token_id": 2,
      "hidden_act": isOpenAI ? "quick_gelu" : "gelu",
      "hidden_size": .integer(width),
      "intermediate_size": .integer(encoder.extent(0, "text_model.encoder.layers.0.mlp.fc1.weight")),
      "layer_norm_eps": 1e-05,
      "max_position_embeddings": .integer(encoder.extent(0, "text_model.embeddings.position_embedding.weight")),
      "num_attention_heads": .integer(max(1, width / 64)),
      "num_hidden_layers": .integer(encoder.count("text_model.encoder.layers.#.layer_norm1.weight")),
      "pad_token_id": 1,
      "projection_dim": .integer(projection),
      "vocab_size": .integer(encoder.extent(0, "text_model.embeddings.token_embedding.weight")),
    ]
  }
}

extension ImpliedConfiguration {
  /// As `text_encoder/config.json` (`Qwen3ForCausalLM`); what shapes do not show is as in all published Qwen3.
  static func qwen3(_ encoder: RenamedSource) -> JSONValue {
    let head = max(1, encoder.extent(0, "model.layers.0.self_attn.q_norm.weight"))
    return [
      "architectures": ["Qwen3ForCausalLM"],
      "model_type": "qwen3",
      "head_dim": .integer(head),
      "hidden_act": "silu",
      "hidden_size": .integer(encoder.extent(1, "model.embed_tokens.weight")),
      "intermediate_size": .integer(encoder.extent(0, "model.layers.0.mlp.gate_proj.weight")),
      "num_attention_heads": .integer(encoder.extent(0, "model.layers.0.self_attn.q_proj.weight") / head),
      "num_hidden_layers": .integer(encoder.count("model.layers.#.self_attn.q_norm.weight")),
      "num_key_value_heads": .integer(encoder.extent(0, "model.layers.0.self_attn.k_proj.weight") / head),
      "rms_norm_eps": 1e-6,
      "rope_theta": 1_000_000,
      "vocab_size": .integer(encoder.extent(0, "model.embed_tokens.weight")),
    ]
  }

  /// As `vae/config.json` of FLUX.2 (`AutoencoderKLFlux2`), whose decoder may be smaller than its encoder.
  static func flux2Autoencoder(_ autoencoder: RenamedSource) -> JSONValue {
    guard case .object(var settings) = self.autoencoder(autoencoder, pictureSize: 1024, scalingFactor: 1) else {
      return [:]
    }
    let levels = autoencoder.autoencoderLevels
    settings["_class_name"] = "AutoencoderKLFlux2"
    settings["decoder_block_out_channels"] = .integers(
      (0..<levels).reversed().map { autoencoder.extent(0, "decoder.up_blocks.\($0).resnets.0.conv1.weight") })
    settings["batch_norm_eps"] = 1e-4
    settings["patch_size"] = [2, 2]
    return .object(settings)
  }

  /// As `vae/config.json` of FLUX.1 and Z-Image (`AutoencoderKL`).
  static func fluxAutoencoder(_ autoencoder: RenamedSource) -> JSONValue {
    self.autoencoder(autoencoder, pictureSize: 1024, scalingFactor: 0.3611, shiftFactor: 0.1159)
  }
}

extension SingleFileCheckpoint {
  /// As `vae/config.json`; nil where the file holds no autoencoder.
  package var autoencoderConfiguration: JSONValue? {
    autoencoder.map {
      ImpliedConfiguration.autoencoder($0, pictureSize: pictureSize, scalingFactor: .number(family.scalingFactor))
    }
  }

  /// As `text_encoder/config.json`; nil where the file holds none.
  package var textEncoderConfiguration: JSONValue? {
    textEncoder.map {
      ImpliedConfiguration.textEncoder($0, isOpenAI: family != .stableDiffusion2, projects: false)
    }
  }

  /// As `text_encoder_2/config.json`; nil where there is no second encoder.
  package var textEncoder2Configuration: JSONValue? {
    textEncoder2.map { ImpliedConfiguration.textEncoder($0, isOpenAI: false, projects: true) }
  }

  /// As `scheduler/scheduler_config.json` of the published models: PNDM for 1.x (stable-diffusion-v1-5), DDIM for 2.x
  /// (stable-diffusion-2-1), Euler for XL (stable-diffusion-xl-base-1.0). PNDM knows no zero terminal SNR.
  package var schedulerConfiguration: JSONValue {
    var settings: [String: JSONValue] = [
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
    switch family {
    case .stableDiffusion1: settings["_class_name"] = hasZeroTerminalSNR ? "DDIMScheduler" : "PNDMScheduler"
    case .stableDiffusion2: settings["_class_name"] = "DDIMScheduler"
    case .stableDiffusionXL:
      settings["_class_name"] = "EulerDiscreteScheduler"
      settings["timestep_spacing"] = "leading"
    }
    if family != .stableDiffusion1 || predictionType != "epsilon" {
      settings["prediction_type"] = .string(predictionType)
    }
    if hasZeroTerminalSNR {
      settings["rescale_betas_zero_snr"] = true
      settings["timestep_spacing"] = "trailing"
    }
    return .object(settings)
  }

  /// Pixels a latent along each side, as a power of two: what all published models have where the file holds no autoencoder.
  var pixelsPerLatentLog2: Int { autoencoder.map { max(0, $0.autoencoderLevels - 1) } ?? 3 }

  /// The side in pixels of the pictures that the model was trained on.
  var pictureSize: Int {
    switch family {
    case .stableDiffusion1: 512
    case .stableDiffusion2: predictionType == "v_prediction" ? 768 : 512
    case .stableDiffusionXL: 1024
    }
  }
}

extension RenamedSource {
  /// Resolutions of an autoencoder; each but the first halves the picture once more.
  var autoencoderLevels: Int { count("encoder.down_blocks.#.resnets.0.conv1.weight") }

  /// How many tensors `pattern` names when its `#` counts 0, 1, 2, ..., or from another number.
  func count(_ pattern: String, from first: Int = 0) -> Int {
    var found = 0
    while shape(pattern.numbered(first + found)) != nil { found += 1 }
    return found
  }

  /// The extent of one axis; 0 where there is no such tensor or axis, which the network's own checks then name.
  func extent(_ axis: Int, _ name: String) -> Int {
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
  static func integers(_ values: [Int]) -> JSONValue { .array(values.map { .integer($0) }) }
}
