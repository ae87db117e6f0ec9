import Families
import Guardrail
import Images
import Sampling
import System
import Tensors

/// A picture that was asked for, in a model's words: what the guardrail is to judge.
package struct OrderDraft: Sendable {
  /// What was said, with steps, guidance, seed and strength filled in.
  package let settings: PictureSettings
  package let model: Model
  package let style: Style?
  /// What the model is given: the prompts in the style.
  package let prompt: String
  /// What was typed, in the style; the model may be given fewer words of it.
  package let typedPrompt: String
  /// Nil where none was given.
  package let negative: String?
  /// A sentence about what was filled in unexpectedly.
  package let note: String?
  /// Sentences about what of the prompt the model cannot paint.
  package let shortfalls: [String]

  /// Fills in what the settings leave open; a missing seed is drawn.
  ///
  /// - Throws: ``UserError/request(_:)`` where this model cannot meet them.
  package init(_ settings: PictureSettings, model: Model) throws {
    try settings.check()
    guard settings.deepCache == 1 || model.family.reusesFeatures else {
      throw UserError.request("`deep-cache` is for UNets; \(model.name) has another denoiser.")
    }
    try settings.checkReferences(model)
    try settings.checkMask(model)
    try settings.checkControls(model)
    try settings.checkSecondPass(model)
    try settings.checkStyle(model)
    let style = try settings.style.map(model.defaults.style)
    try settings.checkTransparency(model, style)
    var filled = settings
    filled.seed = settings.seed ?? UInt64.random(in: 0..<1 << 32)
    // A LoRA that makes few steps of many has the last word.
    let adapter = settings.loras.wishes.first { model.family.fewSteps(named: $0.stem) != nil }?.stem
    let fewSteps = adapter.flatMap(model.family.fewSteps) ?? model.fewSteps
    if let fewSteps { filled.follow(fewSteps) }
    filled.steps = filled.timesteps?.values.count ?? settings.steps ?? fewSteps?.steps ?? model.defaults.steps
    filled.guidance = settings.guidance ?? fewSteps?.guidance ?? model.defaults.guidance
    if let wished = settings.guidance, wished > 1, !model.family.embedsGuidance, model.family.guidanceScale(wished) <= 1
    {
      note = "\(model.name) was distilled to paint without guidance: `guidance` changes nothing."
    } else {
      note =
        fewSteps == nil || settings.steps != nil && settings.guidance != nil
        ? nil : filled.fewStepsNote(adapter ?? model.name)
    }
    if !settings.references.isEmpty, model.family.referenceUse == .start {
      filled.strength =
        settings.strength ?? (settings.masks ? 1 : model.defaults.strength ?? PictureSettings.standardStrength)
    }
    if !settings.styleFrom.isEmpty {
      let isGuided = model.family.guidanceScale(filled.guidance ?? 1) > 1
      filled.styleMethod = settings.styleMethod ?? filled.standardStyleMethod(model, isGuided: isGuided)
    }
    if settings.hires != nil { filled.fillSecondPass(model) }
    filled.style = style?.name
    if filled.precision == nil, model.defaults.precision != .float32 {
      filled.precision = model.defaults.precision.isFast ? model.defaults.precision : .float32
    }
    self.settings = filled
    self.model = model
    self.style = style
    let wording =
      settings.promptSyntax == .plain ? try model.family.wording(of: settings.prompt) : Wording(settings.prompt)
    shortfalls = wording.shortfalls
    guard !settings.isStrict || shortfalls.isEmpty else {
      throw UserError.request(shortfalls.joined(separator: " "))
    }
    prompt = style?.applied(to: wording.text) ?? wording.text
    typedPrompt = style?.applied(to: settings.prompt) ?? settings.prompt
    negative = style.map { $0.applied(toNegative: settings.negative) } ?? settings.negative
  }
}

