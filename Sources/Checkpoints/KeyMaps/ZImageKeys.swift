/// Z-Image's transformer as its authors name it: fused projections, one patch size.
///
/// Source: diffusers' `convert_z_image_transformer_checkpoint_to_diffusers`.
enum ZImageKeys {
  /// Told before Lumina 2, whose modulation is `adaLN_modulation.1`.
  static let sign = "layers.0.adaLN_modulation.0.weight"
  /// A norm that no network reads.
  static let unused = "norm_final.weight"

  static func map(layers: Int, refinerLayers: Int) -> KeyMap {
    var map = KeyMap([
      "x_embedder": "all_x_embedder.2-1",
      "final_layer": "all_final_layer.2-1",
      "all_x_embedder": "all_x_embedder",
      "all_final_layer": "all_final_layer",
      "cap_embedder": "cap_embedder",
      "t_embedder": "t_embedder",
      "x_pad_token": "x_pad_token",
      "cap_pad_token": "cap_pad_token",
    ])
    for (group, count) in [("layers", layers), ("noise_refiner", refinerLayers), ("context_refiner", refinerLayers)] {
      for layer in 0..<count { map.add("\(group).\(layer)", "\(group).\(layer)", inside: block) }
    }
    return map
  }

  private static let block: KeyMap = {
    var map = KeyMap([
      "adaLN_modulation": "adaLN_modulation",
      "attention.out": "attention.to_out.0",
      "attention.q_norm": "attention.norm_q",
      "attention.k_norm": "attention.norm_k",
      "attention": "attention",
      "attention_norm1": "attention_norm1",
      "attention_norm2": "attention_norm2",
      "feed_forward": "feed_forward",
      "ffn_norm1": "ffn_norm1",
      "ffn_norm2": "ffn_norm2",
    ])
    for (third, name) in ["to_q", "to_k", "to_v"].enumerated() {
      map.add("attention.qkv", "attention.\(name)", form: .third(third))
    }
    return map
  }()
}
