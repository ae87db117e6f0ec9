import Generation
import Images

/// One picture to be painted, with everything that the wish left open filled in. It knows no flags.
struct Order: Sendable {
  let wish: PictureWish
  /// What the model is given: the wish's prompts in the wish's style.
  let prompt: String
  let negative: String
  /// The style's name as the model has it.
  let style: String?
  private(set) var request: PaintingRequest

  /// Fills in what the wish leaves open; a missing seed is drawn.
  ///
  /// - Parameter referenceSize: Of the picture that the wish names, which ``starting(from:)`` takes.
  /// - Throws: ``GenerationError/request(_:)`` where the wish cannot be met by this model.
  init(_ wish: PictureWish, model: Model, referenceSize: PictureSize? = nil) throws {
    try wish.check()
    let style = try wish.style.map(model.profile.style)
    let words = wish.promptSyntax == .plain ? model.profile.words(of: wish.prompt) : wish.prompt
    let text = style?.applied(to: words) ?? words
    let isWhole = wish.reference != nil || wish.promptSyntax != .plain
    let layout = isWhole ? nil : model.reading(of: text).layout
    let size = try SizePlan(
      wish.sizeWish(reference: referenceSize), profile: model.profile, multiple: model.traits.sizeMultiple,
      layout: layout)
    var request = PaintingRequest(
      size: size,
      seed: wish.seed ?? UInt64.random(in: 0..<1 << 32), steps: wish.steps ?? model.profile.steps,
      guidance: wish.guidance ?? model.profile.guidance)
    request.guidanceEnd = wish.guidanceEnd
    request.deepCache = wish.deepCache
    request.clipSkip = wish.clipSkip
    request.randomKind = wish.randomKind
    request.sampler = wish.sampler
    request.schedule = wish.schedule
    request.spacing = wish.spacing
    request.promptSyntax = wish.promptSyntax
    request.layout = layout
    request.finish = style?.finish
    self.wish = wish
    prompt = text
    negative = style?.applied(toNegative: wish.negative) ?? wish.negative
    self.style = style?.name
    self.request = request
  }

  /// The same order with the picture that it starts from.
  func starting(from picture: Picture) -> Order {
    var order = self
    order.request.reference = Reference(picture: picture, strength: wish.strength ?? 0.75)
    return order
  }

  /// The order for the picture so many places further: the same with another seed.
  func following(_ places: Int) -> Order {
    var order = self
    order.request.seed += UInt64(places)
    return order
  }
}
