/// The shape of a variational autoencoder (diffusers' `AutoencoderKL`).
package struct AutoencoderKLConfiguration: NetworkConfiguration {
  let inChannels: Int
  let outChannels: Int
  let blockOutChannels: [Int]
  /// The same of the decoder, where it is a smaller one.
  let decoderBlockOutChannels: [Int]
  let layersPerBlock: Int
  package let latentChannels: Int
  let normNumGroups: Int
  let useQuantConv: Bool
  let usePostQuantConv: Bool
  let midBlockAddAttention: Bool
  /// Latents are `(encoding - shiftFactor) * scalingFactor`.
  let scalingFactor: Float
  let shiftFactor: Float
  /// limn's own key: the network works on a picture whose blocks of this many pixels have been moved into channels
  /// (pixel unshuffle). 1 in published checkpoints.
  let patchSize: Int
  private let refusals: [String]

  private enum CodingKeys: CodingKey {
    case inChannels, outChannels, blockOutChannels, decoderBlockOutChannels, layersPerBlock, latentChannels
    case normNumGroups, useQuantConv, usePostQuantConv, midBlockAddAttention, scalingFactor, shiftFactor, patchSize
    case downBlockTypes, upBlockTypes, actFn, latentsMean
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func value<Value: Decodable>(_ key: CodingKeys, default standard: Value) throws -> Value {
      try values.decodeIfPresent(Value.self, forKey: key) ?? standard
    }
    inChannels = try value(.inChannels, default: 3)
    outChannels = try value(.outChannels, default: 3)
    blockOutChannels = try value(.blockOutChannels, default: [64])
    decoderBlockOutChannels = try value(.decoderBlockOutChannels, default: blockOutChannels)
    layersPerBlock = try value(.layersPerBlock, default: 1)
    latentChannels = try value(.latentChannels, default: 4)
    normNumGroups = try value(.normNumGroups, default: 32)
    useQuantConv = try value(.useQuantConv, default: true)
    usePostQuantConv = try value(.usePostQuantConv, default: true)
    midBlockAddAttention = try value(.midBlockAddAttention, default: true)
    scalingFactor = try value(.scalingFactor, default: 0.18215)
    shiftFactor = try value(.shiftFactor, default: 0)
    patchSize = try value(.patchSize, default: 1)

    let down: [String] = try value(.downBlockTypes, default: ["DownEncoderBlock2D"])
    let up: [String] = try value(.upBlockTypes, default: ["UpDecoderBlock2D"])
    let activation: String = try value(.actFn, default: "silu")
    let unknown =
      down.filter { $0 != "DownEncoderBlock2D" } + up.filter { $0 != "UpDecoderBlock2D" }
    let isKnown = ["silu", "swish"].contains(activation)
    refusals =
      unknown.map { "blocks of type \"\($0)\"" } + (isKnown ? [] : ["act_fn \"\(activation)\""])
      + (try value(.latentsMean, default: [Float]?.none) == nil ? [] : ["latents_mean"])
  }

  package func validate() throws {
    try requirePositive([
      "in_channels": inChannels, "out_channels": outChannels, "layers_per_block": layersPerBlock,
      "latent_channels": latentChannels, "norm_num_groups": normNumGroups, "patch_size": patchSize,
    ])
    try requireLevels(blockOutChannels.count)
    for channels in blockOutChannels { try requirePositive(["block_out_channels": channels]) }
    for channels in decoderBlockOutChannels { try requirePositive(["decoder_block_out_channels": channels]) }
    try requireGroups(normNumGroups, in: blockOutChannels + decoderBlockOutChannels)
    guard decoderBlockOutChannels.count == blockOutChannels.count else {
      throw NetworkError.configuration(
        "`decoder_block_out_channels` names \(decoderBlockOutChannels.count) levels, `block_out_channels` \(blockOutChannels.count)."
      )
    }
    guard inChannels == 3 * patchSize * patchSize, outChannels == inChannels else {
      throw NetworkError.configuration(
        "`in_channels` \(inChannels) and `out_channels` \(outChannels) do not make pictures of three channels in patches of \(patchSize)."
      )
    }
    guard scalingFactor.isFinite, scalingFactor != 0, shiftFactor.isFinite else {
      throw NetworkError.configuration("`scaling_factor` is \(scalingFactor), `shift_factor` \(shiftFactor).")
    }
    guard let refusal = refusals.first else { return }
    throw NetworkError.configuration("limn does not run autoencoders with \(refusal) yet.")
  }

  /// Pixels a latent, along each side.
  package var pixelsPerLatent: Int { patchSize << (blockOutChannels.count - 1) }

  /// Memory for each latent while decoding, in bytes: the outermost level's first block holds a map of the next level's channels
  /// and three of its own: the shortcut's, the first convolution's and the result.
  package var decodingBytesPerLatent: Int {
    let outermost = decoderBlockOutChannels[0]
    let next = decoderBlockOutChannels.count > 1 ? decoderBlockOutChannels[1] : outermost
    let places = 1 << (2 * (blockOutChannels.count - 1))
    return (next + 3 * outermost) * 4 * places
  }
}
