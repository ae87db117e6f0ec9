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
      try CLIPLayer(configuration, mask: .causal, model["encoder"]["layers"][$0])
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