extension PictureSettings {
  /// - Throws: ``UserError/request(_:)`` where the model has another use for pictures.
  fileprivate func checkReferences(_ model: Model) throws(UserError) {
    switch model.family.referenceUse {
    case .start:
      guard references.paths.count <= 1 else {
        throw .request(
          "`reference` names \(references.paths.count) pictures; \(model.name) starts from one, and edits none.")
      }
    case .subject:
      guard strength == nil else {
        throw .request(
          "\(model.name) does not start from a `reference`: it looks at it and paints anew what the prompt says of it. Leave out `strength`."
        )
      }
    }
  }

  /// - Throws: ``UserError/request(_:)`` where the background cannot be left out.
  fileprivate func checkTransparency(_ model: Model, _ style: Style?) throws(UserError) {
    guard isTransparent else { return }
    guard model.family.cutsOut else {
      throw .request(
        "`transparent` needs a model that paints things on plain backgrounds, as the bundled one does; \(model.name) does not."
      )
    }
    guard references.isEmpty else { throw .request("`transparent` is for pictures without a `reference`.") }
    guard promptSyntax == .plain else { throw .request("`transparent` reads the plain prompt syntax only.") }
    if let style, style.finish != nil {
      throw .request("`transparent` does not go with the style \(style.name), which covers the whole picture.")
    }
  }

  /// - Throws: ``UserError/request(_:)`` where a mask makes no sense, or is missing.
  fileprivate func checkMask(_ model: Model) throws(UserError) {
    guard masks else {
      guard model.family.maskUse != .denoiser else {
        throw .request(
          "\(model.name) is an inpainting model: it paints a part of a picture anew. Name the picture by `reference` and the part by `mask` or `outpaint`."
        )
      }
      return
    }
    guard !references.isEmpty else {
      throw .request("`mask` and `outpaint` say what to paint anew of a picture; name that by `reference`.")
    }
    guard model.family.maskUse != .none else {
      throw .request(
        "\(model.name) takes no `mask` or `outpaint`: say in the prompt what is to change of the `reference`.")
    }
  }

  /// - Throws: ``UserError/request(_:)`` where the model cannot be controlled, or was opened without what controls it.
  fileprivate func checkControls(_ model: Model) throws(UserError) {
    guard !controls.wishes.isEmpty || !pictures.wishes.isEmpty else { return }
    try model.requireControllable()
    guard model.controls.count == controlModels.names.count, model.pictureAdapters.count == pictureAdapters.names.count
    else {
      throw .request("\(model.name) was opened without the networks that `control-model` and `ip-adapter` name.")
    }
  }

  /// - Throws: ``UserError/request(_:)`` where the model's attention cannot take a style on.
  fileprivate func checkStyle(_ model: Model) throws(UserError) {
    guard styleMethod == .attention else { return }
    guard model.family.attendsToStyles else {
      throw .request(
        "`style-method` attention is for Stable Diffusion 1, 2 and XL; \(model.name) takes styles by `style-method` magenta."
      )
    }
    guard styleFrom.paths.count == 1 else {
      throw .request("`style-method` attention takes the style of one picture; magenta mixes several.")
    }
    guard deepCache == 1 else {
      throw .request("`style-method` attention needs all layers at each step; leave out `deep-cache`.")
    }
  }

  /// - Throws: ``UserError/request(_:)`` where the model cannot paint twice.
  fileprivate func checkSecondPass(_ model: Model) throws(UserError) {
    guard hires != nil else { return }
    guard model.defaults.learnedSizes.isEmpty else {
      throw .request(
        "`hires` needs a model that paints any size; \(model.name) paints only those that it learned. `upscale` makes its pictures larger."
      )
    }
    guard references.isEmpty || model.family.referenceUse == .subject else {
      throw .request(
        "`hires` paints twice from noise; with a `reference` there is one pass already. Leave one of them out.")
    }
    if case .latent = hiresUpscaler, !model.family.enlargesLatents {
      throw .request(
        "The latents of \(model.name) stand for squares of pixels and cannot be enlarged; take `hires-upscaler` lanczos or a network."
      )
    }
  }

