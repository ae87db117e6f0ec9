import Tensors

/// The kinds of single-file checkpoint that limn paints with.
package enum CheckpointFamily: String, Sendable {
  case stableDiffusion1 = "Stable Diffusion 1"
  case stableDiffusion2 = "Stable Diffusion 2"
  case stableDiffusionXL = "Stable Diffusion XL"

  /// What the published autoencoder's latents are multiplied with.
  var scalingFactor: Double { self == .stableDiffusionXL ? 0.13025 : 0.18215 }

  /// Tells the family from the names and shapes in a file.
  ///
  /// - Throws: `CheckpointError` naming what the file is where it is something else.
  init(of file: any CheckpointFile) throws(CheckpointError) {
    let names = file.names
    if let other = OtherContent.table.first(where: { content in names.contains { content.hasSign($0) } }) {
      throw CheckpointError(file.origin, other.sentence)
    }
    let place = UNetKeys.Place(names)
    guard let place, let channels = file.shape(place.input), channels.count == 4 else {
      let found = names.isEmpty ? "it holds no tensors" : "it holds names such as \(names.quotedList)"
      throw CheckpointError(file.origin, "is of no kind that limn knows: \(found)")
    }
    guard channels[1] != 8 else {
      throw CheckpointError(
        file.origin, "is an InstructPix2Pix checkpoint (8 input channels), which limn does not support yet")
    }
    guard [4, 9].contains(channels[1]) else {
      throw CheckpointError(
        file.origin,
        "has a UNet of \(channels[1]) input channels (depth or upscaling), which limn does not support yet; "
          + "4 or, for inpainting, 9 were expected")
    }
    let occurs = { (prefix: String) in names.contains { $0.hasPrefix(prefix) } }
    if occurs(TextEncoderKeys.secondPrefix) {
      self = .stableDiffusionXL
      return
    }
    if occurs(place.prefix + "label_emb.") || place.isAlone && occurs("add_embedding.") {
      self = .stableDiffusionXL
      return
    }
    // As diffusers tells them, or by the text encoder where the widths are nobody's.
    let attention = names.filter { $0.hasPrefix(place.prefix) }.first { $0.hasSuffix(".attn2.to_k.weight") }
    let isWide = attention.flatMap { file.shape($0)?.last } == 1024
    self = occurs(TextEncoderKeys.openCLIPPrefix) || isWide ? .stableDiffusion2 : .stableDiffusion1
  }
}

/// What else a file of weights may hold, told by one name that it has.
private struct OtherContent {
  enum Place { case beginning, end, anywhere }

  let sign: String
  let place: Place
  let sentence: String

  func hasSign(_ name: String) -> Bool {
    switch place {
    case .beginning: name.hasPrefix(sign)
    case .end: name.hasSuffix(sign)
    case .anywhere: name.contains(sign)
    }
  }

  private init(_ place: Place, _ sign: String, _ sentence: String) {
    self.sign = sign
    self.place = place
    self.sentence = sentence
  }

  private static func unsupported(_ family: String) -> String {
    let article = "AEIOU".contains(family.prefix(1)) ? "an" : "a"
    return
      "is \(article) \(family) checkpoint, which limn does not support yet; it paints with Stable Diffusion 1.x, 2.x and XL, "
      + "FLUX.2 klein and Z-Image"
  }

  private static func part(_ what: String) -> String {
    "holds only \(what); a whole checkpoint (UNet, autoencoder and text encoder), a UNet or a diffusers folder was expected"
  }

  private static func transformer(_ family: String) -> String {
    "holds only the transformer of \(family); a diffusers folder, which brings its text encoder and autoencoder, was expected"
  }

  private static let lora =
    "holds a LoRA, which changes a checkpoint but is none; name a checkpoint, and the LoRA by `lora`"

