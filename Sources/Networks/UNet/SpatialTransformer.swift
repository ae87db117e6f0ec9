import Tensors

/// Transformer blocks over the pixels of a feature map (diffusers' `Transformer2DModel`).
struct SpatialTransformer: Sendable {
  private let norm: GroupNorm
  private let inputProjection: LinearOperator
  private let blocks: [TransformerBlock]
  private let outputProjection: LinearOperator

  /// - Parameters:
  ///   - firstLayer: The number of this transformer's first block in the network.
  ///   - onlyCrossAttention: Whether both attentions of each block are to the prompt.
  init(
    _ channels: Int, contextChannels: Int, heads: Int, depth: Int, groups: Int, linearProjection: Bool,
    onlyCrossAttention: Bool, firstLayer: Int, _ weights: Weights
  ) throws {
    // The projections are matrices in newer checkpoints, 1x1 convolutions in older ones: the same numbers.
    let shape = linearProjection ? [channels, channels] : [channels, channels, 1, 1]
    func projection(_ weights: Weights) throws -> LinearOperator {
      LinearOperator(
        weight: try weights.tensor("weight", shape: shape), bias: try weights.tensor("bias", shape: [channels]))
    }
    norm = try GroupNorm(groups: groups, channels: channels, epsilon: 1e-6, weights["norm"])
    inputProjection = try projection(weights["proj_in"])
    blocks = try (0..<depth).map {
      try TransformerBlock(
        channels, contextChannels: contextChannels, heads: heads, onlyCrossAttention: onlyCrossAttention,
        layer: firstLayer + $0, weights["transformer_blocks"][$0])
    }
    outputProjection = try projection(weights["proj_out"])
  }

  func callAsFunction(_ x: Tensor, context: TextContext) -> Tensor {
    let (batch, pixels, channels) = (x.shape[0], x.shape[1] * x.shape[2], x.shape[3])
    var tokens = inputProjection(norm(x)).reshaped([batch, pixels, channels])
    for block in blocks { tokens = block(tokens, context: context) }
    return outputProjection(tokens.reshaped(x.shape), Epilogue(residual: x))
  }
}

/// Attention among the pixels, then to the prompt, then a gated feed-forward part (diffusers' `BasicTransformerBlock`).
private struct TransformerBlock: Sendable {
  private let layer: Int
  private let onlyCrossAttention: Bool
  private let norm1: LayerNorm
  private let attention1: Attention
  private let norm2: LayerNorm
  private let attention2: Attention
  private let feedForwardNorm: LayerNorm
  private let feedForward: FeedForward

  init(
    _ channels: Int, contextChannels: Int, heads: Int, onlyCrossAttention: Bool, layer: Int, _ weights: Weights
  ) throws {
    self.layer = layer
    self.onlyCrossAttention = onlyCrossAttention
    norm1 = try LayerNorm(channels, weights["norm1"])
    attention1 = try Attention(
      channels: channels, contextChannels: onlyCrossAttention ? contextChannels : nil, heads: heads, weights["attn1"])
    norm2 = try LayerNorm(channels, weights["norm2"])
    attention2 = try Attention(channels: channels, contextChannels: contextChannels, heads: heads, weights["attn2"])
    feedForwardNorm = try LayerNorm(channels, weights["norm3"])
    feedForward = try FeedForward(channels, activation: "geglu", weights["ff"])
  }

  func callAsFunction(_ input: Tensor, context: TextContext) -> Tensor {
    // Each block has two numbers, one for each attention that may be to the prompt.
    let normed = norm1(input)
    var x: Tensor
    if onlyCrossAttention {
      x = attention1.attend(
        normed, to: context.keysAndValues(layer: 2 * layer, attention1.keysAndValues), Epilogue(residual: input))
    } else if let other = context.other {
      x = attention1(normed, beside: other, layer: layer, Epilogue(residual: input))
    } else {
      x = attention1(normed, Epilogue(residual: input))
    }
    x = attention2.attend(
      norm2(x), to: context.keysAndValues(layer: 2 * layer + 1, attention2.keysAndValues),
      and: context.pictures.compactMap { $0.layers[layer] }, Epilogue(residual: x))
    return feedForward(feedForwardNorm(x), Epilogue(residual: x))
  }
}
