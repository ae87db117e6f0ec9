import Families
import Images
import Sampling
import Tensors

extension Painter {
  /// What attention takes the style of, as the evaluations of a pass see it; nil where none does.
  ///
  /// Its noise is a stream of its own, so that the picture is made of the same numbers as without.
  func attendedStyle(_ order: Order, _ pass: Pass) throws -> AttendedStyle? {
    guard let picture = order.attendedStyle else { return nil }
    let autoencoder = try model.family.autoencoder(order.precision.besideBytes)
    let tileEdge = memory?.tileEdge.map { $0 * autoencoder.pixelsPerLatent }
    // The most probable encoding.
    let latents = try autoencoder.encode(picture.covering(pass.part.size).tensor, tileEdge: tileEdge) {
      Tensor(shape: $0)
    }
    guard latents.isFinite else { throw damage("autoencoder") }
    var random = order.settings.rng.source(seed: order.seed)
    let evaluations = pass.sampler.timesteps.indices.map { evaluation in
      let noise = random.normalLatents(shape: latents.shape)
      return pass.sampler.input(picture: latents, noise: noise, evaluation: evaluation)
    }
    return AttendedStyle(share: Float(order.settings.styleStrength), latents: evaluations)
  }
}
