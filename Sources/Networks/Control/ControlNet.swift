import Tensors

/// A ControlNet of one kind of picture (diffusers' `ControlNetModel`).
package struct ControlNet: Sendable {
  private let embedding: ControlEmbedding
  private let body: ControlBody

  package init(_ configuration: ControlNetConfiguration, _ weights: Weights) throws {
    embedding = try ControlEmbedding(configuration, weights["controlnet_cond_embedding"])
    body = try ControlBody(configuration, weights)
  }

  /// What the network sees of a picture: the same at every step.
  ///
  /// - Parameter picture: `[1, height, width, 3]`, 0 to 1.
  /// - Returns: `[1, height / 8, width / 8, channels]`
  package func embedded(_ picture: Tensor) -> Tensor { embedding(picture) }

  /// - Parameters:
  ///   - latents: `[batch, height, width, channels]`
  ///   - context: Of this network's own: its layers see the text otherwise than the UNet's.
  ///   - seen: What ``embedded(_:)`` made.
  ///   - weight: What the result is multiplied with.
  ///   - isGuessing: Whether outer feature maps count less than inner ones (diffusers' `guess_mode`).
  package func callAsFunction(
    _ latents: Tensor, timestep: Float, context: TextContext, seen: Tensor, weight: Float, isGuessing: Bool
  ) -> UNetAdditions {
    let time = body.encoder.time(timestep, guidance: 1, context: context)
    let pictures = Tensor.concatenated(Array(repeating: seen, count: latents.shape[0]))
    let input = body.encoder.convIn(latents, Epilogue(residual: pictures))
    return body(input, time: time, context: context, weight: weight, isGuessing: isGuessing)
  }
}
