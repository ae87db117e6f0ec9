import Guardrail
import Images
import Networks
import Sampling
import Tensors

/// Turns approved prompts into pictures with one model.
package struct Painter: Sendable {
  package let model: Model
  /// Whether the model will paint again: if so its networks stay in memory.
  package var keepsModel = false
  /// How to keep within the memory that there is.
  package var memory: MemoryPlan?
  /// Where encodings of prompts are kept that will be wanted again; nil to keep none.
  package var encodings: EncodingCache?

  package init(_ model: Model) {
    self.model = model
  }

  /// What a painter reports while it works.
  package enum Progress {
    case loading
    case encoding
    /// A denoiser evaluation is done: the count so far, their number, and the picture as it looks now, if asked for;
    /// there is none where the finished picture must pass the model's own safety checker.
    case sampling(done: Int, total: Int, preview: () -> Picture?)
    case decoding
  }

  /// A finished picture and how it came about.
  package struct Painting: Sendable {
    package let picture: Picture
    /// The sampler that was used, never `model`.
    package let sampler: SamplerName
    package var timings: StageTimings
    package var warnings: [String]
    package let safety: Safety
  }

  /// What the model's own safety checker made of a painting.
  package enum Safety: Sendable {
    /// The model brings none.
    case unchecked
    /// The policy has switched it off.
    case switchedOff
    case passed(PictureFinding)
    /// Unsafe, and blurred as the policy wants it.
    case blurred(PictureFinding, Verdict)
  }

  /// Paints one picture.
  ///
  /// - Parameter progress: Called as the work goes on; an error thrown there ends it.
  /// - Throws: `Refusal` where the model's own safety checker objects to the reference, before any work, or to the picture;
  ///   ``GenerationError``, or the error of the module whose input was at fault.
  package func paint(
    _ prompt: ApprovedPrompt, _ request: PaintingRequest, progress: (Progress) throws -> Void = { _ in }
  ) throws -> Painting {
    guard !model.traits.needsMask else {
      throw GenerationError.request(
        "\(model.name) is an inpainting model: it also needs a mask, which limn cannot give it yet.")
    }
    var timings = StageTimings()
    try progress(.loading)
    if let reference = request.reference {
      try timings.measure(\.load) { try check(reference: reference.picture, for: prompt) }
    }
    let sampler = try makeSampler(request)

    var warnings: [String] = []
    let latents = try latents(prompt, request, sampler, &warnings, &timings, progress)
    if !keepsModel { model.releaseDenoiser() }

    try progress(.decoding)
    let autoencoder = try timings.measure(\.load) { try model.autoencoder() }
    let painted = try timings.measure(\.decode) {
      let decoded = autoencoder.decode(latents, tileEdge: memory?.tileEdge)
      try check(decoded, madeBy: "autoencoder")
      return Picture(decoded: try enlarged(decoded, for: request.size))
    }
    let size = request.size.written
    let isRightSize = painted.width == size.width && painted.height == size.height
    let fitted = isRightSize ? painted : painted.fitted(width: size.width, height: size.height)
    let (picture, safety) = try timings.measure(\.decode) {
      let (picture, safety) = try checked(fitted, for: prompt)
      let grain = Double(size.width) / Double(request.size.painted.width)
      return (request.finish.map { picture.finished($0, grain: grain) } ?? picture, safety)
    }
    if case .blurred(let finding, _) = safety {
      warnings.append(
        "The model's own safety checker saw unsafe content in the picture, with a score of \(finding.score): it was blurred."
      )
    }
    if size.pixels > request.size.painted.pixels, model.profile.enlargement == 1 {
      warnings.append("\(model.name) paints \(request.size.painted) pixels; the picture was enlarged to \(size).")
    }
    return Painting(
      picture: picture, sampler: sampler.name, timings: timings, warnings: warnings, safety: safety)
  }

  /// A decoded picture as large as its upscaler makes it, or larger than wanted; as it is where the model has none.
  private func enlarged(_ decoded: Tensor, for size: SizePlan) throws -> Tensor {
    let goal = size.enlarged(by: model.profile.enlargement)
    guard goal != size.painted, let upscaler = try model.upscaler() else { return decoded }
    var picture = (decoded / 2 + 0.5).clamped(to: 0...1)
    while picture.shape[2] < goal.width {
      picture = upscaler(picture).clamped(to: 0...1)
      try check(picture, madeBy: "upscaler")
    }
    return picture * 2 - 1
  }

  /// Has the model's own safety checker look at a picture to start from; ``paint(_:_:progress:)`` does so too.
  ///
  /// - Throws: `Refusal` where it objects; a sentence where it cannot be run.
  package func check(reference: Picture, for prompt: ApprovedPrompt) throws {
    guard let check = model.pictureSafety.check, !prompt.skipsPictures else { return }
    defer { if !keepsModel { check.release() } }
    try prompt.judge(reference: check(reference))
  }

  /// The picture as it may be handed out.
  private func checked(_ picture: Picture, for prompt: ApprovedPrompt) throws -> (Picture, Safety) {
    guard let check = model.pictureSafety.check else { return (picture, .unchecked) }
    guard !prompt.skipsPictures else { return (picture, .switchedOff) }
    defer { if !keepsModel { check.release() } }
    let finding = try check(picture)
    guard let verdict = try prompt.judge(finding) else { return (picture, .passed(finding)) }
    return (picture.unrecognisable, .blurred(finding, verdict))
  }

  private func makeSampler(_ request: PaintingRequest) throws -> Sampler {
    try Sampler(
      request.sampler, configuration: model.scheduler, steps: request.steps, schedule: request.schedule,
      spacing: request.spacing, start: request.reference.map { .picture(strength: $0.strength) } ?? .noise,
      pipeline: model.pipeline)
  }

  /// diffusers guides only where the scale is above 1 and not an input of the network.
  private func isGuided(_ request: PaintingRequest) -> Bool {
    request.guidance > 1 && !model.traits.embedsGuidance
  }

  /// The final latents, `[1, height, width, channels]`: of the whole picture at once, or window by window.
  private func latents(
    _ prompt: ApprovedPrompt, _ request: PaintingRequest, _ sampler: Sampler, _ warnings: inout [String],
    _ timings: inout StageTimings, _ progress: (Progress) throws -> Void
  ) throws -> Tensor {
    let isChecked = model.pictureSafety.check != nil && !prompt.skipsPictures
    let reading = model.reading(of: prompt.prompt)
    guard let layout = request.layout, let layouts = model.profile.layouts else {
      let encoding = try encode(prompt.prompt, prompt.negative, request, &timings, progress)
      warnings = reading.warnings + encoding.warnings
      if !keepsModel { model.releaseTextEncoder() }
      return try sample(request, sampler, encoding, showsSteps: !isChecked, &timings, progress)
    }
    precondition(layout == reading.layout, "paint: the layout is not that of the prompt approved")
    let autoencoder = try timings.measure(\.load) { try model.autoencoder() }
    // In the units of the size plan, each of some latents.
    let unit = model.traits.sizeMultiple
    let latentsPerUnit = unit / autoencoder.pixelsPerLatent
    let canvas = layout.canvas(request.size.written.aspect, window: layouts.window / unit)
    let colour = layouts.backgrounds[layout.background]
    func plain(_ size: PictureSize) -> Tensor {
      autoencoder.encode(Picture(colour: colour, size: size).tensor, tileEdge: nil) { Tensor(shape: $0) }
    }
    let square = SizePlan(window: layouts.window)
    let plainWindow = plain(square.painted)
    var latents = plain(request.size.painted)
    var encodings: [String: PromptEncoding] = [:]
    for (index, (text, origin)) in zip(layout.prompts, canvas.origins).enumerated() {
      var part = request
      part.size = square
      part.seed = request.seed ^ UInt64(index) &* 0x9E37_79B9_7F4A_7C15
      let encoding = try encodings[text] ?? encode(text, prompt.negative, part, &timings, progress)
      encodings[text] = encoding
      let soFar = latents
      func placed(_ window: Tensor) -> Tensor {
        soFar.pasting(
          window.levelled(to: plainWindow), top: origin.top * latentsPerUnit, left: origin.left * latentsPerUnit)
      }
      latents = placed(
        try sample(part, sampler, encoding, showsSteps: !isChecked, &timings, shownAs: placed) { step in
          guard case .sampling(let done, let total, let preview) = step else { return try progress(step) }
          let count = layout.prompts.count
          try progress(.sampling(done: index * total + done, total: count * total, preview: preview))
        })
    }
    if !keepsModel { model.releaseTextEncoder() }
    return latents
  }

  private func encode(
    _ prompt: String, _ negative: String, _ request: PaintingRequest, _ timings: inout StageTimings,
    _ progress: (Progress) throws -> Void
  ) throws -> PromptEncoding {
    let key = EncodingCache.Key(prompt: prompt, negative: negative, request, isGuided: isGuided(request))
    if let known = encodings?[key] { return known }
    let (encoder, prior) = try timings.measure(\.load) { try (model.textEncoder(), model.prior()) }
    try progress(.encoding)
    let encoding = try timings.measure(\.encode) {
      try PromptEncoding(
        prompt: prompt, negative: negative, isGuided: isGuided(request), syntax: request.promptSyntax,
        clipSkip: request.clipSkip, tokenizer: model.tokenizer, encoder: encoder, prior: prior)
    }
    try check(encoding.context.embeddings, madeBy: "text encoder")
    if let drafts = encoding.drafts { try check(drafts, madeBy: "prior") }
    encodings?[key] = encoding
    return encoding
  }

  /// Encodes a prompt into ``encodings`` before it is painted; callable while another is painted.
  ///
  /// What is wrong with the prompt is said by ``paint(_:_:progress:)``.
  package func prepare(_ prompt: ApprovedPrompt, _ request: PaintingRequest) {
    guard encodings != nil else { return }
    var timings = StageTimings()
    for text in request.layout?.prompts ?? [prompt.prompt] {
      _ = try? encode(text, prompt.negative, request, &timings) { _ in }
    }
  }

  /// The final latents, `[1, height, width, channels]`.
  ///
  /// - Parameter shownAs: What a preview shows of unfinished latents: the picture of which they are a part.
  private func sample(
    _ request: PaintingRequest, _ sampler: Sampler, _ encoding: PromptEncoding, showsSteps: Bool,
    _ timings: inout StageTimings, shownAs whole: @escaping (Tensor) -> Tensor = { $0 },
    _ progress: (Progress) throws -> Void
  ) throws -> Tensor {
    try progress(.loading)
    let denoiser = try timings.measure(\.load) { try model.denoiser() }
    let autoencoder = try timings.measure(\.load) { try model.autoencoder() }
    let guidance = Float(request.guidance)
    let isGuided = isGuided(request)
    let guidedSteps = Int((request.guidanceEnd * Double(sampler.timesteps.count)).rounded(.up))
    let context = encoding.context
    lazy var promptContext = TextContext(context.embeddings.slice(1..<2))
    guard request.deepCache == 1 || denoiser.reusesFeatures else {
      throw GenerationError.request("--deep-cache is for UNets; \(model.name) has another denoiser.")
    }
    let features = request.deepCache > 1 ? DeepFeatures() : nil
    var evaluations = 0
    return try timings.measure(\.sample) {
      var random: any RandomSource =
        switch request.randomKind {
        case .torch: TorchRandom(seed: request.seed)
        case .cuda: PhiloxRandom(seed: request.seed)
        }
      let start = try startingLatents(request, sampler, autoencoder: autoencoder, random: &random)
      let drafts = try encoding.drafts.map { drafts in
        guard drafts.shape[1] <= start.shape[1], drafts.shape[2] <= start.shape[2] else {
          throw GenerationError.request(
            "\(model.name) paints pictures of at least \(drafts.shape[1] * autoencoder.pixelsPerLatent) pixels a side.")
        }
        return drafts.centred(in: start.shape)
      }
      try progress(.sampling(done: 0, total: sampler.timesteps.count, preview: { nil }))
      return try sampler.sample(
        from: start, random: &random,
        denoise: { input, timestep in
          if evaluations % request.deepCache == 0 { features?.forget() }
          let isGuided = isGuided && evaluations < guidedSteps
          evaluations += 1
          let noisy = isGuided ? Tensor.concatenated([input, input]) : input
          // The last prompt is the one to paint; the other is what guidance leads away from.
          let ownDrafts = isGuided || drafts?.shape[0] == 1 ? drafts : drafts?.slice(1..<2)
          var output = denoiser(
            ownDrafts.map(noisy.concatenatedChannels) ?? noisy, timestep: timestep,
            context: isGuided || context.embeddings.shape[0] == 1 ? context : promptContext, guidance: guidance,
            features: features)
          // Transformers that also predict a variance put it behind the prediction.
          if output.shape[3] > input.shape[3] { output = output.channels(0..<input.shape[3]) }
          guard isGuided else { return output }
          let (without, with) = (output.slice(0..<1), output.slice(1..<2))
          return without + guidance * (with - without)
        },
        onStep: { step in
          guard step.latents.isFinite else {
            throw GenerationError.input(
              "\(model.name): its denoiser made numbers that are no numbers at step \(step.index + 1) of \(step.count): its weights are damaged, or the guidance of \(request.guidance) is too strong for it."
            )
          }
          try progress(
            .sampling(
              done: step.index + 1, total: step.count,
              preview: { showsSteps ? autoencoder.preview(whole(step.predictedClean ?? step.latents)) : nil }))
        })
    }
  }

  /// Noise, or the reference's latents with noise, drawn in diffusers' order.
  private func startingLatents(
    _ request: PaintingRequest, _ sampler: Sampler, autoencoder: any Autoencoder, random: inout some RandomSource
  ) throws -> Tensor {
    let size = request.size.painted
    let scale = autoencoder.pixelsPerLatent
    let shape = [1, size.height / scale, size.width / scale, autoencoder.latentChannels]
    guard let reference = request.reference else {
      return sampler.startingLatents(noise: random.normalLatents(shape: shape))
    }
    let picture = reference.picture.covering(size)
    let tileEdge = memory?.tileEdge.map { $0 * scale }
    let latents = autoencoder.encode(picture.tensor, tileEdge: tileEdge) { random.normalLatents(shape: $0) }
    try check(latents, madeBy: "autoencoder")
    return sampler.startingLatents(picture: latents, noise: random.normalLatents(shape: shape))
  }

  /// Damaged weights show as numbers that are none; they spread, so the first part that makes them is the one to name.
  private func check(_ tensor: Tensor, madeBy part: String) throws {
    guard tensor.isFinite else {
      throw GenerationError.input(
        "\(model.name): its \(part) made numbers that are no numbers; the weights of the \(part) are damaged.")
    }
  }
}

