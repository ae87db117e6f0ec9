/// The shape of Z-Image's transformer (diffusers' `ZImageTransformer2DModel`).
package struct ZImageConfiguration: NetworkConfiguration {
  package let inChannels: Int
  let dim: Int
  let nLayers: Int
  let nRefinerLayers: Int
  let nHeads: Int
  let normEps: Float
  package let capFeatDim: Int
  let ropeTheta: Double
  let tScale: Float
  let axesDims: [Int]
  let axesLens: [Int]
  private let refusals: [String]

  /// Edge of the squares of latents that become one token.
  package static let patchEdge = 2
  /// Both sequences are filled up to a multiple of this (`SEQ_MULTI_OF`).
  package static let tokenMultiple = 32
  /// Channels of the embedded time at most (`ADALN_EMBED_DIM`).
  private static let mostTimeChannels = 256

  private enum CodingKeys: CodingKey {
    case inChannels, dim, nLayers, nRefinerLayers, nHeads, nKvHeads, normEps, qkNorm, capFeatDim, ropeTheta, tScale
    case axesDims, axesLens, allPatchSize, allFPatchSize, siglipFeatDim
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func value<Value: Decodable>(_ key: CodingKeys, default standard: Value) throws -> Value {
      try values.decodeIfPresent(Value.self, forKey: key) ?? standard
    }
    inChannels = try value(.inChannels, default: 16)
    dim = try value(.dim, default: 3840)
    nLayers = try value(.nLayers, default: 30)
    nRefinerLayers = try value(.nRefinerLayers, default: 2)
    nHeads = try value(.nHeads, default: 30)
    normEps = try value(.normEps, default: 1e-5)
    capFeatDim = try value(.capFeatDim, default: 2560)
    ropeTheta = try value(.ropeTheta, default: 256)
    tScale = try value(.tScale, default: 1000)
    axesDims = try value(.axesDims, default: [32, 48, 48])
    axesLens = try value(.axesLens, default: [1024, 512, 512])
    let patches: [Int] = try value(.allPatchSize, default: [2])
    let framePatches: [Int] = try value(.allFPatchSize, default: [1])
    let keyHeads: Int = try value(.nKvHeads, default: 30)
    let normalises: Bool = try value(.qkNorm, default: true)
    let visionChannels: Int? = try value(.siglipFeatDim, default: nil)
    refusals = [
      patches == [Self.patchEdge] && framePatches == [1] ? nil : "patches of \(patches) and \(framePatches)",
      keyHeads == nHeads ? nil : "n_kv_heads \(keyHeads) for \(nHeads) heads",
      normalises ? nil : "qk_norm false",
      visionChannels == nil ? nil : "siglip_feat_dim (Z-Image-Omni)",
    ].compactMap { $0 }
  }

  package func validate() throws {
    try requirePositive(["in_channels": inChannels, "dim": dim, "n_heads": nHeads, "cap_feat_dim": capFeatDim])
    guard (0...1024).contains(nLayers), (0...1024).contains(nRefinerLayers) else {
      throw NetworkError.configuration(
        "`n_layers` is \(nLayers), `n_refiner_layers` \(nRefinerLayers); expected 0 to 1024.")
    }
    guard dim % nHeads == 0, axesDims.count == 3, axesLens.count == 3,
      axesDims.allSatisfy({ (0...1 << 24).contains($0) && $0 % 2 == 0 }), axesDims.reduce(0, +) == dim / nHeads,
      ropeTheta > 1,
      ropeTheta.isFinite
    else {
      throw NetworkError.configuration(
        "`axes_dims` \(axesDims) with `rope_theta` \(ropeTheta) does not turn \(nHeads) heads of \(dim) channels on three axes."
      )
    }
    guard let refusal = refusals.first else { return }
    throw NetworkError.configuration("limn does not run Z-Image transformers with \(refusal) yet.")
  }

  /// Channels between the matrices of a feed-forward part.
  var innerWidth: Int { Int(Double(dim) / 3 * 8) }
  /// Channels of the embedded time.
  var timeChannels: Int { min(dim, Self.mostTimeChannels) }

  /// How many tokens a prompt or a picture is filled up to.
  package static func filled(_ tokens: Int) -> Int { (tokens + tokenMultiple - 1) / tokenMultiple * tokenMultiple }

  /// Memory that an evaluation takes beside the weights, in bytes. In a block are alive its input and that in norm, queries,
  /// keys and values with one of them rotated and one transposed, and the attention's result; then the feed-forward part.
  package func activationBytes(tokens: Int) -> Int {
    max(8 * dim, 4 * dim + innerWidth) * tokens * MemoryLayout<Float>.stride
  }
}
