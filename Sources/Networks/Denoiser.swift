import Tensors

/// A network that predicts, from noisy latents and a prompt, what the sampler asks for: the noise, the clean picture or
/// a velocity.
package protocol Denoiser: Sendable {
  /// Channels of the latents that go in; more than come out where a mask and a masked picture are expected as well.
  var inputChannels: Int { get }
  /// Channels of the prediction.
  var outputChannels: Int { get }
  /// Width of the text encoder's tokens.
  var contextChannels: Int { get }
  /// Whether the guidance scale is an input (latent consistency models), so that one evaluation a step is enough.
  var embedsGuidance: Bool { get }

  /// Whether ``DeepFeatures`` spare it work.
  var reusesFeatures: Bool { get }

  /// - Parameters:
  ///   - latents: `[batch, height, width, inputChannels]`
  ///   - timestep: In units of the training schedule, 0 to 999 as a rule; need not be whole.
  ///   - context: The prompts' encodings, `[batch, tokens, contextChannels]`.
  ///   - guidance: The guidance scale, where the network embeds it.
  ///   - features: What an earlier step left, to be used in place of the deep layers, or room for what this one leaves.
  /// - Returns: `[batch, height, width, outputChannels]`
  func callAsFunction(
    _ latents: Tensor, timestep: Float, context: TextContext, guidance: Float, features: DeepFeatures?
  ) -> Tensor
}

extension Denoiser {
  package var reusesFeatures: Bool { false }

  package func callAsFunction(_ latents: Tensor, timestep: Float, context: TextContext, guidance: Float) -> Tensor {
    self(latents, timestep: timestep, context: context, guidance: guidance, features: nil)
  }
}
