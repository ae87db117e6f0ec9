import Families
import Guardrail
import Images
import Networks
import Sampling
import System
import Tensors

extension Painter {
  /// What a part's sampling starts from.
  struct Start {
    var latents: Tensor
    /// What stays of the reference, where the denoiser knows nothing of the mask.
    var kept: KeptRegion?
    /// What the denoiser takes beside the latents, `[1, height, width, channels]`.
    var channels: Tensor?
  }

  /// Noise, or the reference's latents with noise, drawn in diffusers' order.
  func start(
    _ pass: Pass, _ order: Order, _ autoencoder: any Autoencoder, _ random: inout some RandomSource
  ) throws -> Start {
    let (part, sampler) = (pass.part, pass.sampler)
    let scale = autoencoder.pixelsPerLatent
    let shape = [1, part.size.height / scale, part.size.width / scale, autoencoder.latentChannels]
    if let canvas = pass.over {
      let latents: Tensor
      switch canvas {
      case .latents(let known): latents = known
      case .picture(let picture): latents = try encoded(picture.tensor, autoencoder, &random)
      }
      return Start(latents: sampler.startingLatents(picture: latents, noise: random.normalLatents(shape: shape)))
    }
    guard let reference = order.references.first, model.family.referenceUse == .start else {
      return Start(latents: sampler.startingLatents(noise: random.normalLatents(shape: shape)))
    }
    // A part of a picture fills what is painted, whatever its aspect: it is put back the same way.
    let fitted =
      order.frame == nil
      ? reference.covering(part.size) : reference.resized(width: part.size.width, height: part.size.height)
    let picture = fitted.tensor
    guard let mask = order.mask else {
      let latents = try encoded(picture, autoencoder, &random)
      return Start(latents: sampler.startingLatents(picture: latents, noise: random.normalLatents(shape: shape)))
    }
    // StableDiffusionInpaintPipeline.prepare_latents: at full strength nothing of the picture is left in the noise.
    let painted =
      order.frame == nil
      ? mask.covering(part.size)
      : Mask(mask.picture.resized(width: part.size.width, height: part.size.height))
    let isBlending = model.family.maskUse == .blending
    let isFull = order.settings.strength == 1
    let known = isBlending || !isFull ? try encoded(picture, autoencoder, &random) : nil
    let noise = random.normalLatents(shape: shape)
    // Drawn by diffusers whether it is needed or not.
    let keptLatents = try encoded(picture.hiding(painted), autoencoder, &random)
    let latentMask = painted.latents(height: shape[1], width: shape[2])
    var start = Start(latents: sampler.startingLatents(noise: noise))
    if let known, !isFull { start.latents = sampler.startingLatents(picture: known, noise: noise) }
    if isBlending {
      start.kept = known.map { KeptRegion(picture: $0, noise: noise, mask: latentMask) }
    } else {
      start.channels = latentMask.concatenatedChannels(keptLatents)
    }
    return start
  }

  private func encoded(
    _ picture: Tensor, _ autoencoder: any Autoencoder, _ random: inout some RandomSource
  ) throws -> Tensor {
    let tileEdge = memory?.tileEdge.map { $0 * autoencoder.pixelsPerLatent }
    let draws = model.family.drawsEncodings
    let latents = try autoencoder.encode(picture, tileEdge: tileEdge) {
      draws ? random.normalLatents(shape: $0) : Tensor(shape: $0)
    }
    guard latents.isFinite else { throw damage("autoencoder") }
    return latents
  }

  /// The picture that latents stand for, as large as it is wanted.
  func decode(_ latents: Tensor, _ order: Order) throws -> Picture {
    let size = order.size
    let decoded = try model.family.autoencoder(order.precision.besideBytes).decode(latents, tileEdge: memory?.tileEdge)
    guard decoded.isFinite else { throw damage("autoencoder") }
    let painted = Picture(decoded: try model.family.enlarged(decoded, to: size))
    if let frame = order.frame { return frame.holding(painted) }
    let written = size.written
    let fitted = painted.size == written ? painted : painted.fitted(width: written.width, height: written.height)
    let picture = order.scene.backdrop?.behind(fitted) ?? fitted
    guard let mask = order.mask, let reference = order.references.first else { return picture }
    // The autoencoder changes pixels that nobody asked to change.
    return reference.covering(written).painted(over: mask.covering(written), with: picture)
  }

