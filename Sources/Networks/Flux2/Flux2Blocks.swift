import Tensors

/// How the time changes what goes into a part of a block, and how much of what comes out is added: each `[1, width]`.
struct Flux2Modulation {
  let shift: Tensor
  let scale: Tensor
  let gate: Tensor

  /// - Parameter values: `[1, parts * 3 * width]`: shift, scale and gate of one part after the other.
  static func split(_ values: Tensor, parts: Int) -> [Flux2Modulation] {
    let rows = values.reshaped([3 * parts, values.count / (3 * parts)])
    return (0..<parts).map { part in
      func row(_ index: Int) -> Tensor { rows.slice(3 * part + index..<3 * part + index + 1) }
      return Flux2Modulation(shift: row(0), scale: row(1) + 1, gate: row(2))
    }
  }

  func callAsFunction(_ x: Tensor, epsilon: Float) -> Tensor {
    x.layerNormalised(scale: scale, shift: shift, epsilon: epsilon)
  }
}

/// Queries, keys and values of one stream, `[1, tokens, width]`, queries and keys in norm head by head.
private struct Flux2Projections: Sendable {
  private let toQueries: Linear
  private let toKeys: Linear
  private let toValues: Linear
  private let queryNorm: RMSNorm
  private let keyNorm: RMSNorm

  init(
    _ configuration: Flux2Configuration, matrices: (Linear, Linear, Linear), queryNorm: Weights, keyNorm: Weights
  ) throws {
    (toQueries, toKeys, toValues) = matrices
    let (width, epsilon) = (configuration.attentionHeadDim, configuration.eps)
    self.queryNorm = try RMSNorm(width, epsilon: epsilon, queryNorm)
    self.keyNorm = try RMSNorm(width, epsilon: epsilon, keyNorm)
  }

  /// How they multiply.
  var precision: Precision { toQueries.precision }

  func prefetch() { for linear in [toQueries, toKeys, toValues] { linear.prefetch() } }
  func queries(_ x: Tensor) -> Tensor { queryNorm.eachHead(toQueries(x)) }
  func keys(_ x: Tensor) -> Tensor { keyNorm.eachHead(toKeys(x)) }
  func values(_ x: Tensor) -> Tensor { toValues(x) }
}

/// Text and picture attend to each other and are then fed forward, each by matrices of its own (diffusers' `Flux2TransformerBlock`).
struct Flux2DoubleBlock: Sendable {
  private struct Stream: Sendable {
    let projections: Flux2Projections
    let attentionOutput: Linear
    let feedForwardInput: Linear
    let feedForwardOutput: Linear

    func prefetch() {
      projections.prefetch()
      for linear in [attentionOutput, feedForwardInput, feedForwardOutput] { linear.prefetch() }
    }

    /// What the block makes of a stream, given the attention's result for it.
    func finished(_ x: Tensor, attended: Tensor, _ modulation: [Flux2Modulation], epsilon: Float) -> Tensor {
      let x = attentionOutput(attended, Epilogue(scale: modulation[0].gate, residual: x))
      let inner = feedForwardInput.gatedSiLU(modulation[1](x, epsilon: epsilon))
      return feedForwardOutput(inner, Epilogue(scale: modulation[1].gate, residual: x))
    }
  }

  private let heads: Int
  private let epsilon: Float
  private let image: Stream
  private let text: Stream

  init(_ configuration: Flux2Configuration, _ weights: Weights) throws {
    let (width, inner) = (configuration.width, configuration.innerWidth)
    func linear(_ inputs: Int, _ outputs: Int, _ weights: Weights) throws -> Linear {
      try Linear(inputs, outputs, bias: false, weights)
    }
    func stream(_ names: [String], norms: (String, String), out: Weights, feedForward: Weights) throws -> Stream {
      let attention = weights["attn"]
      let matrices = try names.map { try linear(width, width, attention[$0]) }
      return Stream(
        projections: try Flux2Projections(
          configuration, matrices: (matrices[0], matrices[1], matrices[2]), queryNorm: attention[norms.0],
          keyNorm: attention[norms.1]),
        attentionOutput: try linear(width, width, out),
        feedForwardInput: try linear(width, 2 * inner, feedForward["linear_in"]),
        feedForwardOutput: try linear(inner, width, feedForward["linear_out"]))
    }
    heads = configuration.numAttentionHeads
    epsilon = configuration.eps
    image = try stream(
      ["to_q", "to_k", "to_v"], norms: ("norm_q", "norm_k"), out: weights["attn"]["to_out"][0],
      feedForward: weights["ff"])
    text = try stream(
      ["add_q_proj", "add_k_proj", "add_v_proj"], norms: ("norm_added_q", "norm_added_k"),
      out: weights["attn"]["to_add_out"], feedForward: weights["ff_context"])
  }

