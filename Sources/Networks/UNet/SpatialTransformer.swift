import Tensors

/// Transformer blocks over the pixels of a feature map (diffusers' `Transformer2DModel`).
struct SpatialTransformer: Sendable {
  private let norm: GroupNorm
  private let inputProjection: LinearOperator
  private let blocks: [TransformerBlock]
  private let outputProjection: LinearOperator

  /// - Parameter firstLayer: The number of this transformer's first cross-attention in the network.
  init(
    _ channels: Int, contextChannels: Int, heads: Int, depth: Int, groups: Int, linearProjection: Bool, firstLayer: Int,
    _ weights: Weights
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
        channels, contextChannels: contextChannels, heads: heads, layer: firstLayer + $0,
        weights["transformer_blocks"][$0])
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
  private let selfNorm: LayerNorm
  private let selfAttention: Attention
  private let crossNorm: LayerNorm
  private let crossAttention: Attention
  private let feedForwardNorm: LayerNorm
  private let feedForward: FeedForward

  init(_ channels: Int, contextChannels: Int, heads: Int, layer: Int, _ weights: Weights) throws {
    self.layer = layer
    selfNorm = try LayerNorm(channels, weights["norm1"])
    selfAttention = try Attention(channels: channels, heads: heads, weights["attn1"])
    crossNorm = try LayerNorm(channels, weights["norm2"])
    crossAttention = try Attention(
      channels: channels, contextChannels: contextChannels, heads: heads, weights["attn2"])
    feedForwardNorm = try LayerNorm(channels, weights["norm3"])
    feedForward = try FeedForward(channels, activation: "geglu", weights["ff"])
  }

  func callAsFunction(_ input: Tensor, context: TextContext) -> Tensor {
    var x = selfAttention(selfNorm(input), Epilogue(residual: input))
    let known = context.keysAndValues(layer: layer, crossAttention.keysAndValues)
    x = crossAttention.attend(crossNorm(x), to: known, Epilogue(residual: x))
    return feedForward(feedForwardNorm(x), Epilogue(residual: x))
  }
}