  /// In the order in which they are tried: what is told by fewer tensors comes first.
  static let table: [OtherContent] = [
    OtherContent(.end, ".lora_down.weight", lora),
    OtherContent(.end, ".lora_A.weight", lora),
    OtherContent(.end, ".lora.down.weight", lora),
    OtherContent(.end, "_lora.down.weight", lora),
    OtherContent(.end, ".oft_blocks", lora),
    OtherContent(.end, ".oft_diag", lora),
    OtherContent(.end, ".diff", lora),
    OtherContent(.end, ".hada_w1_a", lora),
    OtherContent(.end, ".lokr_w1", lora),
    OtherContent(.end, ".lokr_w1_a", lora),
    OtherContent(.beginning, "control_model.", part("a ControlNet (name it by `control-model`)")),
    OtherContent(.beginning, "controlnet_cond_embedding.", part("a ControlNet (name it by `control-model`)")),
    OtherContent(.beginning, "input_hint_block.", part("a ControlNet (name it by `control-model`)")),
    OtherContent(.beginning, "adapter.body.", part("a T2I-Adapter (name it by `control-model`)")),
    OtherContent(.beginning, "body.0.in_conv.", part("a T2I-Adapter (name it by `control-model`)")),
    OtherContent(.beginning, "ip_adapter.", part("an IP-Adapter (name it by `ip-adapter`)")),
    OtherContent(.beginning, "body.0.block1.", part("a T2I-Adapter (name it by `control-model`)")),
    OtherContent(.beginning, "image_proj.", part("an IP-Adapter (name it by `ip-adapter`)")),
    OtherContent(.beginning, "edm_mean", unsupported("Playground 2.5")),
    OtherContent(.beginning, "edm_vpred.", unsupported("CosXL")),
    OtherContent(.beginning, "conditioner.embedders.0.model.", unsupported("Stable Diffusion XL refiner")),
    OtherContent(.beginning, "model.diffusion_model.joint_blocks.", unsupported("Stable Diffusion 3")),
    OtherContent(.beginning, "joint_blocks.", unsupported("Stable Diffusion 3")),
    OtherContent(.beginning, "text_encoders.", unsupported("Stable Diffusion 3 or FLUX")),
    OtherContent(.end, Flux2Keys.sign, transformer("FLUX.2")),
    OtherContent(.end, ZImageKeys.sign, transformer("Z-Image")),
    OtherContent(.anywhere, "noise_refiner.", unsupported("Lumina 2")),
    OtherContent(.anywhere, "distilled_guidance_layer.", unsupported("Chroma")),
    OtherContent(.anywhere, "txt_in.individual_token_refiner.", unsupported("HunyuanVideo")),
    OtherContent(.anywhere, "mlp_t5.", unsupported("HunyuanDiT")),
    OtherContent(.anywhere, ".img_mod.1.", unsupported("Qwen-Image")),
    OtherContent(.anywhere, "double_layers.", unsupported("AuraFlow")),
    OtherContent(.anywhere, "attention_y_norm.", unsupported("Sana")),
    OtherContent(.anywhere, "y_embedder.y_embedding", unsupported("PixArt (as a single file)")),
    OtherContent(.anywhere, "head.modulation", unsupported("Wan")),
    OtherContent(.anywhere, "clip_txt_pooled_mapper.", unsupported("Stable Cascade")),
    OtherContent(.anywhere, "effnet_mapper.", unsupported("Stable Cascade")),
    OtherContent(.beginning, "add_embedding.image_norm.", unsupported("Kandinsky 2")),
    OtherContent(.beginning, "model.diffusion_model.double_blocks.", unsupported("FLUX")),
    OtherContent(.beginning, "double_blocks.", unsupported("FLUX")),
    OtherContent(.anywhere, "motion_modules.", unsupported("AnimateDiff")),
    OtherContent(.beginning, "clip_g", part("a textual inversion (name it by `embedding`)")),
    OtherContent(.beginning, "emb_params", part("a textual inversion (name it by `embedding`)")),
    OtherContent(.beginning, "string_to_param", part("a textual inversion (name it by `embedding`)")),
    OtherContent(.beginning, "taesd_", part("a tiny autoencoder (TAESD; name it by `vae`)")),
    OtherContent(.beginning, "decoder.layers.", part("a tiny autoencoder (TAESD; name it by `vae`)")),
    OtherContent(.beginning, "encoder.layers.0.conv", part("a tiny autoencoder (TAESD; name it by `vae`)")),
    OtherContent(.beginning, "encoder.down.", part("an autoencoder (name it by `vae`)")),
    OtherContent(.beginning, "decoder.up.", part("an autoencoder (name it by `vae`)")),
    OtherContent(.beginning, "encoder.down_blocks.", part("an autoencoder (name it by `vae`)")),
    OtherContent(.beginning, "decoder.up_blocks.", part("an autoencoder (name it by `vae`)")),
    OtherContent(.beginning, "text_model.", part("a text encoder (name it by `text-encoder`)")),
    OtherContent(.beginning, "embeddings.token_embedding", part("a text encoder (name it by `text-encoder`)")),
  ]
}