extension Layout.Reading {
  /// What to say where a prompt that was read so is painted as a whole.
  fileprivate var warnings: [String] {
    switch self {
    case .whole: []
    case .things:
      [
        "Several things are laid out one by one only without a reference picture and in plain prompt syntax; this prompt is painted as one thing."
      ]
    case .tooMany: ["A picture holds at most \(Layout.most) things; this prompt is painted as one thing."]
    }
  }
}

extension Tensor {
  /// Each of the drafts, `[drafts, edge, edge, channels]`, in the middle of zeros as large as one picture's latents,
  /// `[1, height, width, channels]`.
  fileprivate func centred(in latents: [Int]) -> Tensor {
    let page = Tensor(shape: latents)
    let (top, left) = ((latents[1] - shape[1]) / 2, (latents[2] - shape[2]) / 2)
    return .concatenated((0..<shape[0]).map { page.pasting(slice($0..<$0 + 1), top: top, left: left) })
  }
}

extension Autoencoder {
  /// A quick look at unfinished latents; nil where only a costly decoding would show them.
  fileprivate func preview(_ latents: Tensor) -> Picture? {
    let pixels = latents.shape[1] * latents.shape[2] * pixelsPerLatent * pixelsPerLatent
    guard latents.isFinite else { return nil }
    if pixels <= 256 * 256 {
      let decoded = decode(latents, tileEdge: nil)
      return decoded.isFinite ? Picture(decoded: decoded) : nil
    }
    return latentChannels == 4 ? Picture(roughlyDecoding: latents) : nil
  }
}
