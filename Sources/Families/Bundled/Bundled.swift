import Checkpoints
import Guardrail
import Images
import JSON
import Networks
import Sampling
import System
import Tensors

/// Small diffusion transformers with one CLIP text encoder, as the bundled model is: a `PixArtTransformer2DModel` that may
/// read a prior's drafts, paint several things window by window, and have its pictures enlarged by a network of its own.
package struct Bundled: Family {
  package static let name = "PixArt with CLIP (the bundled model)"

  package static func matches(_ parts: any CheckpointParts) -> Bool {
    parts.className(of: "transformer") == "PixArtTransformer2DModel"
      && parts.className(of: "text_encoder") == "CLIPTextModel"
  }

  private let path: String
  private let text: TextEncoderPart
  private let transformer: Part<PixArtTransformer>
  private let transformerLatents: (input: Int, patch: Int)
  private let prior: Part<LatentPrior>?
  let decoder: Part<any Autoencoder>
  private let decodingBytesPerLatent: Int
  private let upscaler: Part<SRVGGNetCompact>?
  /// How several things are painted by a model that knows single ones; nil for models that need no help.
  private let windows: Windows?
  /// What it was taught; nil for models that do not say.
  package let things: ThingListPart?
  package let latents: LatentFormat
  package let defaults: Defaults
  package let scheduler: SchedulerConfiguration
  package let embedsGuidance = false
  package let reusesFeatures = false

  package init(_ parts: any CheckpointParts) throws {
    path = parts.path
    text = try TextEncoderPart(parts, "text_encoder", tokenizer: "tokenizer", className: "CLIPTextModel")
    let configuration = try PixArtConfiguration(
      parts.configuration(of: "transformer"), origin: parts.configurationOrigin(of: "transformer"))
    let autoencoder = try AutoencoderKind(parts)
    let priorSettings: LatentPriorConfiguration? = try parts.optionalConfiguration(of: "prior", "LatentPrior")
    let upscalerSettings: SRVGGNetCompactConfiguration? = try parts.optionalConfiguration(
      of: "upscaler", "SRVGGNetCompact")
    try Bundled.check(
      configuration, text: text.configuration, prior: priorSettings, channels: autoencoder.latentChannels, parts.path)

    transformer = Part(from: { try parts.weights(of: "transformer") }, { try PixArtTransformer(configuration, $0) })
    transformerLatents = (configuration.inChannels, configuration.patchSize)
    prior = priorSettings.map { settings in
      Part(from: { try parts.weights(of: "prior") }, { try LatentPrior(settings, $0) })
    }
    upscaler = upscalerSettings.map { settings in
      Part(from: { try parts.weights(of: "upscaler") }, { try SRVGGNetCompact(settings, $0) })
    }
    decoder = autoencoder.part(of: parts)
    decodingBytesPerLatent = autoencoder.decodingBytesPerLatent
    let settings = parts.settings["limn"]
    latents = LatentFormat(
      channels: autoencoder.latentChannels, pixelsPerLatent: autoencoder.pixelsPerLatent,
      sizeMultiple: autoencoder.pixelsPerLatent * configuration.patchSize,
      preview: try settings?["preview"].map {
        try LatentRGBFactors($0, channels: autoencoder.latentChannels, origin: parts.path)
      })
    scheduler = try SchedulerConfiguration(parts.configuration(of: "scheduler"))
    var defaults = Defaults(
      nativeEdge: configuration.sampleSize * autoencoder.pixelsPerLatent, steps: 20, guidance: 7.5)
    if let settings { try defaults.read(settings, origin: parts.path) }
    defaults.enlargement = upscalerSettings?.upscale ?? 1
    self.defaults = defaults
    windows = try settings?["layouts"].map { try Windows($0, origin: parts.path) }
    things = settings?["things"]?.string.map { ThingListPart(path: "\(parts.path)/\($0)") }
  }

  /// The parts of a model must fit each other.
  private static func check(
    _ transformer: PixArtConfiguration, text: CLIPTextConfiguration, prior: LatentPriorConfiguration?, channels: Int,
    _ origin: String
  ) throws {
    guard transformer.captionChannels == text.hiddenSize else {
      throw UserError.input(
        "\(origin): the denoiser expects text of width \(transformer.captionChannels), the text encoder makes \(text.hiddenSize)."
      )
    }
    let inputs = transformer.inChannels
    guard let prior else {
      guard inputs == channels else {
        throw UserError.input(
          "\(origin): the denoiser takes \(inputs) channels, the autoencoder makes \(channels).")
      }
      return
    }
    guard prior.textWidth == text.hiddenSize, prior.latentChannels == channels, inputs == 2 * channels else {
      throw UserError.input(
        "\(origin): the prior makes \(prior.latentChannels) channels from text of width \(prior.textWidth); expected \(channels) from \(text.hiddenSize), which the denoiser, taking \(inputs) channels, reads beside \(channels) noisy ones."
      )
    }
  }

  // MARK: Prompts

  /// A model of single things knows neither the marks that end a sentence nor the digit 1, and of nouns what it was taught.
  package func wording(of typed: String) throws -> Wording {
    guard let windows else { return Wording(typed) }
    var words = Substring(typed)
    while let last = words.last, last.isWhitespace || ".!?…:;,".contains(last) { words.removeLast() }
    guard !words.isEmpty else { return Wording(typed) }
    let text = words.hasPrefix("1 ") ? Plural.withArticle(String(words.dropFirst(2))) : String(words)
    guard let things = try things?.loaded() else { return Wording(text) }
    return try PromptReader(things: things, backgrounds: Set(windows.backgrounds.keys)).wording(of: text)
  }

  package func scene(_ prompt: ApprovedPrompt, _ wish: SceneWish) throws -> Scene {
    let size = try defaults.size(wish.size, multiple: latents.sizeMultiple)
    guard let windows else { return try Scene(whole: prompt, wish, size: size) }
    let things = try things?.loaded()
    let backgrounds = Set(windows.backgrounds.keys)
    let single = SingleThing(prompt.prompt.text, backgrounds: backgrounds, places: things?.places ?? [:])
    // "two people holding hands" is one thing's name; "two hearts" counts.
    let isName = things?.isName(single.thing) ?? false
    let reading =
      isName
      ? .whole
      : Layout.reading(prompt.prompt.text, backgrounds: backgrounds, places: things?.places ?? [:]) { word in
        text.tokenizer.encode(word).count == 1
      }
    if var layout = reading.layout, !wish.hasReference, wish.syntax == .plain {
      let isPlain = layout.place == nil && layout.background == Layout.standardBackground
      guard isPlain || !wish.isTransparent else { throw Self.backgroundIsAskedFor }
      if !isPlain || wish.isTransparent { layout.ground = things?.ground(of: layout.things) ?? layout.ground }
      return try windows.scene(layout, prompt, wish, written: size.written, family: self)
    }
    if reading == .whole, !wish.hasReference, wish.syntax == .plain, wish.inversions.all.isEmpty {
      guard single.isPlain || !wish.isTransparent else { throw Self.backgroundIsAskedFor }
      if single.isPlain, single.isFlat || wish.isTransparent {
        let needsGround = wish.isTransparent || things?.isPale(single.thing) == true
        let ground =
          needsGround ? things?.ground(of: [single.thing]) ?? Layout.standardBackground : Layout.standardBackground
        let text = ground == Layout.standardBackground ? prompt.prompt.text : single.text(on: ground)
        return try windows.scene(of: text, prompt, wish, size: size)
      }
    }
    var scene = try Scene(whole: prompt, wish, size: size)
    scene.warnings = reading.warnings
    if wish.hasReference, things != nil { scene.warnings.append(Self.referenceNote) }
    return scene
  }

  private static let referenceNote =
    "The bundled model makes a picture of its own kind of the reference: it keeps colours and rough shapes, no details. `strength` says how much."

  private static let backgroundIsAskedFor = UserError.request(
    "`transparent` leaves the background out, and the prompt asks for one.")

  package var cutsOut: Bool { windows != nil }

  package func condition(_ part: ScenePart, _ options: ConditionOptions) throws -> any Condition {
    // A prior reads the first chunk alone.
    let advice = prior == nil ? "`prompt-syntax` a1111 reads all of it" : "Fewer words say more to this model"
    let prompts = try CLIPPrompts(part, isGuided: options.isGuided, text.tokenizer, advice: advice)
    let (encoder, prior) = try (text.encoder.loaded(), prior?.loaded())
    let skips = try encoder.layersLeftOut(options.clipSkip, prompts)
    var drafts: Tensor?
    let chunks = (0..<prompts.count).map { index in
      let sequences = prompts.sequences(index)
      let states = encoder.states(sequences, leavingOut: skips)
      if index == 0 { drafts = prior?(encoder.pooled(states, of: sequences)) }
      return prompts.emphasised(states, chunk: index)
    }
    return CLIPCondition(TextContext(.concatenatedTokens(chunks)), drafts: drafts, warnings: prompts.warnings)
  }

  // MARK: Networks

  package func predictor(_ condition: any Condition, _ options: PredictorOptions) throws -> Predictor {
    guard let condition = condition as? CLIPCondition else { preconditionFailure("predictor: \(type(of: condition))") }
    let network = try transformer.loaded(precision: options.precision)
    let edge = latents.pixelsPerLatent
    let channels = latents.channels
    let shape = [1, options.size.height / edge, options.size.width / edge, channels]
    let drafts = try condition.drafts.map { drafts in
      guard drafts.shape[1] <= shape[1], drafts.shape[2] <= shape[2] else {
        throw UserError.request("This model paints pictures of at least \(drafts.shape[1] * edge) pixels a side.")
      }
      return drafts.centred(in: shape)
    }
    let ownDrafts = drafts.map { $0.shape[0] == 1 ? $0 : $0.slice(1..<2) }
    func predict(_ noisy: Tensor, _ timestep: Float, _ drafts: Tensor?, _ context: TextContext) -> Tensor {
      let output = network(
        drafts.map(noisy.concatenatedChannels) ?? noisy, timestep: timestep, context: context, guidance: 1)
      // Transformers that also predict a variance put it behind the prediction.
      return output.shape[3] > channels ? output.channels(0..<channels) : output
    }
    return Predictor(
      single: { predict($0, $1, ownDrafts, condition.prompt) },
      pair: { predict(.concatenated([$0, $0]), $1, drafts, condition.context) })
  }

  package func habits(for size: PictureSize) -> Sampler.Pipeline { .stableDiffusion }

  package func autoencoder(_ precision: Precision) throws -> any Autoencoder {
    try decoder.loaded(precision: precision)
  }

  /// As large as the upscaler makes it, or larger than wanted; as it is where the model has none.
  package func enlarged(_ decoded: Tensor, to size: SizePlan) throws -> Tensor {
    let goal = size.enlarged(by: defaults.enlargement)
    guard goal != size.painted, let upscaler = try upscaler?.loaded() else { return decoded }
    var picture = (decoded / 2 + 0.5).clamped(to: 0...1)
    while picture.shape[2] < goal.width {
      picture = upscaler(picture).clamped(to: 0...1)
      guard picture.isFinite else {
        throw UserError.input("\(path): its upscaler made NaN values; the weights of the upscaler are damaged.")
      }
    }
    return picture * 2 - 1
  }

  package func bytes(
    _ size: SizePlan, isGuided: Bool, references: [PictureSize], precision: Precision, controls: [ControlModel],
    pictures: [IPAdapterModel]
  ) throws -> StageBytes {
    var bytes = StageBytes()
    bytes.text = try text.encoder.size() + (prior?.size() ?? 0)
    bytes.denoiser = try transformer.tensorSizes(precision).reduce(0, +)
    bytes.autoencoder = try decoder.size()
    bytes.latents = size.painted.pixels / (latents.pixelsPerLatent * latents.pixelsPerLatent)
    // Windows are encoded and sampled one after the other, and the plain ground before them all.
    let isLaidOut = windows != nil && size.painted.pixels > defaults.nativePixels
    let window = windows.map { $0.latents(latents) } ?? bytes.latents
    bytes.takesTurns = isLaidOut
    bytes.sampledLatents = isLaidOut ? window : bytes.latents
    bytes.sampling = bytes.sampledLatents * (isGuided ? 2 : 1) * Self.samplingBytesPerLatent
    bytes.decodingPerLatent = decodingBytesPerLatent
    let enlarged = size.enlarged(by: defaults.enlargement)
    bytes.enlarged = enlarged.pixels
    let tile = min(enlarged.pixels / 4, Self.enlargingTilePixels)
    bytes.enlarging =
      enlarged == size.painted
      ? 0 : tile * Self.enlargingBytesPerTilePixel + enlarged.pixels * Self.enlargingBytesPerPixel
    return bytes
  }

  /// Of the bundled model, measured: maps of one block and of the feed-forward part.
  private static let samplingBytesPerLatent = 20_000
  /// The upscaler's maps of a tile, and its pictures before and after in float32; of the bundled one, measured.
  private static let enlargingBytesPerTilePixel = 640
  private static let enlargingBytesPerPixel = 22
  private static let enlargingTilePixels = 276 * 276

  package func release(_ stage: NetworkStage) {
    switch stage {
    case .text:
      text.encoder.release()
      prior?.release()
    case .denoiser: transformer.release()
    }
  }

  package func requireReadable() throws {
    _ = try (
      text.encoder.loaded(), prior?.loaded(), transformer.loaded(), decoder.loaded(), upscaler?.loaded()
    )
  }
}

