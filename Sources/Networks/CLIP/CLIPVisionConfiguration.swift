/// The vision half of a CLIP model (transformers' `CLIPVisionConfig`).
package struct CLIPVisionConfiguration: CLIPTransformerConfiguration {
  package let hiddenSize: Int
  package let intermediateSize: Int
  package let numHiddenLayers: Int
  package let numAttentionHeads: Int
  package let layerNormEps: Float
  let hiddenAct: String
  /// Edge of the square pictures that it sees, in pixels.
  package let imageSize: Int
  /// Edge of the patches that pictures are cut into, in pixels.
  package let patchSize: Int
  /// Of the pictures: 3, or as many as latents have where the tower looks at those.
  package let numChannels: Int
  /// Width of ``CLIPVisionModelWithProjection``'s embeddings.
  let projectionDim: Int

  private enum CodingKeys: CodingKey {
    case hiddenSize, intermediateSize, numHiddenLayers, numAttentionHeads, layerNormEps, hiddenAct
    case imageSize, patchSize, numChannels, projectionDim
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    hiddenSize = try values.decodeIfPresent(Int.self, forKey: .hiddenSize) ?? 768
    intermediateSize = try values.decodeIfPresent(Int.self, forKey: .intermediateSize) ?? 3072
    numHiddenLayers = try values.decodeIfPresent(Int.self, forKey: .numHiddenLayers) ?? 12
    numAttentionHeads = try values.decodeIfPresent(Int.self, forKey: .numAttentionHeads) ?? 12
    layerNormEps = try values.decodeIfPresent(Float.self, forKey: .layerNormEps) ?? 1e-5
    hiddenAct = try values.decodeIfPresent(String.self, forKey: .hiddenAct) ?? "quick_gelu"
    imageSize = try values.decodeIfPresent(Int.self, forKey: .imageSize) ?? 224
    patchSize = try values.decodeIfPresent(Int.self, forKey: .patchSize) ?? 32
    numChannels = try values.decodeIfPresent(Int.self, forKey: .numChannels) ?? 3
    projectionDim = try values.decodeIfPresent(Int.self, forKey: .projectionDim) ?? 512
  }

  package func validate() throws {
    try requirePositive([
      "image_size": imageSize, "patch_size": patchSize, "num_channels": numChannels, "projection_dim": projectionDim,
    ])
    try validateLayers()
    guard patchSize <= imageSize, imageSize <= 4096 else {
      throw NetworkError.configuration(
        "pictures of \(imageSize) pixels cannot be cut into patches of \(patchSize); expected at most 4096, in patches no larger."
      )
    }
  }

  /// Refuses towers that look at anything but pictures.
  package func requirePictures() throws {
    guard numChannels == 3 else {
      throw NetworkError.configuration("`num_channels` is \(numChannels); limn's pictures have 3.")
    }
  }

  /// Width of what stands for a picture as a whole in the space that it shares with texts.
  package var projectionWidth: Int { projectionDim }

  /// Patches along each edge; what is left over at the right and below is not seen.
  var patchesAcross: Int { imageSize / patchSize }
}
