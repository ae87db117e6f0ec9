import Tensors

/// What stays of a picture while the rest is painted anew, for denoisers that know no masks: after each step the latents there are the
/// picture's with as much noise as the next step expects (diffusers' inpainting pipelines for UNets of four channels).
package struct KeptRegion: Sendable {
  private let picture: Tensor
  private let noise: Tensor
  /// 1 where is painted, 0 where is kept.
  private let mask: Tensor

  /// - Parameters:
  ///   - picture: Clean latents, `[1, height, width, channels]`.
  ///   - noise: What was drawn to start with, of the same shape.
  ///   - mask: `[1, height, width, 1]`, 1 where is painted, 0 where is kept.
  package init(picture: Tensor, noise: Tensor, mask: Tensor) {
    precondition(
      noise.shape == picture.shape && mask.shape == picture.shape.dropLast() + [1],
      "KeptRegion: latents \(picture.shape), noise \(noise.shape), mask \(mask.shape)")
    let channels = picture.shape[3]
    self.picture = picture
    self.noise = noise
    self.mask = Tensor(
      shape: picture.shape, values: mask.values.flatMap { [Float](repeating: $0, count: channels) })
  }

  /// - Parameter noised: The picture with the noise of the next evaluation; nil after the last.
  func mixed(into latents: Tensor, _ noised: ((_ picture: Tensor, _ noise: Tensor) -> Tensor)?) -> Tensor {
    let kept = noised?(picture, noise) ?? picture
    return kept + mask * (latents - kept)
  }
}
