/// Older spellings within diffusers folders.
enum FolderKeys {
  /// The autoencoder's attention before diffusers 0.15 (`query`, `key`, `value`, `proj_attn`), as published with
  /// Stable Diffusion 1.5.
  ///
  /// Source: diffusers' `ModelMixin._convert_deprecated_attention_blocks`.
  static let autoencoder: KeyMap = {
    var attention = KeyMap([
      "group_norm": "group_norm", "to_q": "to_q", "to_k": "to_k", "to_v": "to_v", "to_out": "to_out",
    ])
    attention.add("query", "to_q", form: .matrix)
    attention.add("key", "to_k", form: .matrix)
    attention.add("value", "to_v", form: .matrix)
    attention.add("proj_attn", "to_out.0", form: .matrix)

    var map = KeyMap([
      "encoder": "encoder",
      "decoder": "decoder",
      "quant_conv": "quant_conv",
      "post_quant_conv": "post_quant_conv",
    ])
    for half in ["encoder", "decoder"] {
      map.add("\(half).mid_block.attentions.0", "\(half).mid_block.attentions.0", inside: attention)
    }
    return map
  }()
}