  func callAsFunction(
    text textTokens: Tensor, image imageTokens: Tensor, textModulation: [Flux2Modulation],
    imageModulation: [Flux2Modulation], rotation: RotaryTable
  ) -> (text: Tensor, image: Tensor) {
    let attended = attention(
      text: textModulation[0](textTokens, epsilon: epsilon), image: imageModulation[0](imageTokens, epsilon: epsilon),
      rotation)  // [1, tokens, width]
    let (textCount, width) = (textTokens.shape[1], textTokens.shape[2])
    let rows = attended.reshaped([attended.shape[1], width])
    func part(_ range: Range<Int>) -> Tensor { rows.slice(range).reshaped([1, range.count, width]) }
    return (
      text.finished(textTokens, attended: part(0..<textCount), textModulation, epsilon: epsilon),
      image.finished(imageTokens, attended: part(textCount..<rows.shape[0]), imageModulation, epsilon: epsilon)
    )
  }

  /// Has the system fetch what the block will read from its file.
  func prefetch() { for stream in [text, image] { stream.prefetch() } }

  private func attention(text x: Tensor, image y: Tensor, _ rotation: RotaryTable) -> Tensor {
    let queries = Tensor.concatenatedTokens(text.projections.queries(x), image.projections.queries(y))
    let keys = Tensor.concatenatedTokens(text.projections.keys(x), image.projections.keys(y))
    let values = Tensor.concatenatedTokens(text.projections.values(x), image.projections.values(y))
    return queries.rotated(by: rotation).attention(
      keys: keys.rotated(by: rotation), values: values, heads: heads, precision: image.projections.precision)
  }
}

/// Attention and feed-forward part side by side over all tokens (Dehghani et al. 2023, ViT-22B; diffusers'
/// `Flux2SingleTransformerBlock`).
struct Flux2SingleBlock: Sendable {
  private let heads: Int
  private let epsilon: Float
  private let projections: Flux2Projections
  private let feedForward: Linear
  private let output: Linear

  init(_ configuration: Flux2Configuration, _ weights: Weights) throws {
    let (width, inner) = (configuration.width, configuration.innerWidth)
    let attention = weights["attn"]
    // One matrix in the checkpoint; its parts are needed at different times, and all at once would be much.
    let fused = try attention["to_qkv_mlp_proj"].tensor("weight", shape: [3 * width + 2 * inner, width])
    func part(_ index: Int) -> Linear { Linear(fused.rows(index * width..<(index + 1) * width)) }
    heads = configuration.numAttentionHeads
    epsilon = configuration.eps
    projections = try Flux2Projections(
      configuration, matrices: (part(0), part(1), part(2)), queryNorm: attention["norm_q"],
      keyNorm: attention["norm_k"])
    feedForward = Linear(fused.rows(3 * width..<3 * width + 2 * inner))
    output = try Linear(width + inner, width, bias: false, attention["to_out"])
  }

  /// `[1, tokens, width]` to the same shape.
  func callAsFunction(_ x: Tensor, modulation: Flux2Modulation, rotation: RotaryTable) -> Tensor {
    let normed = modulation(x, epsilon: epsilon)
    let attended = projections.queries(normed).rotated(by: rotation)
      .attention(
        keys: projections.keys(normed).rotated(by: rotation), values: projections.values(normed), heads: heads,
        precision: projections.precision)
    let both = attended.concatenatedChannels(feedForward.gatedSiLU(normed))
    return output(both, Epilogue(scale: modulation.gate, residual: x))
  }

  /// Has the system fetch what the block will read from its file.
  func prefetch() {
    projections.prefetch()
    for linear in [feedForward, output] { linear.prefetch() }
  }
}

extension Tensor {
  /// Joins `[1, tokens, channels]` tensors along their tokens.
  static func concatenatedTokens(_ first: Tensor, _ second: Tensor) -> Tensor {
    let (batch, channels) = (first.shape[0], first.shape[2])
    let rows = Tensor.concatenated(
      (0..<batch).flatMap { entry in
        [first, second].map { part in
          (batch == 1 ? part : part.slice(entry..<entry + 1)).reshaped([part.shape[1], channels])
        }
      })
    return rows.reshaped([batch, rows.shape[0] / batch, channels])
  }
}
