import System
import Tensors

/// Z-Image's transformer (Z-Image Team 2025; diffusers' `ZImageTransformer2DModel`): picture and prompt are refined apart, then
/// go through one stream.
package struct ZImageTransformer: Sendable {
  private let configuration: ZImageConfiguration
  private let timeInput: Linear
  private let timeOutput: Linear
  private let imageInput: Linear
  private let captionNorm: RMSNorm
  private let captionInput: Linear
  private let imagePadding: Tensor
  private let captionPadding: Tensor
  private let imageRefiner: [ZImageBlock]
  private let captionRefiner: [ZImageBlock]
  private let layers: [ZImageBlock]
  private let outModulation: Linear
  private let output: Linear

  private static let sinusoidChannels = 256
  private static let timeInnerChannels = 1024

  package init(_ configuration: ZImageConfiguration, _ weights: Weights) throws {
    let width = configuration.dim
    let patch = ZImageConfiguration.patchEdge * ZImageConfiguration.patchEdge * configuration.inChannels
    let size = "\(ZImageConfiguration.patchEdge)-1"
    func blocks(_ name: String, _ count: Int, isModulated: Bool) throws -> [ZImageBlock] {
      try (0..<count).map { try ZImageBlock(configuration, isModulated: isModulated, weights[name][$0]) }
    }
    self.configuration = configuration
    let time = weights["t_embedder"]["mlp"].unquantised
    timeInput = try Linear(Self.sinusoidChannels, Self.timeInnerChannels, time[0])
    timeOutput = try Linear(Self.timeInnerChannels, configuration.timeChannels, time[2])
    imageInput = try Linear(patch, width, weights["all_x_embedder"][size].unquantised)
    captionNorm = try RMSNorm(
      configuration.capFeatDim, epsilon: configuration.normEps, weights["cap_embedder"][0])
    captionInput = try Linear(configuration.capFeatDim, width, weights["cap_embedder"][1].unquantised)
    imagePadding = try weights.tensor("x_pad_token", shape: [1, width]).widened()
    captionPadding = try weights.tensor("cap_pad_token", shape: [1, width]).widened()
    imageRefiner = try blocks("noise_refiner", configuration.nRefinerLayers, isModulated: true)
    captionRefiner = try blocks("context_refiner", configuration.nRefinerLayers, isModulated: false)
    layers = try blocks("layers", configuration.nLayers, isModulated: true)
    let final = weights["all_final_layer"][size].unquantised
    outModulation = try Linear(configuration.timeChannels, width, final["adaLN_modulation"][1])
    output = try Linear(width, patch, final["linear"])
  }

  /// What stays the same at every step of a picture.
  ///
  /// - Parameters:
  ///   - caption: The prompt's encoding without padding, `[1, tokens, capFeatDim]`.
  ///   - height: Of the latents, even.
  ///   - width: Of the latents, even.
  package func context(caption: Tensor, height: Int, width: Int) -> ZImageContext {
    let edge = ZImageConfiguration.patchEdge
    let captionCount = ZImageConfiguration.filled(caption.shape[1])
    let imageCount = height / edge * (width / edge)
    let captionPlaces = (0..<captionCount).map { [1 + $0, 0, 0] }
    var imagePlaces = (0..<height / edge).flatMap { row in
      (0..<width / edge).map { [captionCount + 1, row, $0] }
    }
    imagePlaces += Array(repeating: [0, 0, 0], count: ZImageConfiguration.filled(imageCount) - imageCount)
    let captionRotation = rotation(captionPlaces)
    var refined = captionInput(captionNorm(caption)).filled(to: captionCount, with: captionPadding)
    for block in captionRefiner { refined = block(refined, rotation: captionRotation) }
    return ZImageContext(
      caption: refined, imageRotation: rotation(imagePlaces), rotation: rotation(imagePlaces + captionPlaces))
  }

  /// The angles are rounded to float32 before their cosines are taken, as `RopeEmbedder` does.
  private func rotation(_ places: [[Int]]) -> RotaryTable {
    let rates = configuration.axesDims.map { width in
      (0..<width / 2).map { 1 / pow(configuration.ropeTheta, Double(2 * $0) / Double(width)) }
    }
    let angles = places.flatMap { place in
      zip(place, rates).flatMap { position, rates in rates.map { Float(Double(position) * $0) } }
    }
    let shape = [places.count, configuration.axesDims.reduce(0, +) / 2]
    return RotaryTable(
      cosines: Tensor(shape: shape, values: angles.map { cosf($0) }),
      sines: Tensor(shape: shape, values: angles.map { sinf($0) }), pairs: .interleaved)
  }

  /// - Parameters:
  ///   - latents: `[1, height, width, inChannels]`, of the size that the context was made for.
  ///   - time: 0 where all is noise, 1 where all is picture.
  /// - Returns: `[1, height, width, inChannels]`, the velocity from noise to picture.
  package func callAsFunction(_ latents: Tensor, time: Float, context: ZImageContext) -> Tensor {
    let edge = ZImageConfiguration.patchEdge
    let (rows, columns, channels) = (latents.shape[1] / edge, latents.shape[2] / edge, latents.shape[3])
    let width = configuration.dim
    let sinusoid = Tensor.sinusoidalEmbedding(
      of: [time * configuration.tScale], width: Self.sinusoidChannels, cosinesFirst: true, frequencyShift: 0)
    let embedded = timeOutput(timeInput(sinusoid, Epilogue(activation: .silu)))  // [1, timeChannels]

    let patches = latents.patches(of: edge).reshaped([1, rows * columns, edge * edge * channels])
    var x = imageInput(patches).filled(to: ZImageConfiguration.filled(rows * columns), with: imagePadding)
    for block in imageRefiner { x = block(x, rotation: context.imageRotation, time: embedded) }
    x = .concatenatedTokens(x, context.caption)
    layers.first?.prefetch()
    for (index, block) in layers.enumerated() {
      if index + 1 < layers.count { layers[index + 1].prefetch() }
      x = block(x, rotation: context.rotation, time: embedded)
    }

    let own = x.reshaped([x.shape[1], width]).slice(0..<rows * columns)
    let scale = outModulation(embedded.activated(.silu)) + 1
    let made = output(own.layerNormalised(scale: scale, epsilon: 1e-6))  // [tokens, edge * edge * channels]
    return made.reshaped([1, rows, columns, edge * edge * channels]).unpatched(edge)
  }
}

