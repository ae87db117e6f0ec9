import KernelInterface

/// The text half of a CLIP model (transformers' `CLIPTextConfig`).
package struct CLIPTextConfiguration: NetworkConfiguration {
  package let vocabSize: Int
  package let hiddenSize: Int
  package let intermediateSize: Int
  package let numHiddenLayers: Int
  package let numAttentionHeads: Int
  package let maxPositionEmbeddings: Int
  package let layerNormEps: Float
  let hiddenAct: String

  private enum CodingKeys: CodingKey {
    case vocabSize, hiddenSize, intermediateSize, numHiddenLayers, numAttentionHeads, maxPositionEmbeddings
    case layerNormEps, hiddenAct
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    vocabSize = try values.decodeIfPresent(Int.self, forKey: .vocabSize) ?? 49_408
    hiddenSize = try values.decodeIfPresent(Int.self, forKey: .hiddenSize) ?? 512
    intermediateSize = try values.decodeIfPresent(Int.self, forKey: .intermediateSize) ?? 2048
    numHiddenLayers = try values.decodeIfPresent(Int.self, forKey: .numHiddenLayers) ?? 12
    numAttentionHeads = try values.decodeIfPresent(Int.self, forKey: .numAttentionHeads) ?? 8
    maxPositionEmbeddings = try values.decodeIfPresent(Int.self, forKey: .maxPositionEmbeddings) ?? 77
    layerNormEps = try values.decodeIfPresent(Float.self, forKey: .layerNormEps) ?? 1e-5
    hiddenAct = try values.decodeIfPresent(String.self, forKey: .hiddenAct) ?? "quick_gelu"
  }

  package func validate() throws {
    try requirePositive([
      "vocab_size": vocabSize, "hidden_size": hiddenSize, "intermediate_size": intermediateSize,
      "num_hidden_layers": numHiddenLayers, "num_attention_heads": numAttentionHeads,
      "max_position_embeddings": maxPositionEmbeddings,
    ])
    guard hiddenSize % numAttentionHeads == 0 else {
      throw NetworkError.configuration("`hidden_size` \(hiddenSize) is no multiple of \(numAttentionHeads) heads.")
    }
    guard Activation(rawValue: hiddenAct) != nil else {
      throw NetworkError.configuration("limn does not know the activation \"\(hiddenAct)\".")
    }
  }

  /// Checked by ``validate()``.
  var activation: Activation { Activation(rawValue: hiddenAct) ?? .quickGELU }
}
