/// The autoencoder of the original layout: `first_stage_model.encoder.down`, `.decoder.up` (counted from the picture's
/// end, unlike diffusers), `.mid`.
///
/// Source: `model.py` of CompVis/latent-diffusion; diffusers' `convert_ldm_vae_checkpoint`.
enum AutoencoderKeys {
  /// The prefixes in use; the first that occurs counts.
  static let prefixes = ["first_stage_model.", "vae."]

  /// - Returns: nil where the names behind `prefix` are of no autoencoder of this kind.
  static func map(_ names: [String], prefix: String) -> KeyMap? {
    var map = KeyMap([
      "quant_conv": "quant_conv",
      "post_quant_conv": "post_quant_conv",
      // FLUX.2's.
      "encoder.quant_conv": "quant_conv",
      "decoder.post_quant_conv": "post_quant_conv",
      "bn": "bn",
    ])
    for (half, blocks, resampler) in [("encoder", "down", "downsample"), ("decoder", "up", "upsample")] {
      let levels = names.indices(behind: "\(prefix)\(half).\(blocks).")
      guard let last = levels.max(), last + 1 == levels.count, last < 32 else { return nil }
      map.add("\(half).conv_in", "\(half).conv_in")
      map.add("\(half).norm_out", "\(half).conv_norm_out")
      map.add("\(half).conv_out", "\(half).conv_out")
      map.add("\(half).mid.block_1", "\(half).mid_block.resnets.0", inside: residualBlock)
      map.add("\(half).mid.attn_1", "\(half).mid_block.attentions.0", inside: attention)
      map.add("\(half).mid.block_2", "\(half).mid_block.resnets.1", inside: residualBlock)
      for level in 0...last {
        let original = "\(half).\(blocks).\(level)"
        let ours = "\(half).\(blocks)_blocks.\(half == "encoder" ? level : last - level)"
        map.add("\(original).\(resampler)", "\(ours).\(resampler)rs.0")
        for layer in names.indices(behind: "\(prefix)\(original).block.") where layer < 32 {
          map.add("\(original).block.\(layer)", "\(ours).resnets.\(layer)", inside: residualBlock)
        }
      }
    }
    return map
  }

  private static let residualBlock = KeyMap([
    "norm1": "norm1",
    "conv1": "conv1",
    "norm2": "norm2",
    "conv2": "conv2",
    "nin_shortcut": "conv_shortcut",
  ])

  private static let attention: KeyMap = {
    var map = KeyMap(["norm": "group_norm"])
    map.add("q", "to_q", form: .matrix)
    map.add("k", "to_k", form: .matrix)
    map.add("v", "to_v", form: .matrix)
    map.add("proj_out", "to_out.0", form: .matrix)
    return map
  }()
}
