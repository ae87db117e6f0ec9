import JSON
import Tensors

extension SingleFileCheckpoint {
  /// As `unet/config.json` (`UNet2DConditionModel`).
  ///
  /// `attention_head_dim` is the number of heads, as in published files: 8 everywhere in 1.x, heads of 64 channels in 2.x and
  /// XL.
  package var unetConfiguration: JSONValue {
    let shape = UNetShape(unet)
    let heads: JSONValue = family == .stableDiffusion1 ? 8 : .integers(shape.widths.map { max(1, $0 / 64) })
    let firstAttention = shape.firstAttention ?? ""
    var settings: [String: JSONValue] = [
      "_class_name": "UNet2DConditionModel",
      "act_fn": "silu",
      "attention_head_dim": heads,
      "block_out_channels": .integers(shape.widths),
      "center_input_sample": false,
      "cross_attention_dim": .integer(unet.extent(1, "\(firstAttention).transformer_blocks.0.attn2.to_k.weight")),
      "down_block_types": .array(shape.attendsDown.map { $0 ? "CrossAttnDownBlock2D" : "DownBlock2D" }),
      "downsample_padding": 1,
      "flip_sin_to_cos": true,
      "freq_shift": 0,
      "in_channels": .integer(unet.extent(1, "conv_in.weight")),
      "layers_per_block": Set(shape.layers).count == 1 ? .integer(shape.layers[0]) : .integers(shape.layers),
      "mid_block_scale_factor": 1,
      "mid_block_type": shape.midBlockType,
      "norm_eps": 1e-05,
      "norm_num_groups": 32,
      "only_cross_attention": .array(shape.onlyCrossAttention.map { .bool($0) }),
      "out_channels": .integer(unet.extent(0, "conv_out.weight")),
      "sample_size": .integer(pictureSize >> pixelsPerLatentLog2),
      "time_cond_proj_dim": guidanceWidth,
      "up_block_types": .array(shape.attendsUp.map { $0 ? "CrossAttnUpBlock2D" : "UpBlock2D" }),
      "use_linear_projection": .bool(unet.shape("\(firstAttention).proj_in.weight")?.count == 2),
    ]
    settings.merge(shape.transformerLayers) { $1 }
    if unet.shape("add_embedding.linear_1.weight") != nil {
      let inputs = unet.extent(1, "add_embedding.linear_1.weight")
      settings["addition_embed_type"] = "text_time"
      settings["addition_time_embed_dim"] = .integer(numberWidth(inputs))
      settings["projection_class_embeddings_input_dim"] = .integer(inputs)
    }
    return .object(settings)
  }

  /// The width of each of the six numbers that tell a picture's size: what the second text encoder's projection leaves of the
  /// embedding's inputs.
  private func numberWidth(_ inputs: Int) -> Int {
    let projection = textEncoder2?.extent(0, "text_projection.weight") ?? 0
    let numbers = inputs - projection
    return numbers > 0 && numbers.isMultiple(of: 6) ? numbers / 6 : 256
  }

  /// The width of LCM's embedding of the guidance scale; null where there is none.
  private var guidanceWidth: JSONValue {
    let name = "time_embedding.cond_proj.weight"
    return unet.shape(name) == nil ? .null : .integer(unet.extent(1, name))
  }
}

/// How many blocks of which kind a UNet has, read off the names of its tensors: prunings differ from block to block.
private struct UNetShape {
  /// Channels of each level, outermost first.
  let widths: [Int]
  /// Residual blocks of each level on the way in, outermost first.
  let layers: [Int]
  /// Transformer blocks behind each residual block, a list a level, outermost first; on the way out innermost first. Levels
  /// without any attention have an empty list.
  private let down: [[Int]]
  private let up: [[Int]]
  /// Transformer blocks of the middle; nil where it has no attention.
  private let mid: Int?
  let midBlockType: JSONValue
  /// Some attention of the network: `down_blocks.0.attentions.0`.
  let firstAttention: String?
  /// Whether the first attention of a level's blocks is to the prompt too, outermost first.
  let onlyCrossAttention: [Bool]

  init(_ unet: RenamedSource) {
    let levels = unet.count("down_blocks.#.resnets.0.conv1.weight")
    widths = (0..<levels).map { unet.extent(0, "down_blocks.\($0).resnets.0.conv1.weight") }
    layers = (0..<levels).map { unet.count("down_blocks.\($0).resnets.#.conv1.weight") }
    down = (0..<levels).map { unet.transformerDepths("down_blocks.\($0)") }
    up = (0..<levels).map { unet.transformerDepths("up_blocks.\($0)") }
    mid = unet.transformerDepths("mid_block").first
    let hasMiddle = unet.shape("mid_block.resnets.0.conv1.weight") != nil
    midBlockType = mid != nil ? "UNetMidBlock2DCrossAttn" : hasMiddle ? "UNetMidBlock2D" : nil

    // An attention of each level with a transformer block in it, on whichever way.
    let attentions = zip(down, up.reversed()).enumerated().map { level, depths in
      depths.0.firstIndex { $0 > 0 }.map { "down_blocks.\(level).attentions.\($0)" }
        ?? depths.1.firstIndex { $0 > 0 }.map { "up_blocks.\(levels - 1 - level).attentions.\($0)" }
    }
    firstAttention = attentions.compactMap { $0 }.first ?? (mid == nil ? nil : "mid_block.attentions.0")
    onlyCrossAttention = zip(attentions, widths).map { attention, width in
      attention.map { unet.extent(1, "\($0).transformer_blocks.0.attn1.to_k.weight") != width } ?? false
    }
  }

  var attendsDown: [Bool] { down.map { !$0.isEmpty } }
  var attendsUp: [Bool] { up.map { !$0.isEmpty } }

  /// `transformer_layers_per_block` as simply as it can be written: one number, one a level, or lists for both ways.
  var transformerLayers: [String: JSONValue] {
    let innermost = mid ?? 1
    // What stands for levels without attention; the middle takes the last level's number.
    let fillers = down.indices.map { $0 == down.count - 1 ? innermost : 1 }
    let all = Set(down.joined()).union(up.joined()).union(mid.map { [$0] } ?? [])
    if all.count <= 1 { return ["transformer_layers_per_block": .integer(all.first ?? 1)] }
    let perLevel = zip(down, up.reversed()).map { Set($0).union($1) }
    let isEven = perLevel.allSatisfy { $0.count <= 1 }
    let numbers = zip(perLevel, fillers).map { $0.first ?? $1 }
    if isEven, mid == nil || mid == numbers.last {
      return ["transformer_layers_per_block": .integers(numbers)]
    }
    func lists(_ depths: [[Int]], _ fillers: [Int]) -> JSONValue {
      .array(zip(depths, fillers).map { $0.isEmpty ? .integer($1) : .integers($0) })
    }
    var settings = [
      "transformer_layers_per_block": lists(down, fillers),
      "reverse_transformer_layers_per_block": lists(up, up.map { _ in 1 }),
    ]
    if let mid, mid != down.last?.first ?? innermost { settings["mid_block_transformer_layers"] = .integer(mid) }
    return settings
  }
}

extension RenamedSource {
  /// How many transformer blocks stand behind each residual block of a block; none where it has no attention at all.
  fileprivate func transformerDepths(_ block: String) -> [Int] {
    let layers = 0..<count("\(block).resnets.#.conv1.weight")
    guard layers.contains(where: { shape("\(block).attentions.\($0).norm.weight") != nil }) else { return [] }
    return layers.map { count("\(block).attentions.\($0).transformer_blocks.#.norm1.weight") }
  }
}