  /// The picture as it may be handed out: in the style of others, enlarged, in its style's finish.
  func finish(
    _ picture: Picture, _ order: Order, _ progress: (Progress) throws -> Void
  ) throws -> (Picture, Painting.Safety, filter: Painting.Safety) {
    let (passed, safety) = try checked(picture, for: order.prompt)
    let (shown, filter) = try safety.isBlurred ? (passed, Painting.Safety.unchecked) : filtered(passed, order)
    let enlarged = try enlarged(restyled(shown, order, progress), order, progress)
    let grain = Double(order.size.written.width * order.enlargement) / Double(order.size.painted.width)
    return (order.finish.map { enlarged.finished($0, grain: grain) } ?? enlarged, safety, filter)
  }

  /// What limn's own filter lets pass.
  private func filtered(_ picture: Picture, _ order: Order) throws -> (Picture, Painting.Safety) {
    guard let filter = order.tools.filter else { return (picture, .unchecked) }
    defer { if !keepsModel { filter.release() } }
    guard let finding = try order.prompt.finding(picture, by: filter) else { return (picture, .switchedOff) }
    guard let verdict = try order.prompt.judge(finding) else { return (picture, .passed(finding)) }
    return (picture.unrecognisable, .blurred(finding, verdict))
  }

  private func restyled(_ picture: Picture, _ order: Order, _ progress: (Progress) throws -> Void) throws -> Picture {
    guard let transfer = order.tools.styles, !order.styles.isEmpty else { return picture }
    defer { if !keepsModel { transfer.release() } }
    return try transfer(DeepPicture(picture), in: order.styles, strength: order.settings.styleStrength) {
      try progress(.restyling(done: $0, total: $1))
    }.picture
  }

  private func enlarged(_ picture: Picture, _ order: Order, _ progress: (Progress) throws -> Void) throws -> Picture {
    guard let upscaler = order.tools.upscaler, order.enlargement > 1 else { return picture }
    defer { if !keepsModel { upscaler.release() } }
    let edge = memory?.enlargingEdge ?? PictureUpscaler.largestTileEdge
    return try upscaler(DeepPicture(picture), by: order.enlargement, tileEdge: edge) {
      try progress(.enlarging(done: $0, total: $1))
    }.picture
  }

  /// Has the model's own safety checker look at a picture to start from; ``paint(_:progress:)`` does so too.
  ///
  /// - Throws: `Refusal` where it objects; a sentence where it cannot be run.
  package func check(reference: Picture, for prompt: ApprovedPrompt) throws {
    guard let check = model.pictureSafety.check, !prompt.skipsPictures else { return }
    defer { if !keepsModel { model.releasePictureCheck() } }
    try prompt.judge(reference: check(reference))
  }

  private func checked(_ picture: Picture, for prompt: ApprovedPrompt) throws -> (Picture, Painting.Safety) {
    guard let check = model.pictureSafety.check else { return (picture, .unchecked) }
    guard !prompt.skipsPictures else { return (picture, .switchedOff) }
    defer { if !keepsModel { model.releasePictureCheck() } }
    let finding = try check(picture)
    guard let verdict = try prompt.judge(finding) else { return (picture, .passed(finding)) }
    return (picture.unrecognisable, .blurred(finding, verdict))
  }

  /// Whether the finished picture must pass the model's own safety checker.
  func isChecked(_ order: Order) -> Bool { model.pictureSafety.check != nil && !order.prompt.skipsPictures }

  /// Damaged weights show as NaN values; they spread, so the first network that makes them is the one to name.
  func damage(_ network: String) -> UserError {
    .input("\(model.name): its \(network) made NaN values; the weights of the \(network) are damaged.")
  }
}

extension RandomKind {
  /// The generator of a seed.
  func source(seed: UInt64) -> any RandomSource {
    switch self {
    case .torch: TorchRandom(seed: seed)
    case .cuda: PhiloxRandom(seed: seed)
    }
  }
}
