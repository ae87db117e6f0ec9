import System
import Tensors

/// Attention and a feed-forward part, each between two norms (diffusers' `ZImageTransformerBlock`).
struct ZImageBlock: Sendable {
  private let heads: Int
  private let toQueries: Linear
  private let toKeys: Linear
  private let toValues: Linear
  private let queryNorm: RMSNorm
  private let keyNorm: RMSNorm
  private let attentionOutput: Linear
  private let gateProjection: Linear
  private let upProjection: Linear
  private let downProjection: Linear
  /// Before and after the attention, before and after the feed-forward part.
  private let norms: [RMSNorm]
  /// Nil where the time changes nothing.
  private let modulation: Linear?

  init(_ configuration: ZImageConfiguration, isModulated: Bool, _ weights: Weights) throws {
    let (width, inner) = (configuration.dim, configuration.innerWidth)
    func linear(_ inputs: Int, _ outputs: Int, _ weights: Weights) throws -> Linear {
      try Linear(inputs, outputs, bias: false, weights)
    }
    let attention = weights["attention"]
    heads = configuration.nHeads
    toQueries = try linear(width, width, attention["to_q"])
    toKeys = try linear(width, width, attention["to_k"])
    toValues = try linear(width, width, attention["to_v"])
    // diffusers' own epsilon, whatever the configuration says.
    queryNorm = try RMSNorm(width / heads, epsilon: 1e-5, attention["norm_q"])
    keyNorm = try RMSNorm(width / heads, epsilon: 1e-5, attention["norm_k"])
    attentionOutput = try linear(width, width, attention["to_out"][0])
    gateProjection = try linear(width, inner, weights["feed_forward"]["w1"])
    upProjection = try linear(width, inner, weights["feed_forward"]["w3"])
    downProjection = try linear(inner, width, weights["feed_forward"]["w2"])
    norms = try ["attention_norm1", "attention_norm2", "ffn_norm1", "ffn_norm2"].map {
      try RMSNorm(width, epsilon: configuration.normEps, weights[$0])
    }
    modulation =
      isModulated ? try Linear(configuration.timeChannels, 4 * width, weights["adaLN_modulation"][0].unquantised) : nil
  }

  /// - Parameters:
  ///   - x: `[1, tokens, width]`
  ///   - time: The embedded time, `[1, timeChannels]`; needed where it changes the block.
  func callAsFunction(_ x: Tensor, rotation: RotaryTable, time: Tensor? = nil) -> Tensor {
    var parts: [Tensor?] = [nil, nil, nil, nil]
    if let modulation, let time {
      let rows = modulation(time).reshaped([4, x.shape[2]])
      parts = [
        rows.slice(0..<1) + 1, rows.slice(1..<2).map { tanh($0) }, rows.slice(2..<3) + 1,
        rows.slice(3..<4).map { tanh($0) },
      ]
    }
    let seen = norms[0](x, times: parts[0])
    let queries = queryNorm.eachHead(toQueries(seen)).rotated(by: rotation)
    let keys = keyNorm.eachHead(toKeys(seen)).rotated(by: rotation)
    let attended = attentionOutput(
      queries.attention(keys: keys, values: toValues(seen), heads: heads, precision: toQueries.precision))
    let y = x.adding(norms[1](attended, times: parts[1]))
    let inner = gateProjection.gatedSiLU(norms[2](y, times: parts[2]), times: upProjection)
    return y.adding(norms[3](downProjection(inner), times: parts[3]))
  }
  /// Has the system fetch what the block will read from its file.
  func prefetch() {
    let attention = [toQueries, toKeys, toValues, attentionOutput]
    for linear in attention + [gateProjection, upProjection, downProjection] { linear.prefetch() }
  }
}
