import Tensors

/// CLIP's text encoder (Radford et al. 2021; transformers' `CLIPTextModel` and `CLIPTextModelWithProjection`): a causal
/// transformer over token numbers.
package struct CLIPTextEncoder: Sendable {
  package let configuration: CLIPTextConfiguration
  private let tokenEmbedding: StoredTensor  // [vocabulary, channels]
  private let positionEmbedding: Tensor  // [positions, channels]
  private let layers: [CLIPLayer]
  private let finalNorm: LayerNorm
  private let textProjection: Linear?

  /// - Parameter projects: Whether the encoder has a projection of whole texts (transformers' `CLIPTextModelWithProjection`).
  package init(_ configuration: CLIPTextConfiguration, projects: Bool = false, _ weights: Weights) throws {
    let model = weights["text_model"]
    let width = configuration.hiddenSize
    self.configuration = configuration
    tokenEmbedding = try model["embeddings"]["token_embedding"]
      .table("weight", shape: [configuration.vocabSize, width])
    positionEmbedding = try model["embeddings"]["position_embedding"]
      .tensor("weight", shape: [configuration.maxPositionEmbeddings, width]).widened()
    layers = try (0..<configuration.numHiddenLayers).map {
      try CLIPLayer(configuration, mask: .causal, model["encoder"]["layers"][$0])
    }
    finalNorm = try LayerNorm(width, epsilon: configuration.layerNormEps, model["final_layer_norm"])
    textProjection =
      projects ? try Linear(width, configuration.projectionDim, bias: false, weights["text_projection"]) : nil
  }

  /// Which of the transformer's states stand for the tokens.
  package enum HiddenState: Sendable, Hashable {
    /// What the layer before so many of the last gives, behind the final norm: Stable Diffusion 1 and 2 (diffusers'
    /// `clip_skip`).
    case normed(skippedLayers: Int)
    /// The same without the norm, transformers' `hidden_states[-1 - skippedLayers]`: SDXL skips one layer at least.
    case plain(skippedLayers: Int)

    var skippedLayers: Int {
      switch self {
      case .normed(let count), .plain(let count): count
      }
    }
  }

  /// What the encoder makes of texts.
  package struct Encoding: Sendable {
    /// `[sequences, tokens, channels]`
    package let hiddenStates: Tensor
    /// What stands for each text as a whole, `[sequences, projectionDim]`; nil for encoders without a projection.
    package let pooled: Tensor?
  }

  /// Token sequences of equal length (at most the number of positions), each layer run once.
  package func encode(_ sequences: [[Int]], _ state: HiddenState = .normed(skippedLayers: 0)) -> Encoding {
    let (skipped, count) = (state.skippedLayers, layers.count)
    precondition((0...count).contains(skipped), "CLIPTextEncoder: \(skipped) of \(count) layers skipped")
    var hidden = embedded(sequences)  // [sequences, tokens, channels]
    for layer in layers.dropLast(skipped) { hidden = layer(hidden) }
    var pooled: Tensor?
    if let textProjection {
      let last = layers.suffix(skipped).reduce(hidden) { $1($0) }
      pooled = textProjection(finalNorm(self.pooled(last, of: sequences)))  // [sequences, projectionDim]
    }
    if case .normed = state { hidden = finalNorm(hidden) }
    return Encoding(hiddenStates: hidden, pooled: pooled)
  }

  /// The hidden states alone, `[sequences, tokens, channels]`.
  ///
  /// - Parameter skippedLayers: How many of the last layers to leave out (diffusers' `clip_skip`); the final norm stays.
  package func callAsFunction(_ sequences: [[Int]], skippedLayers: Int = 0) -> Tensor {
    encode(sequences, .normed(skippedLayers: skippedLayers)).hiddenStates
  }

  /// `[sequences, tokens, channels]`
  private func embedded(_ sequences: [[Int]]) -> Tensor {
    let length = sequences.first?.count ?? 0
    precondition(
      sequences.allSatisfy { $0.count == length } && length <= configuration.maxPositionEmbeddings,
      "CLIPTextEncoder: sequences of \(sequences.map(\.count)) tokens")
    let positions = positionEmbedding.slice(0..<length)
    return Tensor.concatenated(
      sequences.map { (tokenEmbedding.rows(at: $0) + positions).reshaped([1, length, configuration.hiddenSize]) })
  }

  /// What stands for each text as a whole, the encoding of the token that ends it: `[sequences, channels]`.
  func pooled(_ sequences: [[Int]]) -> Tensor { pooled(self(sequences), of: sequences) }

  /// The same of texts that are encoded already, `[sequences, tokens, channels]`.
  package func pooled(_ encoded: Tensor, of sequences: [[Int]]) -> Tensor {
    let rows = sequences.enumerated().map { row, tokens in row * tokens.count + end(of: tokens) }
    return encoded.reshaped([encoded.shape[0] * encoded.shape[1], encoded.shape[2]]).rows(at: rows)
  }

  /// The place of the token that ends a text, as transformers finds it.
  private func end(of tokens: [Int]) -> Int {
    let token = configuration.endOfText == 2 ? tokens.max() : configuration.endOfText
    return tokens.firstIndex { $0 == token } ?? 0
  }
}
