import Tensors

/// What the blocks of one UNet have in common while they are built: the configuration, and a count of transformer blocks.
struct UNetBuilder {
  let configuration: UNetConfiguration
  private(set) var transformerBlocks = 0

  init(_ configuration: UNetConfiguration) {
    self.configuration = configuration
  }

  var timeChannels: Int { configuration.blockOutChannels[0] * 4 }

  func residual(_ inputs: Int, _ outputs: Int, _ weights: Weights) throws -> ResidualBlock {
    try ResidualBlock(
      inputs, outputs, timeChannels: timeChannels, groups: configuration.normNumGroups, epsilon: configuration.normEps,
      weights)
  }

  /// Nil for a depth of 0, unless the checkpoint holds the projections around the missing blocks, as diffusers makes them.
  mutating func transformer(
    _ channels: Int, level: Int, depth: Int, onlyCrossAttention: Bool, _ weights: Weights
  ) throws -> SpatialTransformer? {
    guard try depth > 0 || weights["norm"].has("weight") else { return nil }
    defer { transformerBlocks += depth }
    return try SpatialTransformer(
      channels, contextChannels: configuration.crossAttentionDim, heads: configuration.headCounts[level], depth: depth,
      groups: configuration.normNumGroups, linearProjection: configuration.useLinearProjection,
      onlyCrossAttention: onlyCrossAttention, firstLayer: transformerBlocks, weights)
  }
}

/// A residual block and, on levels that see the prompt, a transformer behind it.
private struct UNetLayer: Sendable {
  let residual: ResidualBlock
  let transformer: SpatialTransformer?

  func callAsFunction(_ x: Tensor, time: Tensor, context: TextContext) -> Tensor {
    let h = residual(x, time: time)
    return transformer?(h, context: context) ?? h
  }
}

/// One level on the way in: `DownBlock2D` or `CrossAttnDownBlock2D`.
struct DownBlock: Sendable {
  private let attends: Bool
  private let layers: [UNetLayer]
  private let downsampling: Downsampling?

  init(level: Int, _ builder: inout UNetBuilder, _ weights: Weights) throws {
    let configuration = builder.configuration
    let channels = configuration.blockOutChannels[level]
    let inputs = configuration.blockOutChannels[max(0, level - 1)]
    let attends = configuration.downBlockTypes[level] == "CrossAttnDownBlock2D"
    self.attends = attends
    layers = try (0..<configuration.layersPerBlock[level]).map { index in
      UNetLayer(
        residual: try builder.residual(index == 0 ? inputs : channels, channels, weights["resnets"][index]),
        transformer: attends
          ? try builder.transformer(
            channels, level: level, depth: configuration.downDepths[level][index],
            onlyCrossAttention: configuration.onlyCrossAttention[level], weights["attentions"][index]) : nil)
    }
    let isLast = level == configuration.blockOutChannels.count - 1
    // diffusers pads asymmetrically where its padding is 0.
    let padding = configuration.downsamplePadding == 0 ? .belowAndRight : Padding(configuration.downsamplePadding)
    downsampling = isLast ? nil : try Downsampling(channels, padding: padding, weights["downsamplers"][0])
  }

  /// Appends what each layer leaves behind for the way out.
  ///
  /// - Parameter feature: Added to what the last layer makes, where the level attends to the prompt, or to what the level as a whole
  ///   makes, where it does not: so diffusers' `UNet2DConditionModel.forward` does for T2I-Adapters.
  func callAsFunction(
    _ input: Tensor, time: Tensor, context: TextContext, skips: inout [Tensor], adding feature: Tensor? = nil
  ) -> Tensor {
    var x = input
    for (index, layer) in layers.enumerated() {
      x = layer(x, time: time, context: context)
      if attends, index == layers.count - 1, let feature { x = x.adding(feature) }
      skips.append(x)
    }
    if let downsampling {
      x = downsampling(x)
      skips.append(x)
    }
    if !attends, let feature {
      x = x.adding(feature)
      skips[skips.count - 1] = x
    }
    return x
  }
}

/// Between the ways in and out: `UNetMidBlock2DCrossAttn`, or `UNetMidBlock2D`, which is one residual block here.
struct MiddleBlock: Sendable {
  private let first: ResidualBlock
  private let transformer: SpatialTransformer?
  private let second: ResidualBlock?

  init(_ builder: inout UNetBuilder, _ weights: Weights) throws {
    let configuration = builder.configuration
    let level = configuration.blockOutChannels.count - 1
    let channels = configuration.blockOutChannels[level]
    let attends = configuration.midBlockType == "UNetMidBlock2DCrossAttn"
    first = try builder.residual(channels, channels, weights["resnets"][0])
    transformer =
      attends
      ? try builder.transformer(
        channels, level: level, depth: configuration.midDepth, onlyCrossAttention: false, weights["attentions"][0])
      : nil
    second = attends ? try builder.residual(channels, channels, weights["resnets"][1]) : nil
  }

  func callAsFunction(_ input: Tensor, time: Tensor, context: TextContext) -> Tensor {
    var x = first(input, time: time)
    if let transformer { x = transformer(x, context: context) }
    return second?(x, time: time) ?? x
  }
}

/// One level on the way out: `UpBlock2D` or `CrossAttnUpBlock2D`. Each layer also reads what its twin left behind.
struct UpBlock: Sendable {
  private let layers: [UNetLayer]
  private let upsampling: Upsampling?

  /// - Parameter step: 0 for the innermost level.
  init(step: Int, _ builder: inout UNetBuilder, _ weights: Weights) throws {
    let configuration = builder.configuration
    let widths = configuration.blockOutChannels
    let level = widths.count - 1 - step
    let channels = widths[level]
    let outer = widths[max(0, level - 1)]
    let before = step == 0 ? channels : widths[level + 1]
    let attends = configuration.upBlockTypes[step] == "CrossAttnUpBlock2D"
    let count = configuration.layersPerBlock[level] + 1
    layers = try (0..<count).map { index in
      let inputs = index == 0 ? before : channels
      let skip = index == count - 1 ? outer : channels
      return UNetLayer(
        residual: try builder.residual(inputs + skip, channels, weights["resnets"][index]),
        transformer: attends
          ? try builder.transformer(
            channels, level: level, depth: configuration.upDepths[step][index],
            onlyCrossAttention: configuration.onlyCrossAttention[level], weights["attentions"][index]) : nil)
    }
    upsampling = level == 0 ? nil : try Upsampling(channels, weights["upsamplers"][0])
  }

  func callAsFunction(_ input: Tensor, time: Tensor, context: TextContext, skips: inout [Tensor]) -> Tensor {
    let deep = beforeLastLayer(input, time: time, context: context, skips: &skips)
    let x = lastLayer(deep, skip: skips.removeLast(), time: time, context: context)
    guard let upsampling else { return x }
    // Where a level's size was odd, its twin on the way in says what it was.
    return upsampling(x, size: skips.last.map { ($0.shape[1], $0.shape[2]) })
  }

  func beforeLastLayer(_ input: Tensor, time: Tensor, context: TextContext, skips: inout [Tensor]) -> Tensor {
    layers.dropLast().reduce(input) { x, layer in
      layer(x.concatenatedChannels(skips.removeLast()), time: time, context: context)
    }
  }

  func lastLayer(_ x: Tensor, skip: Tensor, time: Tensor, context: TextContext) -> Tensor {
    layers[layers.count - 1](x.concatenatedChannels(skip), time: time, context: context)
  }
}