extension CheckpointParts {
  /// The shape of a part that a model need not have; nil where it brings none.
  fileprivate func optionalConfiguration<Settings: NetworkConfiguration>(
    of part: String, _ expected: String
  ) throws -> Settings? {
    guard let found = className(of: part) else { return nil }
    guard found == expected else {
      throw UserError.input("\(path): limn does not run a \(part) of class \(found); it runs \(expected).")
    }
    return try Settings(configuration(of: part), origin: configurationOrigin(of: part))
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

extension LatentRGBFactors {
  /// Reads what a model's `model_index.json` says under `limn.preview`.
  ///
  /// - Throws: ``UserError/input(_:)`` where it is not as documented in `docs/models.md`.
  fileprivate init(_ settings: JSONValue, channels: Int, origin: String) throws {
    func row(_ value: JSONValue?) -> [Float] { value?.array?.compactMap { $0.double.map(Float.init) } ?? [] }
    let factors = settings["factors"]?.array?.map(row) ?? []
    let bias = row(settings["bias"])
    guard factors.count == channels, (factors + [bias]).allSatisfy({ $0.count == 3 }) else {
      throw UserError.input(
        "\(origin): `limn.preview` in model_index.json is not \(channels) `factors` of three numbers and a `bias` of three."
      )
    }
    self.init(factors, bias: bias)
  }
}
