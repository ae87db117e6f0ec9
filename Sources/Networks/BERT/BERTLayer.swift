import Tensors

/// One layer (transformers' `BertLayer`): attention and a feed-forward part, each with a norm behind its residual.
struct BERTLayer: Sendable {
  private let heads: Int
  private let toQueries: Linear
  private let toKeys: Linear
  private let toValues: Linear
  private let toOutput: Linear
  private let attentionNorm: LayerNorm
  private let intermediate: Linear
  private let output: Linear
  private let outputNorm: LayerNorm

  init(_ configuration: BERTConfiguration, _ weights: Weights) throws {
    let (width, inner, epsilon) = (configuration.hiddenSize, configuration.intermediateSize, configuration.layerNormEps)
    let attention = weights["attention"]
    heads = configuration.numAttentionHeads
    toQueries = try Linear(width, width, attention["self"]["query"])
    toKeys = try Linear(width, width, attention["self"]["key"])
    toValues = try Linear(width, width, attention["self"]["value"])
    toOutput = try Linear(width, width, attention["output"]["dense"])
    attentionNorm = try LayerNorm(width, epsilon: epsilon, attention["output"]["LayerNorm"])
    intermediate = try Linear(width, inner, weights["intermediate"]["dense"])
    output = try Linear(inner, width, weights["output"]["dense"])
    outputNorm = try LayerNorm(width, epsilon: epsilon, weights["output"]["LayerNorm"])
  }

  /// `[batch, tokens, channels]` to the same.
  func callAsFunction(_ input: Tensor) -> Tensor {
    let seen = toQueries(input).attention(
      keys: toKeys(input), values: toValues(input), heads: heads, precision: toQueries.precision)
    let x = attentionNorm(toOutput(seen, Epilogue(residual: input)))
    return outputNorm(output(intermediate(x, Epilogue(activation: .gelu)), Epilogue(residual: x)))
  }
}
