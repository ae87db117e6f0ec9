/// The UNet of the original (CompVis, Stability) layout: `input_blocks`, `middle_block`, `output_blocks`.
///
/// Source: `openaimodel.py` of CompVis/stable-diffusion and Stability-AI/generative-models; diffusers'
/// `convert_ldm_unet_checkpoint`.
enum UNetKeys {
  static let prefix = "model.diffusion_model."

  /// How a file holds a UNet.
  struct Place {
    /// Before all its names.
    let prefix: String
    /// Its first convolution.
    let input: String
    /// Whether the names are diffusers' already.
    let isRenamed: Bool

    /// A whole checkpoint, or a UNet alone under the original names or diffusers'; nil where there is none.
    init?(_ names: [String]) {
      let known = Set(names)
      let places = [
        Place(prefix: UNetKeys.prefix, input: UNetKeys.prefix + "input_blocks.0.0.weight", isRenamed: false),
        Place(prefix: "", input: "input_blocks.0.0.weight", isRenamed: false),
        Place(prefix: "", input: "conv_in.weight", isRenamed: true),
      ]
      guard let place = places.first(where: { known.contains($0.input) }) else { return nil }
      self = place
    }

    private init(prefix: String, input: String, isRenamed: Bool) {
      (self.prefix, self.input, self.isRenamed) = (prefix, input, isRenamed)
    }

    /// Whether the file may hold nothing else.
    var isAlone: Bool { prefix.isEmpty }
  }

  /// Which blocks make up each resolution of a UNet.
  struct Layout: Equatable {
    /// Numbers of the input blocks with a residual block, a list a level, outermost first.
    private(set) var down: [[Int]] = [[]]
    /// Numbers of the input blocks that halve the resolution, one between each two levels.
    private(set) var downsamplers: [Int] = []
    /// Numbers of the output blocks with a residual block, a list a level, innermost first.
    private(set) var up: [[Int]] = [[]]
    /// What doubles the resolution between each two levels: `output_blocks.2.1`, or `.2` where an attention is `.1`.
    private(set) var upsamplers: [String] = []

    /// Told from the names behind `prefix`; nil where they are of no UNet.
    ///
    /// A level ends with the block that halves or doubles the resolution. Prunings have fewer blocks, and some leave gaps
    /// between the numbers where the others were (diffusers' `convert_diffusers_to_original_stable_diffusion.py`).
    ///
    /// - Parameter isEncoder: Whether there is the way in alone, as in a ControlNet.
    init?(_ names: [String], prefix: String = UNetKeys.prefix, isEncoder: Bool = false) {
      let known = Set(names)
      func has(_ name: String) -> Bool { known.contains(prefix + name) }
      for block in names.indices(behind: prefix + "input_blocks.").sorted() where block > 0 {
        if has("input_blocks.\(block).0.op.weight") || has("input_blocks.\(block).0.op.up") {
          downsamplers.append(block)
          down.append([])
        } else if has("input_blocks.\(block).0.in_layers.0.weight")
          || isEncoder && has("input_blocks.\(block).0.in_layers.2.up")
        {
          down[down.count - 1].append(block)
        }
      }
      let layers = down.map(\.count)
      guard layers.allSatisfy({ $0 > 0 }) else { return nil }
      if isEncoder { return }
      for block in names.indices(behind: prefix + "output_blocks.").sorted() {
        if has("output_blocks.\(block).0.in_layers.0.weight") { up[up.count - 1].append(block) }
        let places = [1, 2].map { "output_blocks.\(block).\($0)" }
        if let upsampler = places.first(where: { has("\($0).conv.weight") }) {
          upsamplers.append(upsampler)
          up.append([])
        }
      }
      guard up.map(\.count) == layers.reversed().map({ $0 + 1 }) else { return nil }
    }

    /// As the original layout numbers a UNet of diffusers: block after block, without gaps.
    init(diffusers names: [String]) {
      func levels(_ blocks: String) -> Int { names.indices(behind: "\(blocks).").count }
      func layers(_ place: String) -> Int { names.indices(behind: "\(place).resnets.").count }
      func has(_ place: String) -> Bool { names.contains { $0.hasPrefix("\(place).") } }
      (down, up) = ([], [])
      var block = 1
      for level in 0..<levels("down_blocks") {
        let place = "down_blocks.\(level)"
        down.append(Array(block..<block + layers(place)))
        block += layers(place)
        if has("\(place).downsamplers") {
          downsamplers.append(block)
          block += 1
        }
      }
      block = 0
      for level in 0..<levels("up_blocks") {
        let place = "up_blocks.\(level)"
        up.append(Array(block..<block + layers(place)))
        block += layers(place)
        if has("\(place).upsamplers") {
          upsamplers.append("output_blocks.\(block - 1).\(has("\(place).attentions") ? 2 : 1)")
        }
      }
    }
  }

  static func map(_ layout: Layout) -> KeyMap {
    var map = KeyMap([
      "time_embed.0": "time_embedding.linear_1",
      "time_embed.2": "time_embedding.linear_2",
      "time_embed.cond_proj": "time_embedding.cond_proj",
      "label_emb.0.0": "add_embedding.linear_1",
      "label_emb.0.2": "add_embedding.linear_2",
      "input_blocks.0.0": "conv_in",
      "middle_block.1": "mid_block.attentions.0",
      "out.0": "conv_norm_out",
      "out.2": "conv_out",
    ])
    map.add("middle_block.0", "mid_block.resnets.0", inside: residualBlock)
    map.add("middle_block.2", "mid_block.resnets.1", inside: residualBlock)
    for (original, ours, levels) in [
      ("input_blocks", "down_blocks", layout.down), ("output_blocks", "up_blocks", layout.up),
    ] {
      for (level, blocks) in levels.enumerated() {
        for (layer, block) in blocks.enumerated() {
          map.add("\(original).\(block).0", "\(ours).\(level).resnets.\(layer)", inside: residualBlock)
          map.add("\(original).\(block).1", "\(ours).\(level).attentions.\(layer)")
        }
      }
    }
    for (level, block) in layout.downsamplers.enumerated() {
      map.add("input_blocks.\(block).0.op", "down_blocks.\(level).downsamplers.0.conv")
    }
    for (level, place) in layout.upsamplers.enumerated() {
      map.add("\(place).conv", "up_blocks.\(level).upsamplers.0.conv")
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