  /// What was left open of the second pass; pictures say all of it.
  fileprivate mutating func fillSecondPass(_ model: Model) {
    hiresStrength = hiresStrength ?? Self.standardHiresStrength
    hiresSteps = hiresSteps ?? standardHiresSteps
    hiresUpscaler = hiresUpscaler ?? (model.family.enlargesLatents ? .latent(.bilinear) : .lanczos)
  }

  /// Takes a distilled model's sampler where nothing was said of how to sample.
  fileprivate mutating func follow(_ fewSteps: FewSteps) {
    guard let name = fewSteps.sampler, sampler == .model, spacing == nil, schedule == .model, timesteps == nil, eta == 0
    else { return }
    sampler = name
    spacing = fewSteps.spacing
    eta = fewSteps.eta
    if steps == nil { timesteps = fewSteps.timesteps.map(TimestepList.init) }
  }

  fileprivate func fewStepsNote(_ model: String) -> String {
    let count = steps ?? 1
    let scale = guidance ?? 1
    return
      "\(model) is named as a model of few steps: \(count) step\(count == 1 ? "" : "s") with \(scale > 1 ? "a guidance of \(scale)" : "no guidance")\(sampler == .model ? "" : " by \(sampler.rawValue)"); `steps`, `guidance` and `sampler` say otherwise."
  }
}

/// Networks beside the model's own that settings ask for.
package struct PictureTools: Sendable {
  /// Looks at pictures, whatever the model; nil where there is none.
  package var filter: PictureFilter?
  package var upscaler: PictureUpscaler?
  /// Enlarges the first of two passes.
  package var hiresUpscaler: PictureUpscaler?
  package var styles: StyleTransfer?

  package init(
    filter: PictureFilter? = nil, upscaler: PictureUpscaler? = nil, hiresUpscaler: PictureUpscaler? = nil,
    styles: StyleTransfer? = nil
  ) {
    (self.filter, self.upscaler, self.hiresUpscaler, self.styles) = (filter, upscaler, hiresUpscaler, styles)
  }
}

