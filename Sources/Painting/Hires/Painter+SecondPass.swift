import Families
import Images
import Networks
import Sampling
import System
import Tensors

extension Painter {
  /// The final latents of a picture that is painted small, enlarged and painted over.
  func twoPasses(
    _ second: SecondPass, _ order: Order, _ sampler: Sampler, _ warnings: inout [String],
    _ timings: inout StageTimings, _ progress: (Progress) throws -> Void
  ) throws -> Tensor {
    precondition(order.scene.parts.count == 1, "twoPasses: a scene of several parts")
    let small = order.scene.parts[0]
    let later = try order.sampler(of: second)
    let condition = try condition(small, order, &timings, progress)
    warnings += condition.warnings.filter { !warnings.contains($0) }
    if !keepsModel { model.family.release(.text) }
    let total = sampler.timesteps.count + later.timesteps.count
    var passed = 0
    /// Evaluations of one pass as those of both.
    func count(_ step: Progress) throws {
      guard case .sampling(let done, _, let preview) = step else { return try progress(step) }
      try progress(.sampling(done: passed + done, total: total, preview: preview))
    }
    let latents = try sample(
      Pass(part: small, sampler: sampler), condition, order, &timings, shownAs: { $0 }, count)
    passed = sampler.timesteps.count
    let canvas = try timings.measure(\.decode) { () throws -> Pass.Canvas in
      try self.canvas(of: latents, second, order, progress)
    }
    let large = ScenePart(
      prompt: small.prompt, negative: small.negative, size: second.size.painted, seedMask: small.seedMask,
      inversions: small.inversions)
    return try sample(
      Pass(part: large, sampler: later, over: canvas), model.family.condition(condition, for: large.size), order,
      &timings, shownAs: { $0 }, count)
  }

  /// What the first pass made, as large as the second paints.
  private func canvas(
    of latents: Tensor, _ second: SecondPass, _ order: Order, _ progress: (Progress) throws -> Void
  ) throws -> Pass.Canvas {
    let (size, autoencoder) = (
      second.size.painted, try model.family.autoencoder(order.precision.besideBytes)
    )
    if case .latent(let filter) = second.upscaler {
      let scale = autoencoder.pixelsPerLatent
      return .latents(latents.interpolated(height: size.height / scale, width: size.width / scale, filter))
    }
    let decoded = autoencoder.decode(latents, tileEdge: memory?.tileEdge)
    guard decoded.isFinite else { throw damage("autoencoder") }
    var picture = Picture(decoded: decoded)
    if let upscaler = order.tools.hiresUpscaler {
      defer { if !keepsModel { upscaler.release() } }
      let factor = SecondPass.networkFactor(Double(size.width) / Double(picture.width))
      let edge = memory?.hiresEdge ?? PictureUpscaler.largestTileEdge
      picture = try upscaler(DeepPicture(picture), by: factor, tileEdge: edge) {
        try progress(.enlarging(done: $0, total: $1))
      }.picture
    }
    return .picture(
      picture.size == size ? picture : picture.resized(width: size.width, height: size.height, filter: .lanczos))
  }
}
