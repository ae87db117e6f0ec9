import Tensors

/// FLUX.2's transformer (Black Forest Labs 2025; diffusers' `Flux2Transformer2DModel`): text and picture first in streams of
/// their own that attend to each other, then in one; all blocks of a kind share their modulation.
package struct Flux2Transformer: Sendable {
  private let configuration: Flux2Configuration
  private let timeEmbedding: TimestepEmbedding
  private let imageModulation: Linear
  private let textModulation: Linear
  private let singleModulation: Linear
  private let imageInput: Linear
  private let textInput: Linear
  private let doubleBlocks: [Flux2DoubleBlock]
  private let singleBlocks: [Flux2SingleBlock]
  private let outModulation: Linear
  private let output: Linear

  package init(_ configuration: Flux2Configuration, _ weights: Weights) throws {
    let width = configuration.width
    func linear(_ inputs: Int, _ outputs: Int, _ name: String) throws -> Linear {
      try Linear(inputs, outputs, bias: false, weights[name].unquantised)
    }
    self.configuration = configuration
    timeEmbedding = try TimestepEmbedding(
      configuration.timestepGuidanceChannels, width, bias: false,
      weights["time_guidance_embed"]["timestep_embedder"].unquantised)
    imageModulation = try linear(width, 6 * width, "double_stream_modulation_img.linear")
    textModulation = try linear(width, 6 * width, "double_stream_modulation_txt.linear")
    singleModulation = try linear(width, 3 * width, "single_stream_modulation.linear")
    imageInput = try linear(configuration.inChannels, width, "x_embedder")
    textInput = try linear(configuration.jointAttentionDim, width, "context_embedder")
    doubleBlocks = try (0..<configuration.numLayers).map {
      try Flux2DoubleBlock(configuration, weights["transformer_blocks"][$0])
    }
    singleBlocks = try (0..<configuration.numSingleLayers).map {
      try Flux2SingleBlock(configuration, weights["single_transformer_blocks"][$0])
    }
    outModulation = try linear(width, 2 * width, "norm_out.linear")
    output = try linear(width, configuration.outChannels, "proj_out")
  }

  /// What stays the same at every step of a picture.
  ///
  /// - Parameters:
  ///   - text: The prompt's encoding, `[1, tokens, jointAttentionDim]`.
  ///   - references: Latents of pictures that the prompt speaks of, each `[1, height, width, inChannels]`.
  ///   - height: Of the latents that will be denoised.
  ///   - width: Of the latents that will be denoised.
  package func context(text: Tensor, references: [Tensor] = [], height: Int, width: Int) -> Flux2Context {
    var places = (0..<text.shape[1]).map { [0, 0, 0, Double($0)] }
    places += Self.places(time: 0, height: height, width: width)
    for (index, reference) in references.enumerated() {
      // diffusers' `_prepare_image_ids`
      places += Self.places(time: 10 + 10 * index, height: reference.shape[1], width: reference.shape[2])
    }
    let channels = configuration.inChannels
    let tokens = references.map { $0.reshaped([$0.shape[1] * $0.shape[2], channels]) }
    return Flux2Context(
      text: textInput(text), references: tokens.isEmpty ? nil : imageInput(.concatenated(tokens)),
      rotation: RotaryTable(
        places: places, widths: configuration.axesDimsRope, base: configuration.ropeTheta, pairs: .interleaved))
  }

  private static func places(time: Int, height: Int, width: Int) -> [[Double]] {
    (0..<height).flatMap { row in (0..<width).map { [Double(time), Double(row), Double($0), 0] } }
  }

  /// - Parameters:
  ///   - latents: `[1, height, width, inChannels]`, of the size that the context was made for.
  ///   - timestep: 0 to 1000.
  /// - Returns: The velocity, `[1, height, width, outChannels]`.
  package func callAsFunction(_ latents: Tensor, timestep: Float, context: Flux2Context) -> Tensor {
    let count = latents.shape[1] * latents.shape[2]
    let textCount = context.text.shape[1]
    let width = configuration.width
    let sinusoid = Tensor.sinusoidalEmbedding(
      of: [timestep], width: configuration.timestepGuidanceChannels, cosinesFirst: true, frequencyShift: 0)
    let time = timeEmbedding(sinusoid).activated(.silu)  // [1, width]
    let imageParts = Flux2Modulation.split(imageModulation(time), parts: 2)
    let textParts = Flux2Modulation.split(textModulation(time), parts: 2)
    let singleParts = Flux2Modulation.split(singleModulation(time), parts: 1)

    var image = imageInput(latents.reshaped([count, configuration.inChannels]))
    if let references = context.references { image = .concatenated([image, references]) }
    image = image.reshaped([1, image.shape[0], width])
    var text = context.text
    for (index, block) in doubleBlocks.enumerated() {
      if index + 1 < doubleBlocks.count { doubleBlocks[index + 1].prefetch() } else { singleBlocks.first?.prefetch() }
      (text, image) = block(
        text: text, image: image, textModulation: textParts, imageModulation: imageParts, rotation: context.rotation)
    }
    var x = Tensor.concatenatedTokens(text, image)  // [1, tokens, width]
    for (index, block) in singleBlocks.enumerated() {
      if index + 1 < singleBlocks.count { singleBlocks[index + 1].prefetch() }
      x = block(x, modulation: singleParts[0], rotation: context.rotation)
    }

    // The text has done its part, and so have the references.
    let scaleAndShift = outModulation(time).reshaped([2, width])
    let own = x.reshaped([x.shape[1], width]).slice(textCount..<textCount + count)
    let normed = own.layerNormalised(
      scale: scaleAndShift.slice(0..<1) + 1, shift: scaleAndShift.slice(1..<2), epsilon: configuration.eps)
    return output(normed).reshaped(latents.shape.dropLast() + [configuration.outChannels])
  }
}

/// What FLUX.2's transformer sees beside the latents, the same at every step.
package struct Flux2Context: Sendable {
  /// `[1, tokens, width]`
  let text: Tensor
  /// `[tokens, width]`
  let references: Tensor?
  /// Of text, latents and references, in this order.
  let rotation: RotaryTable
}