/// One picture to be painted, with everything decided: approved, parsed and planned.
package struct Order: Sendable {
  package private(set) var settings: PictureSettings
  package let model: Model
  package let style: Style?
  /// A sentence about what was filled in unexpectedly.
  package let note: String?
  /// What of the prompt the model cannot paint, in one line; nil where it can paint all.
  package let shortfall: String?
  package let prompt: ApprovedPrompt
  package let scene: Scene
  /// Nil where the picture is painted once.
  package let secondPass: SecondPass?
  package let referenceSizes: [PictureSize]
  package let inversions: TextualInversions
  /// The pictures that it starts from, or that the prompt speaks of.
  package private(set) var references: [Picture] = []
  /// What is painted anew of the first, its edges soft, of the same size; nil for all.
  package private(set) var mask: Mask?
  /// Where what is painted goes, if it is a part of the reference alone.
  private(set) var frame: Frame?
  /// Those that control, as they were read.
  private var controlPictures: [Picture] = []
  /// Those that are followed beside the prompt, as they were read.
  private var followedPictures: [Picture] = []
  /// In whose style the painted picture is painted over.
  package private(set) var styles: [Picture] = []
  package let tools: PictureTools

  /// - Parameters:
  ///   - prompt: The draft's texts, let pass by the guardrail.
  ///   - referenceSizes: Of the pictures that the settings name, which ``starting(from:)`` takes.
  ///   - controlSizes: Of those that control.
  ///   - inversions: Textual inversions whose words stand for their vectors.
  ///   - tools: What the settings ask for beside the model.
  /// - Throws: A sentence where the prompt's syntax makes no sense or the size cannot be painted.
  package init(
    _ draft: OrderDraft, _ prompt: ApprovedPrompt, referenceSizes: [PictureSize] = [],
    controlSizes: [PictureSize] = [], inversions: TextualInversions = TextualInversions(),
    tools: PictureTools = PictureTools()
  ) throws {
    precondition(
      prompt.prompt.text == draft.prompt && prompt.negative?.text == draft.negative,
      "Order: the prompt approved is another")
    settings = draft.settings
    model = draft.model
    style = draft.style
    note = draft.note
    shortfall = draft.shortfalls.isEmpty ? nil : draft.shortfalls.joined(separator: " ")
    self.prompt = prompt
    let sizes = referenceSizes.map { draft.settings.outpaint?.size(of: $0) ?? $0 }
    let widths = draft.model.family.textWidths
    guard inversions.all.isEmpty || !widths.isEmpty else {
      throw UserError.request("\(draft.model.name) takes no textual inversions (`embedding`).")
    }
    for inversion in inversions.all { _ = try inversion.tables(widths: widths) }
    self.inversions = inversions
    self.tools = tools
    scene = try draft.model.family.scene(
      prompt,
      SceneWish(
        size: draft.settings.framedSizeWish(reference: sizes.first ?? controlSizes.first),
        syntax: draft.settings.promptSyntax, hasReference: !draft.settings.references.isEmpty,
        isTransparent: draft.settings.isTransparent, inversions: inversions))
    self.referenceSizes = sizes
    secondPass = try SecondPass(settings, first: scene.size, multiple: draft.model.family.latents.sizeMultiple)
    for (index, wish) in settings.controls.wishes.enumerated() {
      for size in scene.parts.map(\.size) + [secondPass?.size.painted].compactMap(\.self) {
        try controlModel(index).check(wish.kind, size: size)
      }
    }
    try checkEnlargement()
  }

  /// - Throws: ``UserError/request(_:)`` where the picture would become larger than limn writes.
  private func checkEnlargement() throws(UserError) {
    let (width, height) = (size.written.width * enlargement, size.written.height * enlargement)
    guard enlargement == 1 || (max(width, height) <= PictureLimits.side && width * height <= PictureLimits.pixels)
    else {
      throw .request(
        "`upscale` \(enlargement) would make \(width)x\(height) pixels of \(size.written), more than limn writes; take less."
      )
    }
  }

  /// Of the last pass.
  package var size: SizePlan { secondPass?.size ?? scene.size }
  /// How many times larger the painted picture becomes, along each side.
  package var enlargement: Int { settings.upscale ?? 1 }

  /// The picture in whose style attention paints; nil where none does.
  var attendedStyle: Picture? { settings.styleMethod == .attention ? styles.first : nil }

  /// The network that the control of that number is for.
  private func controlModel(_ index: Int) -> ControlModel { model.controls[model.controls.count == 1 ? 0 : index] }

  /// What controls a part of that size.
  func controls(size: PictureSize) -> [ControlInput] {
    zip(settings.controls.wishes, controlPictures).enumerated().map { index, control in
      let (wish, whole) = control
      let picture = frame.map { $0.picture.size == whole.size ? whole.cropped(to: $0.region) : whole } ?? whole
      return ControlInput(
        controlModel(index), kind: wish.kind, picture: wish.kind.prepared(picture.covering(size)),
        weight: wish.weight, range: wish.range)
    }
  }

  /// Every picture that it was given, the mask aside: what is looked at before work begins.
  package var givenPictures: [Picture] { references + controlPictures + followedPictures + styles }

  /// What is followed beside the prompt.
  var followed: [PictureInput] {
    let adapters = model.pictureAdapters
    let inputs = zip(settings.pictures.wishes, followedPictures).enumerated().map { index, followed in
      PictureInput(adapters[adapters.count == 1 ? 0 : index], pictures: [followed.1], weight: followed.0.weight)
    }
    return PictureInput.joined(inputs.filter { $0.weight != 0 })
  }

  /// Says that a reference is painted much smaller than it is, which nobody asked for; nil where it is not.
  var shrinkingNote: String? {
    guard model.family.referenceUse == .start, settings.maskPadding == nil, let whole = referenceSizes.first,
      settings.width == nil,
      settings.size == nil, settings.megapixels == nil, whole.pixels > 2 * size.written.pixels
    else { return nil }
    return
      "The reference has \(whole) pixels, more than \(model.name) paints well; it is painted as \(size.written). `width` and `height` say otherwise."
  }

  package var seed: UInt64 { settings.seed ?? 0 }
  package var steps: Int { settings.steps ?? 1 }
  /// As it was wished for.
  package var guidanceScale: Double { settings.guidance ?? 1 }
  package var guidance: Guidance {
    Guidance(
      scale: model.family.guidanceScale(guidanceScale), end: settings.guidanceEnd, rescale: settings.guidanceRescale)
  }
  package var precision: Precision { settings.precision ?? .float32 }
  /// Whether there are two predictions a step.
  package var isGuided: Bool { guidance.scale > 1 }
  /// The sizes of pictures that the model looks at while it paints.
  package var seenReferences: [PictureSize] { model.family.referenceUse == .subject ? referenceSizes : [] }
  /// What is done to the painted picture.
  package var finish: Finish? { style?.finish }
  /// What the model reads, without the marks of weights: what a picture of it is to match.
  package var plainPrompt: String {
    scene.parts.count == 1 ? scene.parts[0].prompt.plain : prompt.prompt.text
  }

  /// The same order with the pictures that it names, as they were read.
  ///
  /// - Throws: ``UserError/request(_:)`` where the mask is of another size or leaves nothing to paint.
  package func starting(from inputs: OrderInputs) throws(UserError) -> Order {
    var order = self
    order.references = inputs.references
    order.controlPictures = inputs.controls
    order.followedPictures = inputs.pictures
    order.styles = inputs.styles
    order.mask = nil
    order.frame = nil
    guard settings.masks, let picture = inputs.references.first else { return order }
    if let mask = inputs.mask, mask.size != picture.size {
      throw .request("The mask has \(mask.size) pixels, the reference \(picture.size): make one as large as the other.")
    }
    let whole = settings.outpaint?.extended(picture) ?? picture
    let mask = settings.outpaint?.mask(of: picture.size, inputs.mask) ?? inputs.mask
    guard let mask, !mask.isEmpty else {
      throw .request("The mask leaves nothing to paint: white is painted anew, and it has none.")
    }
    let soft = mask.blurred(radius: settings.maskBlur)
    order.references[0] = whole
    order.mask = soft
    if let padding = settings.maskPadding, let region = soft.region(padding: padding, aspect: size.painted) {
      order.frame = Frame(picture: whole, mask: soft, region: region)
      order.references[0] = whole.cropped(to: region)
      order.mask = soft.cropped(to: region)
    }
    return order
  }

  /// The same order, the pictures that it names to be read again.
  package var withoutInputs: Order {
    var order = self
    order.references = []
    order.frame = nil
    order.controlPictures = []
    order.followedPictures = []
    order.styles = []
    order.mask = nil
    return order
  }

  /// The order for the picture so many places further: the same with another seed.
  package func following(_ places: Int) -> Order {
    var order = self
    order.settings.seed = seed &+ UInt64(places)
    return order
  }

  /// How latents become a picture, step by step.
  /// - Throws: `SamplingError` where sampler, schedule and steps do not go together.
  package func sampler() throws -> Sampler {
    try Sampler(
      settings.sampler, configuration: model.family.scheduler, steps: steps, schedule: settings.schedule,
      spacing: settings.spacing, timesteps: settings.timesteps?.values, eta: settings.eta,
      start: settings.strength.map { .picture(strength: $0) } ?? .noise,
      pipeline: model.family.habits(for: scene.size.painted))
  }

  /// The same for a second pass.
  func sampler(of pass: SecondPass) throws -> Sampler {
    try Sampler(
      settings.sampler, configuration: model.family.scheduler, steps: pass.steps, schedule: settings.schedule,
      spacing: settings.spacing, timesteps: settings.timesteps?.values, eta: settings.eta,
      start: .secondPass(strength: pass.strength), pipeline: model.family.habits(for: pass.size.painted))
  }
}
