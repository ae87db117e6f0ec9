/// A Qwen3 language model (transformers' `Qwen3Config`), as far as its hidden states go.
package struct Qwen3Configuration: NetworkConfiguration {
  package let vocabSize: Int
  package let hiddenSize: Int
  package let intermediateSize: Int
  package let numHiddenLayers: Int
  package let numAttentionHeads: Int
  package let numKeyValueHeads: Int
  /// Channels of a head: not `hiddenSize / numAttentionHeads`.
  package let headDim: Int
  package let rmsNormEps: Float
  package let ropeTheta: Double
  let hiddenAct: String
  let ropeType: String
  let attentionBias: Bool
  let useSlidingWindow: Bool

  private enum CodingKeys: CodingKey {
    case vocabSize, hiddenSize, intermediateSize, numHiddenLayers, numAttentionHeads, numKeyValueHeads, headDim
    case rmsNormEps, ropeTheta, ropeParameters, ropeScaling, hiddenAct, attentionBias, useSlidingWindow
  }

  /// transformers 5 has `rope_parameters` for what was `rope_theta` and `rope_scaling`.
  private struct Rope: Decodable {
    let ropeTheta: Double?
    let ropeType: String?
    /// What old configurations call it.
    let type: String?
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    vocabSize = try values.decodeIfPresent(Int.self, forKey: .vocabSize) ?? 151_936
    hiddenSize = try values.decodeIfPresent(Int.self, forKey: .hiddenSize) ?? 4096
    intermediateSize = try values.decodeIfPresent(Int.self, forKey: .intermediateSize) ?? 22_016
    numHiddenLayers = try values.decodeIfPresent(Int.self, forKey: .numHiddenLayers) ?? 32
    numAttentionHeads = try values.decodeIfPresent(Int.self, forKey: .numAttentionHeads) ?? 32
    numKeyValueHeads = try values.decodeIfPresent(Int.self, forKey: .numKeyValueHeads) ?? numAttentionHeads
    headDim = try values.decodeIfPresent(Int.self, forKey: .headDim) ?? 128
    rmsNormEps = try values.decodeIfPresent(Float.self, forKey: .rmsNormEps) ?? 1e-6
    let rope =
      try values.decodeIfPresent(Rope.self, forKey: .ropeParameters)
      ?? values.decodeIfPresent(Rope.self, forKey: .ropeScaling)
    ropeTheta = try rope?.ropeTheta ?? values.decodeIfPresent(Double.self, forKey: .ropeTheta) ?? 10_000
    ropeType = rope?.ropeType ?? rope?.type ?? "default"
    hiddenAct = try values.decodeIfPresent(String.self, forKey: .hiddenAct) ?? "silu"
    attentionBias = try values.decodeIfPresent(Bool.self, forKey: .attentionBias) ?? false
    useSlidingWindow = try values.decodeIfPresent(Bool.self, forKey: .useSlidingWindow) ?? false
  }

  package func validate() throws {
    try requirePositive([
      "vocab_size": vocabSize, "hidden_size": hiddenSize, "intermediate_size": intermediateSize,
      "num_hidden_layers": numHiddenLayers, "num_attention_heads": numAttentionHeads,
      "num_key_value_heads": numKeyValueHeads, "head_dim": headDim,
    ])
    guard numHiddenLayers <= 1024 else {
      throw NetworkError.configuration("`num_hidden_layers` is \(numHiddenLayers); expected at most 1024.")
    }
    guard numAttentionHeads % numKeyValueHeads == 0 else {
      throw NetworkError.configuration(
        "`num_attention_heads` \(numAttentionHeads) is no multiple of `num_key_value_heads` \(numKeyValueHeads).")
    }
    guard headDim % 2 == 0 else {
      throw NetworkError.configuration("`head_dim` is \(headDim); expected an even number.")
    }
    guard ropeTheta > 0, ropeTheta.isFinite, rmsNormEps >= 0, rmsNormEps.isFinite else {
      throw NetworkError.configuration(
        "`rope_theta` is \(ropeTheta) and `rms_norm_eps` \(rmsNormEps); expected positive numbers.")
    }
    guard ropeType == "default" else {
      throw NetworkError.configuration("limn does not know the rotary embedding \"\(ropeType)\".")
    }
    guard hiddenAct == "silu", !attentionBias, !useSlidingWindow else {
      throw NetworkError.configuration(
        "limn runs Qwen3 with `hidden_act` silu, without `attention_bias` and `use_sliding_window`.")
    }
  }
}
