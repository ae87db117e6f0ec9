import Tensors

/// One layer (transformers' `Qwen3DecoderLayer`): causal attention whose heads share keys, and SwiGLU, each behind a norm.
struct Qwen3Layer: Sendable {
  private let heads: Int
  private let keyHeads: Int
  private let attentionNorm: RMSNorm
  private let toQueries: Linear
  private let toKeys: Linear
  private let toValues: Linear
  private let toOutput: Linear
  private let queryNorm: RMSNorm
  private let keyNorm: RMSNorm
  private let feedForwardNorm: RMSNorm
  private let gate: Linear
  private let up: Linear
  private let down: Linear

  init(_ configuration: Qwen3Configuration, _ weights: Weights) throws {
    let (channels, width, inner) = (configuration.hiddenSize, configuration.headDim, configuration.intermediateSize)
    let epsilon = configuration.rmsNormEps
    let (attention, feedForward) = (weights["self_attn"], weights["mlp"])
    heads = configuration.numAttentionHeads
    keyHeads = configuration.numKeyValueHeads
    attentionNorm = try RMSNorm(channels, epsilon: epsilon, weights["input_layernorm"])
    toQueries = try Linear(channels, heads * width, bias: false, attention["q_proj"])
    toKeys = try Linear(channels, keyHeads * width, bias: false, attention["k_proj"])
    toValues = try Linear(channels, keyHeads * width, bias: false, attention["v_proj"])
    toOutput = try Linear(heads * width, channels, bias: false, attention["o_proj"])
    queryNorm = try RMSNorm(width, epsilon: epsilon, attention["q_norm"])
    keyNorm = try RMSNorm(width, epsilon: epsilon, attention["k_norm"])
    feedForwardNorm = try RMSNorm(channels, epsilon: epsilon, weights["post_attention_layernorm"])
    gate = try Linear(channels, inner, bias: false, feedForward["gate_proj"])
    up = try Linear(channels, inner, bias: false, feedForward["up_proj"])
    down = try Linear(inner, channels, bias: false, feedForward["down_proj"])
  }

  /// `[batch, tokens, channels]` to the same.
  ///
  /// - Parameter counts: How many tokens of each sequence are no padding.
  func callAsFunction(_ input: Tensor, _ rotation: RotaryTable, counts: [Int]) -> Tensor {
    let normed = attentionNorm(input)
    let queries = queryNorm.eachHead(toQueries(normed)).rotated(by: rotation)  // [batch, tokens, heads * width]
    let keys = keyNorm.eachHead(toKeys(normed)).rotated(by: rotation)  // [batch, tokens, keyHeads * width]
    let seen = queries.attention(
      keys: keys, values: toValues(normed), heads: heads, keyHeads: keyHeads, mask: .causal, keyCounts: counts,
      precision: toQueries.precision)
    let x = toOutput(seen, Epilogue(residual: input))
    return down(gate.gatedSiLU(feedForwardNorm(x), times: up), Epilogue(residual: x))
  }

  /// Has the system fetch what the layer will read from its file.
  func prefetch() { for linear in [toQueries, toKeys, toValues, toOutput, gate, up, down] { linear.prefetch() } }
}
