/// The shape of a diffusion transformer (diffusers' `PixArtTransformer2DModel`).
package struct PixArtConfiguration: NetworkConfiguration {
  let numAttentionHeads: Int
  let attentionHeadDim: Int
  package let inChannels: Int
  let outChannels: Int
  let numLayers: Int
  package let sampleSize: Int
  package let patchSize: Int
  let activationFn: String
  package let captionChannels: Int
  let normEps: Float
  let attentionBias: Bool
  let interpolationScale: Float
  private let refusals: [String]

  private enum CodingKeys: CodingKey {
    case numAttentionHeads, attentionHeadDim, inChannels, outChannels, numLayers, sampleSize, patchSize, activationFn
    case captionChannels, normEps, attentionBias, interpolationScale
    case crossAttentionDim, normType, normElementwiseAffine, useAdditionalConditions
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func value<Value: Decodable>(_ key: CodingKeys, default standard: Value) throws -> Value {
      try values.decodeIfPresent(Value.self, forKey: key) ?? standard
    }
    numAttentionHeads = try value(.numAttentionHeads, default: 16)
    attentionHeadDim = try value(.attentionHeadDim, default: 72)
    inChannels = try value(.inChannels, default: 4)
    outChannels = try value(.outChannels, default: inChannels)
    numLayers = try value(.numLayers, default: 28)
    sampleSize = try value(.sampleSize, default: 128)
    patchSize = try value(.patchSize, default: 2)
    activationFn = try value(.activationFn, default: "gelu-approximate")
    captionChannels = try value(.captionChannels, default: 0)
    normEps = try value(.normEps, default: 1e-6)
    attentionBias = try value(.attentionBias, default: true)
    interpolationScale = try value(.interpolationScale, default: Float(max(sampleSize / 64, 1)))

    let width = numAttentionHeads.multipliedReportingOverflow(by: attentionHeadDim).partialValue
    let crossAttention: Int = try value(.crossAttentionDim, default: width)
    let norm: String = try value(.normType, default: "ada_norm_single")
    let usesConditions: Bool = try value(.useAdditionalConditions, default: sampleSize == 128)
    refusals = [
      crossAttention == width ? nil : "cross_attention_dim \(crossAttention)",
      norm == "ada_norm_single" ? nil : "norm_type \"\(norm)\"",
      try value(.normElementwiseAffine, default: false) ? "norm_elementwise_affine" : nil,
      usesConditions ? "use_additional_conditions" : nil,
    ].compactMap { $0 }
  }

  package func validate() throws {
    try requirePositive([
      "num_attention_heads": numAttentionHeads, "attention_head_dim": attentionHeadDim, "in_channels": inChannels,
      "out_channels": outChannels, "num_layers": numLayers, "sample_size": sampleSize, "patch_size": patchSize,
      "caption_channels": captionChannels,
    ])
    guard width % 4 == 0 else {
      throw NetworkError.configuration("the width \(width) is no multiple of four, as the position embedding needs.")
    }
    guard sampleSize >= patchSize, interpolationScale.isFinite, interpolationScale > 0 else {
      throw NetworkError.configuration(
        "`sample_size` \(sampleSize), `patch_size` \(patchSize) and `interpolation_scale` \(interpolationScale) make no grid."
      )
    }
    guard let refusal = refusals.first else { return }
    throw NetworkError.configuration("limn does not run diffusion transformers with \(refusal) yet.")
  }

  /// Channels of a token.
  var width: Int { numAttentionHeads * attentionHeadDim }

  /// Memory that an evaluation takes beside the weights, in bytes: ten maps of the tokens' width, measured, of which four are
  /// the feed-forward part's.
  package func activationBytes(latentHeight: Int, latentWidth: Int, batch: Int) -> Int {
    let tokens = latentHeight * latentWidth / (patchSize * patchSize)
    return 10 * width * tokens * MemoryLayout<Float>.stride * batch
  }
}
