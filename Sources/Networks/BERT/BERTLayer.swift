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

  /// `[1, tokens, channels]` to the same.
  ///
  /// - Parameter texts: Which tokens are one text's, none left out; each text sees itself alone.
  func callAsFunction(_ input: Tensor, texts: [Range<Int>]) -> Tensor {
    let (queries, keys, values) = (toQueries(input), toKeys(input), toValues(input))
    let seen = texts.map { text in
      queries.tokens(text).attention(
        keys: keys.tokens(text), values: values.tokens(text), heads: heads, precision: toQueries.precision
      ).reshaped([text.count, input.shape[2]])
    }
    let joined = Tensor.concatenated(seen).reshaped(input.shape)
    let x = attentionNorm(toOutput(joined, Epilogue(residual: input)))
    return outputNorm(output(intermediate(x, Epilogue(activation: .gelu)), Epilogue(residual: x)))
  }
}

extension Tensor {
  /// Some of the tokens of `[1, tokens, channels]`.
  fileprivate func tokens(_ range: Range<Int>) -> Tensor {
    reshaped([shape[1], shape[2]]).slice(range).reshaped([1, range.count, shape[2]])
  }
}
