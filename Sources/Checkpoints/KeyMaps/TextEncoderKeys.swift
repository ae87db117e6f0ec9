/// The text encoder in its several spellings, presented as `text_model.encoder.layers.0. ...`.
enum TextEncoderKeys {
  /// Stable Diffusion 1.x: OpenAI's CLIP as transformers writes it, behind this prefix.
  static let clipPrefix = "cond_stage_model.transformer."
  /// Stable Diffusion 2.x: OpenCLIP with its own names, behind this prefix.
  static let openCLIPPrefix = "cond_stage_model.model."
  /// Stable Diffusion XL: both, one after the other.
  static let firstPrefix = "conditioner.embedders.0.transformer."
  static let secondPrefix = "conditioner.embedders.1.model."

  /// transformers' names with and without `text_model.`: version 5 and some old single files leave it out.
  static let clip = KeyMap([
    "text_model": "text_model",
    "embeddings": "text_model.embeddings",
    "encoder": "text_model.encoder",
    "final_layer_norm": "text_model.final_layer_norm",
    "text_projection": "text_projection",
  ])

  /// OpenCLIP's names for `layers` of its blocks.
  ///
  /// Stable Diffusion 2.x takes what the last block but one gives, so that the last has no part in it: 23 of 24. XL reads
  /// whole texts from the last, through a projection that OpenCLIP stores transposed.
  /// Source: diffusers' `convert_open_clip_checkpoint`.
  static func openCLIP(layers: Int, projects: Bool = false) -> KeyMap {
    var map = KeyMap([
      "positional_embedding": "text_model.embeddings.position_embedding.weight",
      "token_embedding": "text_model.embeddings.token_embedding",
      "ln_final": "text_model.final_layer_norm",
    ])
    if projects { map.add("text_projection", "text_projection.weight", form: .transposed) }
    for layer in 0..<layers {
      map.add("transformer.resblocks.\(layer)", "text_model.encoder.layers.\(layer)", inside: block)
    }
    return map
  }

  /// How many blocks the file holds behind a prefix, an unused last one included; 0 where they are not numbered from 0 on.
  static func openCLIPBlocks(_ names: [String], prefix: String) -> Int {
    let blocks = names.indices(behind: prefix + "transformer.resblocks.")
    guard let last = blocks.max(), last + 1 == blocks.count, last < 256 else { return 0 }
    return blocks.count
  }

  private static let block: KeyMap = {
    var map = KeyMap([
      "ln_1": "layer_norm1",
      "ln_2": "layer_norm2",
      "attn.out_proj": "self_attn.out_proj",
      "mlp.c_fc": "mlp.fc1",
      "mlp.c_proj": "mlp.fc2",
    ])
    for (third, projection) in ["q_proj", "k_proj", "v_proj"].enumerated() {
      map.add("attn.in_proj_weight", "self_attn.\(projection).weight", form: .third(third))
      map.add("attn.in_proj_bias", "self_attn.\(projection).bias", form: .third(third))
    }
    return map
  }()
}
