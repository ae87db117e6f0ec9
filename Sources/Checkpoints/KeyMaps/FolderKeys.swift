import Tensors

/// Other spellings within diffusers folders.
enum FolderKeys {
  /// A UNet's tensors under diffusers' names: files for other programs, such as those of ComfyUI-GGUF, have the original ones, with or
  /// without their prefix.
  ///
  /// - Throws: `CheckpointError` where the blocks of the original layout are incomplete.
  static func unet(_ source: any TensorSource) throws(CheckpointError) -> any TensorSource {
    let names = source.names
    let sign = "input_blocks.0.0.weight"
    guard let prefix = ["", UNetKeys.prefix].first(where: { names.contains($0 + sign) }) else { return source }
    let prefixed = prefix.isEmpty ? names.map { UNetKeys.prefix + $0 } : names
    guard let layout = UNetKeys.Layout(prefixed) else {
      throw CheckpointError(source.origin, "the blocks of its UNet (`\(prefix)input_blocks.`) are incomplete")
    }
    return try RenamedSource(source, prefix: prefix, map: UNetKeys.map(layout))
  }

  /// A transformer's tensors under diffusers' names, where the file has its authors': GGUF files and ComfyUI's, with or without prefix.
  ///
  /// - Throws: `CheckpointError` where some belong to nothing.
  static func transformer(_ source: any TensorSource) throws(CheckpointError) -> any TensorSource {
    guard let file = try TransformerFile(source) else { return source }
    if let stranger = file.unrecognised.first {
      throw CheckpointError(
        source.origin, "holds \(file.unrecognised.count) tensors that limn does not know, such as \(stranger.quoted)")
    }
    return file.weights
  }

  /// A UNet as diffusers names it, so that what does not belong to one is told.
  static let plainUNet = KeyMap([
    "time_embedding": "time_embedding", "add_embedding": "add_embedding", "conv_in": "conv_in",
    "down_blocks": "down_blocks", "mid_block": "mid_block", "up_blocks": "up_blocks", "conv_norm_out": "conv_norm_out",
    "conv_out": "conv_out",
  ])

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
