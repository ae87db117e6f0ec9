import Tensors

/// CLIP's vision transformer (Radford et al. 2021; transformers' `CLIPVisionModel`): a picture cut into patches, a token
/// for each and one for the whole.
package struct CLIPVisionEncoder: Sendable {
  package let configuration: CLIPVisionConfiguration
  private let patchEmbedding: Convolution
  private let wholeEmbedding: Tensor  // [1, channels]
  private let positionEmbedding: Tensor  // [1 + patches, channels]
  private let firstNorm: LayerNorm
  private let layers: [CLIPLayer]
  private let lastNorm: LayerNorm

  /// What the transformer makes of pictures.
  package struct Output {
    /// `[batch, 1 + patches, channels]`, the whole picture's first, then row by row.
    package let tokens: Tensor
    /// What stands for each picture as a whole, `[batch, channels]`.
    package let pooled: Tensor
  }

  /// - Parameter weights: Where `embeddings`, `encoder` and the norms lie: `vision_model`, as a rule.
  package init(_ configuration: CLIPVisionConfiguration, _ weights: Weights) throws {
    let width = configuration.hiddenSize
    let embeddings = weights["embeddings"]
    self.configuration = configuration
    patchEmbedding = try Convolution(
      configuration.numChannels, width, size: configuration.patchSize, stride: configuration.patchSize,
      padding: Padding(0), bias: false,
      embeddings["patch_embedding"])
    wholeEmbedding = try embeddings.tensor("class_embedding", shape: [width]).widened().reshaped([1, width])
    positionEmbedding = try embeddings["position_embedding"]
      .tensor("weight", shape: [1 + configuration.patchesAcross * configuration.patchesAcross, width]).widened()
    // Published checkpoints spell it so.
    firstNorm = try LayerNorm(width, epsilon: configuration.layerNormEps, weights["pre_layrnorm"])
    layers = try (0..<configuration.numHiddenLayers).map {
      try CLIPLayer(configuration, mask: .none, weights["encoder"]["layers"][$0])
    }
    lastNorm = try LayerNorm(width, epsilon: configuration.layerNormEps, weights["post_layernorm"])
  }

  /// - Parameter pictures: `[batch, imageSize, imageSize, numChannels]`, normalised as the checkpoint's preprocessing says.
  package func callAsFunction(_ pictures: Tensor) -> Output {
    let (batch, count, width) = (pictures.shape[0], positionEmbedding.shape[0], configuration.hiddenSize)
    let x = tokens(pictures, layers: layers[...])
    let wholes = x.reshaped([batch * count, width]).rows(at: (0..<batch).map { $0 * count })  // [batch, channels]
    return Output(tokens: x, pooled: lastNorm(wholes))
  }

  /// The tokens before the last layer, transformers' `hidden_states[-2]`: `[batch, 1 + patches, channels]`.
  package func placesBeforeLastLayer(_ pictures: Tensor) -> Tensor { tokens(pictures, layers: layers.dropLast()) }

  private func tokens(_ pictures: Tensor, layers: ArraySlice<CLIPLayer>) -> Tensor {
    let edge = configuration.imageSize
    precondition(
      pictures.rank == 4 && Array(pictures.shape.dropFirst()) == [edge, edge, configuration.numChannels],
      "CLIPVisionEncoder: pictures \(pictures.shape), expected [batch, \(edge), \(edge), \(configuration.numChannels)]")
    let (batch, count, width) = (pictures.shape[0], positionEmbedding.shape[0], configuration.hiddenSize)
    let patches = patchEmbedding(pictures).reshaped([batch, count - 1, width])
    var x = Tensor.concatenated(
      (0..<batch).map { index in
        let own = patches.slice(index..<index + 1).reshaped([count - 1, width])
        return (Tensor.concatenated([wholeEmbedding, own]) + positionEmbedding).reshaped([1, count, width])
      })
    x = firstNorm(x)  // [batch, 1 + patches, channels]
    for layer in layers { x = layer(x) }
    return x
  }
}

/// The vision transformer with the projection into the space that it shares with texts (transformers'
/// `CLIPVisionModelWithProjection`).
package struct CLIPVisionModelWithProjection: Sendable {
  package let encoder: CLIPVisionEncoder
  private let projection: Linear
  /// Of the shared space.
  package let width: Int

  /// - Parameter width: Of the shared space; nil for what the vision configuration says.
  package init(_ configuration: CLIPVisionConfiguration, width: Int? = nil, _ weights: Weights) throws {
    try self.init(configuration, width: width, tower: weights["vision_model"], weights)
  }

  init(_ configuration: CLIPVisionConfiguration, width: Int?, tower: Weights, _ weights: Weights) throws {
    encoder = try CLIPVisionEncoder(configuration, tower)
    self.width = width ?? configuration.projectionDim
    projection = try Linear(configuration.hiddenSize, self.width, bias: false, weights["visual_projection"])
  }

  /// `[batch, imageSize, imageSize, numChannels]` to `[batch, width]`.
  package func callAsFunction(_ pictures: Tensor) -> Tensor { projection(encoder(pictures).pooled) }
}
