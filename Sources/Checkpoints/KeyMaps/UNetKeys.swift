/// The UNet of the original (CompVis, Stability) layout: `input_blocks`, `middle_block`, `output_blocks`.
///
/// Source: `openaimodel.py` of CompVis/stable-diffusion; diffusers' `convert_ldm_unet_checkpoint`.
enum UNetKeys {
  static let prefix = "model.diffusion_model."

  /// How many resolutions a UNet has and how many residual blocks each holds on the way down.
  struct Layout: Equatable {
    let levels: Int
    let layersPerBlock: Int

    /// Told from the names behind `prefix`; nil where they are of no UNet: the input convolution, then on every level
    /// `layersPerBlock` blocks and, but for the last, one that halves the resolution (`op`).
    init?(_ names: [String]) {
      let blocks = names.indices(behind: prefix + "input_blocks.")
      guard let last = blocks.max(), last + 1 == blocks.count, last >= 1, last < 256 else { return nil }
      let halving = Set(names.filter { $0.hasSuffix(".0.op.weight") }.indices(behind: prefix + "input_blocks."))
      let perLevel = halving.min() ?? last + 1
      guard perLevel >= 2, blocks.count.isMultiple(of: perLevel) else { return nil }
      levels = blocks.count / perLevel
      layersPerBlock = perLevel - 1
    }
  }

  static func map(_ layout: Layout) -> KeyMap {
    var map = KeyMap([
      "time_embed.0": "time_embedding.linear_1",
      "time_embed.2": "time_embedding.linear_2",
      "time_embed.cond_proj": "time_embedding.cond_proj",
      "input_blocks.0.0": "conv_in",
      "middle_block.1": "mid_block.attentions.0",
      "out.0": "conv_norm_out",
      "out.2": "conv_out",
    ])
    map.add("middle_block.0", "mid_block.resnets.0", inside: residualBlock)
    map.add("middle_block.2", "mid_block.resnets.1", inside: residualBlock)
    let perLevel = layout.layersPerBlock + 1
    for level in 0..<layout.levels {
      for layer in 0..<layout.layersPerBlock {
        let block = "input_blocks.\(perLevel * level + layer + 1)"
        map.add("\(block).0", "down_blocks.\(level).resnets.\(layer)", inside: residualBlock)
        map.add("\(block).1", "down_blocks.\(level).attentions.\(layer)")
      }
      map.add("input_blocks.\(perLevel * (level + 1)).0.op", "down_blocks.\(level).downsamplers.0.conv")
      for layer in 0..<perLevel {
        let block = "output_blocks.\(perLevel * level + layer)"
        map.add("\(block).0", "up_blocks.\(level).resnets.\(layer)", inside: residualBlock)
        map.add("\(block).1", "up_blocks.\(level).attentions.\(layer)")
        // The doubling of the resolution stands behind the attention, or in its place where there is none.
        map.add("\(block).1.conv", "up_blocks.\(level).upsamplers.0.conv")
        map.add("\(block).2.conv", "up_blocks.\(level).upsamplers.0.conv")
      }
    }
    return map
  }

  private static let residualBlock = KeyMap([
    "in_layers.0": "norm1",
    "in_layers.2": "conv1",
    "emb_layers.1": "time_emb_proj",
    "out_layers.0": "norm2",
    "out_layers.3": "conv2",
    "skip_connection": "conv_shortcut",
  ])
}

extension [String] {
  /// The different numbers that follow `prefix` in these names: 0 and 1 in `down.0.a`, `down.1.a`, `down.1.b`.
  func indices(behind prefix: String) -> Set<Int> {
    Set<Int>(
      compactMap { name in
        guard name.hasPrefix(prefix) else { return nil }
        return Int(name.dropFirst(prefix.count).prefix { $0 != "." })
      })
  }
}
