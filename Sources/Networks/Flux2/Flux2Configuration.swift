/// The shape of FLUX.2's transformer (diffusers' `Flux2Transformer2DModel`).
package struct Flux2Configuration: NetworkConfiguration {
  package let inChannels: Int
  package let outChannels: Int
  let numLayers: Int
  let numSingleLayers: Int
  let attentionHeadDim: Int
  let numAttentionHeads: Int
  package let jointAttentionDim: Int
  let timestepGuidanceChannels: Int
  let mlpRatio: Double
  let axesDimsRope: [Int]
  let ropeTheta: Double
  let eps: Float
  private let patchSize: Int
  private let guidanceEmbeds: Bool

  private enum CodingKeys: CodingKey {
    case inChannels, outChannels, numLayers, numSingleLayers, attentionHeadDim, numAttentionHeads, jointAttentionDim
    case timestepGuidanceChannels, mlpRatio, axesDimsRope, ropeTheta, eps, patchSize, guidanceEmbeds
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func value<Value: Decodable>(_ key: CodingKeys, default standard: Value) throws -> Value {
      try values.decodeIfPresent(Value.self, forKey: key) ?? standard
    }
    inChannels = try value(.inChannels, default: 128)
    outChannels = try value(.outChannels, default: inChannels)
    numLayers = try value(.numLayers, default: 8)
    numSingleLayers = try value(.numSingleLayers, default: 48)
    attentionHeadDim = try value(.attentionHeadDim, default: 128)
    numAttentionHeads = try value(.numAttentionHeads, default: 48)
    jointAttentionDim = try value(.jointAttentionDim, default: 15360)
    timestepGuidanceChannels = try value(.timestepGuidanceChannels, default: 256)
    mlpRatio = try value(.mlpRatio, default: 3)
    axesDimsRope = try value(.axesDimsRope, default: [32, 32, 32, 32])
    ropeTheta = try value(.ropeTheta, default: 2000)
    eps = try value(.eps, default: 1e-6)
    patchSize = try value(.patchSize, default: 1)
    guidanceEmbeds = try value(.guidanceEmbeds, default: true)
  }

  package func validate() throws {
    try requirePositive([
      "in_channels": inChannels, "out_channels": outChannels, "attention_head_dim": attentionHeadDim,
      "num_attention_heads": numAttentionHeads, "joint_attention_dim": jointAttentionDim,
      "timestep_guidance_channels": timestepGuidanceChannels,
    ])
    try requirePositive(["width": width])
    guard (0...1024).contains(numLayers), (0...1024).contains(numSingleLayers) else {
      throw NetworkError.configuration(
        "`num_layers` is \(numLayers), `num_single_layers` \(numSingleLayers); expected 0 to 1024.")
    }
    guard mlpRatio > 0, mlpRatio <= 64, (1...1 << 24).contains(innerWidth) else {
      throw NetworkError.configuration("`mlp_ratio` is \(mlpRatio); expected a number above 0.")
    }
    guard axesDimsRope.count == 4, axesDimsRope.allSatisfy({ (0...1 << 24).contains($0) && $0 % 2 == 0 }),
      axesDimsRope.reduce(0, +) == attentionHeadDim, ropeTheta > 1, ropeTheta.isFinite
    else {
      throw NetworkError.configuration(
        "`axes_dims_rope` \(axesDimsRope) with `rope_theta` \(ropeTheta) does not turn heads of \(attentionHeadDim) channels on four axes."
      )
    }
    guard timestepGuidanceChannels % 2 == 0 else {
      throw NetworkError.configuration(
        "`timestep_guidance_channels` is \(timestepGuidanceChannels); expected an even number.")
    }
    guard patchSize == 1, !guidanceEmbeds else {
      throw NetworkError.configuration(
        guidanceEmbeds
          ? "limn runs FLUX.2 klein, not models that embed the guidance, as FLUX.2 dev does."
          : "`patch_size` is \(patchSize); limn runs 1.")
    }
  }

  /// Channels of a token.
  var width: Int { numAttentionHeads.multipliedReportingOverflow(by: attentionHeadDim).partialValue }
  /// Channels between the two matrices of a feed-forward part.
  var innerWidth: Int { Int(Double(width) * mlpRatio) }

  /// Memory that an evaluation takes beside the weights, in bytes. In a block of one stream are alive its input and that in
  /// norm, queries, keys and values, before and after the rotation of one of them, the transposed values, the attention's
  /// result, the feed-forward part, and both joined.
  package func activationBytes(tokens: Int) -> Int {
    (8 * width + 2 * innerWidth + width) * tokens * MemoryLayout<Float>.stride
  }
}
