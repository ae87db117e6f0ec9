import Tensors

/// A network between pictures and the latents that a denoiser works on.
package protocol Autoencoder: Sendable {
  /// Channels of the latents.
  var latentChannels: Int { get }
  /// Pixels a latent, along each side.
  var pixelsPerLatent: Int { get }

  /// - Parameters:
  ///   - picture: `[1, height, width, 3]`, values -1 to 1; the sides are multiples of ``pixelsPerLatent``.
  ///   - tileEdge: Edge of the tiles, in pixels, in which to work when memory is short; nil for the whole at once.
  ///   - noise: Normal values of a shape; called when the encoding is a distribution to draw from.
  /// - Returns: Latents as the denoiser wants them, `[1, height', width', latentChannels]`.
  /// - Throws: ``UserError/request(_:)`` where the checkpoint holds the decoder alone.
  func encode(_ picture: Tensor, tileEdge: Int?, noise: ([Int]) -> Tensor) throws -> Tensor

  /// - Parameter tileEdge: Edge of the tiles, in latents, in which to work when memory is short; nil for the whole at once.
  /// - Returns: `[1, height, width, 3]`, values around -1 to 1.
  func decode(_ latents: Tensor, tileEdge: Int?) -> Tensor
}
