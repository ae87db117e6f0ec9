/// The shape of a text-conditioned UNet (diffusers' `UNet2DConditionModel`), Stable Diffusion 1.x and 2.x among them.
package struct UNetConfiguration: NetworkConfiguration {
  package let inChannels: Int
  let outChannels: Int
  let blockOutChannels: [Int]
  /// One entry a level, outermost first: whether its blocks attend to the prompt.
  let downBlockTypes: [String]
  let upBlockTypes: [String]
  let midBlockType: String?
  let layersPerBlock: [Int]
  package let crossAttentionDim: Int
  /// Edge of the latents that the network was trained on.
  package let sampleSize: Int
  /// diffusers' `attention_head_dim` is, in this network, the number of heads.
  let headCounts: [Int]
  let transformerLayersPerBlock: [Int]
  let normNumGroups: Int
  let normEps: Float
  let downsamplePadding: Int
  let useLinearProjection: Bool
  let flipSinToCos: Bool
  let freqShift: Float
  /// Width of the embedded guidance scale, for latent consistency models.
  package let timeCondProjDim: Int?
  private let refusals: [String]

  private enum CodingKeys: CodingKey {
    case inChannels, outChannels, blockOutChannels, downBlockTypes, upBlockTypes, midBlockType, layersPerBlock
    case crossAttentionDim, attentionHeadDim, numAttentionHeads, transformerLayersPerBlock, normNumGroups, normEps
    case downsamplePadding, useLinearProjection, flipSinToCos, freqShift, timeCondProjDim
    case actFn, classEmbedType, numClassEmbeds, additionEmbedType, encoderHidDimType, dualCrossAttention
    case onlyCrossAttention, resnetTimeScaleShift, timeEmbeddingType, convInKernel, convOutKernel, midBlockScaleFactor
    case centerInputSample, sampleSize
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func value<Value: Decodable>(_ key: CodingKeys, default standard: Value) throws -> Value {
      try values.decodeIfPresent(Value.self, forKey: key) ?? standard
    }
    let channels: [Int] = try value(.blockOutChannels, default: [320, 640, 1280, 1280])
    func perLevel(_ key: CodingKeys, default standard: Int) throws -> [Int] {
      let given: PerLevel<Int> = try value(key, default: PerLevel(standard))
      guard let list = given.expanded(to: channels.count) else {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: values, debugDescription: "expected one number, or one for each of \(channels.count) levels."
        )
      }
      return list
    }
    blockOutChannels = channels
    inChannels = try value(.inChannels, default: 4)
    outChannels = try value(.outChannels, default: 4)
    let crossAttention = "CrossAttnDownBlock2D"
    downBlockTypes = try value(
      .downBlockTypes, default: [crossAttention, crossAttention, crossAttention, "DownBlock2D"])
    let crossAttentionUp = "CrossAttnUpBlock2D"
    upBlockTypes = try value(
      .upBlockTypes, default: ["UpBlock2D", crossAttentionUp, crossAttentionUp, crossAttentionUp])
    midBlockType =
      values.contains(.midBlockType)
      ? try values.decodeIfPresent(String.self, forKey: .midBlockType) : "UNetMidBlock2DCrossAttn"
    layersPerBlock = try perLevel(.layersPerBlock, default: 2)
    crossAttentionDim = try value(.crossAttentionDim, default: 1280)
    sampleSize = try value(.sampleSize, default: 64)
    let headKey: CodingKeys =
      try values.contains(.numAttentionHeads) && !values.decodeNil(forKey: .numAttentionHeads)
      ? .numAttentionHeads : .attentionHeadDim
    headCounts = try perLevel(headKey, default: 8)
    transformerLayersPerBlock = try perLevel(.transformerLayersPerBlock, default: 1)
    normNumGroups = try value(.normNumGroups, default: 32)
    normEps = try value(.normEps, default: 1e-5)
    downsamplePadding = try value(.downsamplePadding, default: 1)
    useLinearProjection = try value(.useLinearProjection, default: false)
    flipSinToCos = try value(.flipSinToCos, default: true)
    freqShift = try value(.freqShift, default: 0)
    timeCondProjDim = try values.decodeIfPresent(Int.self, forKey: .timeCondProjDim)

    let activation: String = try value(.actFn, default: "silu")
    let onlyCrossAttention: PerLevel<Bool> = try value(.onlyCrossAttention, default: PerLevel(false))
    refusals = [
      activation == "silu" || activation == "swish" ? nil : "act_fn \"\(activation)\"",
      try value(.classEmbedType, default: String?.none).map { "class_embed_type \"\($0)\"" },
      try value(.numClassEmbeds, default: Int?.none).map { "num_class_embeds \($0)" },
      try value(.additionEmbedType, default: String?.none).map { "addition_embed_type \"\($0)\" (SDXL)" },
      try value(.encoderHidDimType, default: String?.none).map { "encoder_hid_dim_type \"\($0)\"" },
      try value(.dualCrossAttention, default: false) ? "dual_cross_attention" : nil,
      onlyCrossAttention.expanded(to: channels.count)?.contains(true) == true ? "only_cross_attention" : nil,
      try value(.resnetTimeScaleShift, default: "default") == "default" ? nil : "resnet_time_scale_shift",
      try value(.timeEmbeddingType, default: "positional") == "positional" ? nil : "time_embedding_type",
      try value(.convInKernel, default: 3) == 3 && value(.convOutKernel, default: 3) == 3
        ? nil : "another kernel size for conv_in or conv_out",
      try value(.midBlockScaleFactor, default: 1) == 1.0 ? nil : "mid_block_scale_factor",
      try value(.centerInputSample, default: false) ? "center_input_sample" : nil,
      downsamplePadding == 0 || downsamplePadding == 1 ? nil : "downsample_padding \(downsamplePadding)",
    ].compactMap { $0 }
  }

  package func validate() throws {
    try requirePositive([
      "in_channels": inChannels, "out_channels": outChannels, "cross_attention_dim": crossAttentionDim,
      "sample_size": sampleSize, "norm_num_groups": normNumGroups, "time_cond_proj_dim": timeCondProjDim ?? 1,
    ])
    try requireLevels(blockOutChannels.count)
    for numbers in [blockOutChannels, layersPerBlock, headCounts, transformerLayersPerBlock] {
      for number in numbers { try requirePositive(["one of the numbers for the levels": number]) }
    }
    try requireGroups(normNumGroups, in: blockOutChannels)
    guard !blockOutChannels.isEmpty, blockOutChannels.count == downBlockTypes.count,
      blockOutChannels.count == upBlockTypes.count
    else {
      throw NetworkError.configuration(
        "`block_out_channels`, `down_block_types` and `up_block_types` have \(blockOutChannels.count), \(downBlockTypes.count) and \(upBlockTypes.count) entries; expected equally many."
      )
    }
    let known = ["DownBlock2D", "CrossAttnDownBlock2D", "UpBlock2D", "CrossAttnUpBlock2D", "UNetMidBlock2DCrossAttn"]
    let unknown = (downBlockTypes + upBlockTypes + [midBlockType].compactMap { $0 }).filter { !known.contains($0) }
    guard let refusal = (unknown.map { "blocks of type \"\($0)\"" } + refusals).first else { return }
    throw NetworkError.configuration("limn does not run UNets with \(refusal) yet.")
  }
}
