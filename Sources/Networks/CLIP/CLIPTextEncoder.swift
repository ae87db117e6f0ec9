import KernelInterface
import Tensors

/// CLIP's text encoder (Radford et al. 2021; transformers' `CLIPTextModel`): a causal transformer over token numbers.
package struct CLIPTextEncoder: Sendable {
  package let configuration: CLIPTextConfiguration
  private let tokenEmbedding: Tensor  // [vocabulary, channels]
  private let positionEmbedding: Tensor  // [positions, channels]
  private let layers: [CLIPLayer]
  private let finalNorm: LayerNorm

  package init(_ configuration: CLIPTextConfiguration, _ weights: Weights) throws {
    let model = weights["text_model"]
    let width = configuration.hiddenSize
    self.configuration = configuration
    tokenEmbedding = try model["embeddings"]["token_embedding"]
      .tensor("weight", shape: [configuration.vocabSize, width]).widened()
    positionEmbedding = try model["embeddings"]["position_embedding"]
      .tensor("weight", shape: [configuration.maxPositionEmbeddings, width]).widened()
    layers = try (0..<configuration.numHiddenLayers).map {
      try CLIPLayer(configuration, model["encoder"]["layers"][$0])
    }
    finalNorm = try LayerNorm(width, epsilon: configuration.layerNormEps, model["final_layer_norm"])
  }

  /// Token sequences of equal length (at most the number of positions) to `[sequences, tokens, channels]`.
  ///
  /// - Parameter skippedLayers: How many of the last layers to leave out (diffusers' `clip_skip`); the final norm stays.
  package func callAsFunction(_ sequences: [[Int]], skippedLayers: Int = 0) -> Tensor {
    let length = sequences.first?.count ?? 0
    precondition(
      sequences.allSatisfy { $0.count == length } && length <= configuration.maxPositionEmbeddings,
      "CLIPTextEncoder: sequences of \(sequences.map(\.count)) tokens")
    let positions = positionEmbedding.slice(0..<length)
    var x = Tensor.concatenated(
      sequences.map { (tokenEmbedding.rows(at: $0) + positions).reshaped([1, length, configuration.hiddenSize]) })
    for layer in layers.dropLast(skippedLayers) { x = layer(x) }
    return finalNorm(x)
  }
}

/// One layer: attention and a feed-forward part, each behind a norm.
private struct CLIPLayer: Sendable {
  private let heads: Int
  private let activation: Activation
  private let attentionNorm: LayerNorm
  private let toQueries: Linear
  private let toKeys: Linear
  private let toValues: Linear
  private let toOutput: Linear
  private let feedForwardNorm: LayerNorm
  private let enter: Linear
  private let leave: Linear

  init(_ configuration: CLIPTextConfiguration, _ weights: Weights) throws {
    let (width, epsilon) = (configuration.hiddenSize, configuration.layerNormEps)
    let attention = weights["self_attn"]
    heads = configuration.numAttentionHeads
    activation = configuration.activation
    attentionNorm = try LayerNorm(width, epsilon: epsilon, weights["layer_norm1"])
    toQueries = try Linear(width, width, attention["q_proj"])
    toKeys = try Linear(width, width, attention["k_proj"])
    toValues = try Linear(width, width, attention["v_proj"])
    toOutput = try Linear(width, width, attention["out_proj"])
    feedForwardNorm = try LayerNorm(width, epsilon: epsilon, weights["layer_norm2"])
    enter = try Linear(width, configuration.intermediateSize, weights["mlp"]["fc1"])
    leave = try Linear(configuration.intermediateSize, width, weights["mlp"]["fc2"])
  }

  func callAsFunction(_ input: Tensor) -> Tensor {
    let normed = attentionNorm(input)
    let seen = toQueries(normed)
      .attention(keys: toKeys(normed), values: toValues(normed), heads: heads, mask: .causal)
    let x = toOutput(seen, Epilogue(residual: input))
    return leave(enter(feedForwardNorm(x), Epilogue(activation: activation)), Epilogue(residual: x))
  }
}
