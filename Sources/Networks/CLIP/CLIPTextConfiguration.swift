/// The text half of a CLIP model (transformers' `CLIPTextConfig`).
package struct CLIPTextConfiguration: CLIPTransformerConfiguration {
  package let vocabSize: Int
  package let hiddenSize: Int
  package let intermediateSize: Int
  package let numHiddenLayers: Int
  package let numAttentionHeads: Int
  package let maxPositionEmbeddings: Int
  package let layerNormEps: Float
  let hiddenAct: String
  /// Width of the pooled texts of encoders with a projection.
  package let projectionDim: Int
  /// The token that stands for a text as a whole; 2 in old configurations, where the largest number does.
  let endOfText: Int
  /// Whether padding is masked, which no published model asks for.
  private let masksPadding: Bool

  private enum CodingKeys: String, CodingKey {
    case vocabSize, hiddenSize, intermediateSize, numHiddenLayers, numAttentionHeads, maxPositionEmbeddings
    case layerNormEps, hiddenAct, projectionDim
    case masksPadding = "useAttentionMask"
    case endOfText = "eosTokenId"
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
    projectionDim = try values.decodeIfPresent(Int.self, forKey: .projectionDim) ?? 512
    masksPadding = (try? values.decodeIfPresent(Bool.self, forKey: .masksPadding)) ?? false
    // Only pooling asks for it; other encoders may have a list here.
    endOfText = (try? values.decodeIfPresent(Int.self, forKey: .endOfText)) ?? 49_407
  }

  package func validate() throws {
    try requirePositive([
      "vocab_size": vocabSize, "max_position_embeddings": maxPositionEmbeddings, "projection_dim": projectionDim,
    ])
    try validateLayers()
    guard !masksPadding else {
      throw NetworkError.configuration("limn does not run text encoders with use_attention_mask yet.")
    }
  }
}