/// What Z-Image's transformer sees beside the latents, the same at every step.
package struct ZImageContext: Sendable {
  /// The refined prompt, `[1, tokens, width]`.
  let caption: Tensor
  let imageRotation: RotaryTable
  /// Of picture and prompt, in this order.
  let rotation: RotaryTable
}

extension Tensor {
  /// `[1, tokens, channels]` with copies of a token `[1, channels]` behind.
  fileprivate func filled(to count: Int, with token: Tensor) -> Tensor {
    let missing = count - shape[1]
    guard missing > 0 else { return self }
    let rows = [reshaped([shape[1], shape[2]])] + Array(repeating: token, count: missing)
    return Tensor.concatenated(rows).reshaped([1, count, shape[2]])
  }

  /// `[1, height, width, channels]` to `[1, height / edge, width / edge, edge * edge * channels]`, channels last within a patch.
  fileprivate func patches(of edge: Int) -> Tensor { regrouped(edge, joining: true) }

  /// The inverse of ``patches(of:)``.
  fileprivate func unpatched(_ edge: Int) -> Tensor { regrouped(edge, joining: false) }

  private func regrouped(_ edge: Int, joining: Bool) -> Tensor {
    let factor = joining ? 1 : edge
    let (height, width) = (shape[1] * factor, shape[2] * factor)
    let channels = joining ? shape[3] : shape[3] / (edge * edge)
    let source = values
    var result = [Float](repeating: 0, count: source.count)
    for row in 0..<height {
      for column in 0..<width {
        let map = (row * width + column) * channels
        let token = (row / edge * (width / edge) + column / edge) * edge * edge
        let patch = (token + row % edge * edge + column % edge) * channels
        let (from, to) = joining ? (map, patch) : (patch, map)
        result.replaceSubrange(to..<to + channels, with: source[from..<from + channels])
      }
    }
    return Tensor(
      shape: joining ? [1, height / edge, width / edge, edge * edge * channels] : [1, height, width, channels],
      values: result)
  }
}
