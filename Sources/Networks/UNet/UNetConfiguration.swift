/// The shape of a text-conditioned UNet (diffusers' `UNet2DConditionModel`): Stable Diffusion 1.x, 2.x, XL and their prunings.
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
  /// Transformer blocks behind each residual block, a list a level, outermost first; 0 for none.
  let downDepths: [OneOrEach<Int>]
  /// The same on the way out, innermost first.
  let upDepths: [OneOrEach<Int>]
  let midDepth: Int
  /// One entry a level, outermost first: whether its first attention is to the prompt as well.
  let onlyCrossAttention: [Bool]
  let normNumGroups: Int
  let normEps: Float
  let downsamplePadding: Int
  let useLinearProjection: Bool
  let flipSinToCos: Bool
  let freqShift: Float
  /// Width of the embedded guidance scale, for latent consistency models.
  package let timeCondProjDim: Int?
  /// What is embedded beside the timestep, for SDXL; nil where nothing is.
  let addedEmbedding: AddedEmbedding?
  private let refusals: [String]

  private enum CodingKeys: CodingKey {
    case inChannels, outChannels, blockOutChannels, downBlockTypes, upBlockTypes, midBlockType, layersPerBlock
    case crossAttentionDim, attentionHeadDim, numAttentionHeads, transformerLayersPerBlock, normNumGroups, normEps
    case downsamplePadding, useLinearProjection, flipSinToCos, freqShift, timeCondProjDim
    case actFn, classEmbedType, numClassEmbeds, additionEmbedType, encoderHidDimType, dualCrossAttention
    case onlyCrossAttention, resnetTimeScaleShift, timeEmbeddingType, convInKernel, convOutKernel, midBlockScaleFactor
    case centerInputSample, sampleSize, reverseTransformerLayersPerBlock, midBlockTransformerLayers
    case additionTimeEmbedDim, projectionClassEmbeddingsInputDim, timeEmbeddingActFn, timestepPostAct
  }

  /// Widths of diffusers' `add_embedding`.
  struct AddedEmbedding: Sendable {
    /// Of each number's sinusoidal embedding.
    let numberWidth: Int
    /// Of the pooled text and all numbers together.
    let inputs: Int
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func value<Value: Decodable>(_ key: CodingKeys, default standard: Value) throws -> Value {
      try values.decodeIfPresent(Value.self, forKey: key) ?? standard
    }
    let channels: [Int] = try value(.blockOutChannels, default: [320, 640, 1280, 1280])
    func perLevel<Value: Decodable & Sendable>(_ key: CodingKeys, default standard: Value) throws -> [Value] {
      let given: OneOrEach<Value> = try value(key, default: OneOrEach(standard))
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
    downDepths = try perLevel(.transformerLayersPerBlock, default: OneOrEach(1))
    upDepths =
      try values.decodeIfPresent([OneOrEach<Int>].self, forKey: .reverseTransformerLayersPerBlock)
      ?? downDepths.reversed()
    // limn's own key, for prunings of single files whose middle is unlike the innermost level.
    let innermost = downDepths.last.flatMap { $0.covers(1) ? $0[0] : nil }
    midDepth = try values.decodeIfPresent(Int.self, forKey: .midBlockTransformerLayers) ?? innermost ?? 1
    onlyCrossAttention = try perLevel(.onlyCrossAttention, default: false)
    normNumGroups = try value(.normNumGroups, default: 32)
    normEps = try value(.normEps, default: 1e-5)
    downsamplePadding = try value(.downsamplePadding, default: 1)
    useLinearProjection = try value(.useLinearProjection, default: false)
    flipSinToCos = try value(.flipSinToCos, default: true)
    freqShift = try value(.freqShift, default: 0)
    timeCondProjDim = try values.decodeIfPresent(Int.self, forKey: .timeCondProjDim)

    let addition: String? = try value(.additionEmbedType, default: nil)
    addedEmbedding =
      addition == "text_time"
      ? AddedEmbedding(
        numberWidth: try values.decode(Int.self, forKey: .additionTimeEmbedDim),
        inputs: try values.decode(Int.self, forKey: .projectionClassEmbeddingsInputDim)) : nil

    let activation: String = try value(.actFn, default: "silu")
    refusals = [
      activation == "silu" || activation == "swish" ? nil : "act_fn \"\(activation)\"",
      try value(.classEmbedType, default: String?.none).map { "class_embed_type \"\($0)\"" },
      try value(.numClassEmbeds, default: Int?.none).map { "num_class_embeds \($0)" },
      addition.flatMap { $0 == "text_time" ? nil : "addition_embed_type \"\($0)\"" },
      try value(.encoderHidDimType, default: String?.none).map { "encoder_hid_dim_type \"\($0)\"" },
      try value(.dualCrossAttention, default: false) ? "dual_cross_attention" : nil,
      try value(.resnetTimeScaleShift, default: "default") == "default" ? nil : "resnet_time_scale_shift",
      try value(.timeEmbeddingType, default: "positional") == "positional" ? nil : "time_embedding_type",
      try value(.timeEmbeddingActFn, default: String?.none).map { "time_embedding_act_fn \"\($0)\"" },
      try value(.timestepPostAct, default: String?.none).map { "timestep_post_act \"\($0)\"" },
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
      "addition_time_embed_dim": addedEmbedding?.numberWidth ?? 1,
      "projection_class_embeddings_input_dim": addedEmbedding?.inputs ?? 1,
    ])
    try requireLevels(blockOutChannels.count)
    for numbers in [blockOutChannels, layersPerBlock, headCounts] {
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
    try requireDepths()
    let known = [
      "DownBlock2D", "CrossAttnDownBlock2D", "UpBlock2D", "CrossAttnUpBlock2D", "UNetMidBlock2DCrossAttn",
      "UNetMidBlock2D",
    ]
    let unknown = (downBlockTypes + upBlockTypes + [midBlockType].compactMap { $0 }).filter { !known.contains($0) }
    guard let refusal = (unknown.map { "blocks of type \"\($0)\"" } + refusals).first else { return }
    throw NetworkError.configuration("limn does not run UNets with \(refusal) yet.")
  }

  /// Every layer must be told how many transformer blocks it has.
  private func requireDepths() throws {
    let layers = layersPerBlock
    let covers =
      zip(downDepths, layers).allSatisfy { $0.covers($1) }
      && zip(upDepths, layers.reversed()).allSatisfy { $0.covers($1 + 1) } && upDepths.count == layers.count
    guard covers else {
      throw NetworkError.configuration(
        "`transformer_layers_per_block` or `reverse_transformer_layers_per_block` does not say how many each layer has."
      )
    }
    let isSound = (downDepths + upDepths).allSatisfy { $0.allSatisfy((0...1024).contains) }
    guard isSound, (0...1024).contains(midDepth) else {
      throw NetworkError.configuration("`transformer_layers_per_block` has numbers out of range; expected 0 to 1024.")
    }
  }

  /// How many numbers describe each picture to the network (SDXL's original size, crop and target size: 6), where texts are
  /// pooled to this width; nil where that width does not fit the network.
  package func timeIDCount(pooledWidth: Int) -> Int? {
    guard let addedEmbedding, case let rest = addedEmbedding.inputs - pooledWidth, rest > 0 else { return nil }
    return rest.isMultiple(of: addedEmbedding.numberWidth) ? rest / addedEmbedding.numberWidth : nil
  }

  /// Whether contexts need ``AddedConditions``.
  package var needsAddedConditions: Bool { addedEmbedding != nil }
}
