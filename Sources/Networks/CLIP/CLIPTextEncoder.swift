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
  ///
  /// - Parameter inserted: Vectors in the place of tokens', of which -1 stands for the first, -2 for the second.
  package func encode(
    _ sequences: [[Int]], _ state: HiddenState = .normed(skippedLayers: 0), inserting inserted: InsertedVectors? = nil
  ) -> Encoding {
    let (skipped, count) = (state.skippedLayers, layers.count)
    precondition((0...count).contains(skipped), "CLIPTextEncoder: \(skipped) of \(count) layers skipped")
    var hidden = embedded(sequences, inserted)  // [sequences, tokens, channels]
    for layer in layers.dropLast(skipped) { hidden = layer(hidden) }
    var pooled: Tensor?
    if let textProjection {
      let last = layers.suffix(skipped).reduce(hidden) { $1($0) }
      let ends = self.pooled(last, of: sequences, insertedEnd: inserted?.endText == true)
      pooled = textProjection(finalNorm(ends))  // [sequences, projectionDim]
    }
    if case .normed = state { hidden = finalNorm(hidden) }
    return Encoding(hiddenStates: hidden, pooled: pooled)
  }

  /// The hidden states alone, `[sequences, tokens, channels]`.
  ///
  /// - Parameter skippedLayers: How many of the last layers to leave out (diffusers' `clip_skip`); the final norm stays.
  package func callAsFunction(_ sequences: [[Int]], skippedLayers: Int = 0, inserting inserted: InsertedVectors? = nil)
    -> Tensor
  {
    encode(sequences, .normed(skippedLayers: skippedLayers), inserting: inserted).hiddenStates
  }

  /// `[sequences, tokens, channels]`
  private func embedded(_ sequences: [[Int]], _ inserted: InsertedVectors?) -> Tensor {
    let length = sequences.first?.count ?? 0
    precondition(
      sequences.allSatisfy { $0.count == length } && length <= configuration.maxPositionEmbeddings,
      "CLIPTextEncoder: sequences of \(sequences.map(\.count)) tokens")
    let positions = positionEmbedding.slice(0..<length)
    return Tensor.concatenated(
      sequences.map { (tokens($0, inserted) + positions).reshaped([1, length, configuration.hiddenSize]) })
  }

  /// `[tokens, channels]`
  private func tokens(_ numbers: [Int], _ inserted: InsertedVectors?) -> Tensor {
    let known = tokenEmbedding.rows(at: numbers.map { max(0, $0) })
    guard let inserted, numbers.contains(where: { $0 < 0 }) else { return known }
    let rows = numbers.enumerated().map { place, number in number < 0 ? known.shape[0] - 1 - number : place }
    return Tensor.concatenated([known, inserted.vectors]).rows(at: rows)
  }

  /// What stands for each text as a whole, the encoding of the token that ends it: `[sequences, channels]`.
  func pooled(_ sequences: [[Int]]) -> Tensor { pooled(self(sequences), of: sequences) }

  /// The same of texts that are encoded already, `[sequences, tokens, channels]`.
  package func pooled(_ encoded: Tensor, of sequences: [[Int]], insertedEnd: Bool = false) -> Tensor {
    let rows = sequences.enumerated().map { row, tokens in
      row * tokens.count + end(of: tokens, insertedEnd: insertedEnd)
    }
    return encoded.reshaped([encoded.shape[0] * encoded.shape[1], encoded.shape[2]]).rows(at: rows)
  }

  /// The place of the token that ends a text, as transformers finds it.
  private func end(of tokens: [Int], insertedEnd: Bool) -> Int {
    let lowest = tokens.min() ?? 0
    let largest = insertedEnd && lowest < 0 ? lowest : tokens.max()
    let token = configuration.endOfText == 2 ? largest : configuration.endOfText
    return tokens.firstIndex { $0 == token } ?? 0
  }
}
