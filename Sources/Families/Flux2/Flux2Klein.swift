import Checkpoints
import Guardrail
import Images
import Networks
import Sampling
import System
import Tensors

/// FLUX.2 klein, distilled and base: text to picture, and pictures that the prompt speaks of (Black Forest Labs 2026;
/// diffusers' `Flux2KleinPipeline`).
package struct Flux2Klein: Family {
  package static let name = "FLUX.2 klein"

  package static func matches(_ parts: any CheckpointParts) -> Bool {
    parts.className(of: "transformer") == "Flux2Transformer2DModel"
  }

  private let text: ChatEncoderPart
  private let configuration: Flux2Configuration
  private let network: Part<Flux2Transformer>
  private let autoencoderKind: AutoencoderKind
  private let decoder: Part<any Autoencoder>
  /// Whether it was distilled to few steps without guidance.
  private let isDistilled: Bool
  package let latents: LatentFormat
  package let defaults: Defaults
  package let scheduler: SchedulerConfiguration

  /// The text encoder's states that are laid side by side (the pipeline's `text_encoder_out_layers`).
  private static let states = [9, 18, 27]

  package init(_ parts: any CheckpointParts) throws {
    text = try ChatEncoderPart(parts, template: .withoutThinking) { _ in Self.states[Self.states.count - 1] }
    let configuration = try Flux2Configuration(
      parts.configuration(of: "transformer"), origin: parts.configurationOrigin(of: "transformer"))
    let textWidth = Self.states.count * text.configuration.hiddenSize
    guard configuration.jointAttentionDim == textWidth else {
      throw UserError.input(
        "\(parts.path): the denoiser expects text of width \(configuration.jointAttentionDim), the text encoder makes \(textWidth)."
      )
    }
    let autoencoder = try AutoencoderKind(parts)
    guard [configuration.inChannels, configuration.outChannels].allSatisfy({ $0 == autoencoder.latentChannels }) else {
      throw UserError.input(
        "\(parts.path): the denoiser takes \(configuration.inChannels) channels and makes \(configuration.outChannels), the autoencoder makes \(autoencoder.latentChannels)."
      )
    }
    network = Part(from: { try parts.weights(of: "transformer") }, { try Flux2Transformer(configuration, $0) })
    decoder = autoencoder.part(of: parts)
    let preview = LatentRGBFactors.flux2
    latents = LatentFormat(
      channels: configuration.inChannels, pixelsPerLatent: autoencoder.pixelsPerLatent,
      sizeMultiple: autoencoder.pixelsPerLatent,
      preview: configuration.inChannels == preview.latentChannels ? preview : nil)
    isDistilled = parts.settings["is_distilled"]?.bool ?? false
    scheduler = try SchedulerConfiguration(parts.configuration(of: "scheduler"))
    var defaults = Defaults(nativeEdge: 1024, steps: isDistilled ? 4 : 50, guidance: isDistilled ? 1 : 4)
    defaults.precision = .bfloat16
    if let settings = parts.settings["limn"] { try defaults.read(settings, origin: parts.path) }
    self.defaults = defaults
    self.configuration = configuration
    autoencoderKind = autoencoder
  }

  package var embedsGuidance: Bool { false }
  package var reusesFeatures: Bool { false }
  package var referenceUse: ReferenceUse { .subject }
  package var maskUse: MaskUse { .none }
  package var drawsEncodings: Bool { false }
  /// Four of the autoencoder's lie in one.
  package var enlargesLatents: Bool { false }

  /// One takes 16 MB, two with guidance; others are read from their files.
  package var keptConditions: Int { 4 }

  package func guidanceScale(_ wished: Double) -> Double { isDistilled ? 1 : wished }
  /// The model itself says what it is.
  package func fewSteps(named name: String) -> FewSteps? { nil }

  package func habits(for size: PictureSize) -> Sampler.Pipeline {
    .flux2(imageTokens: size.pixels / (latents.pixelsPerLatent * latents.pixelsPerLatent))
  }

  package func scene(_ prompt: ApprovedPrompt, _ wish: SceneWish) throws -> Scene {
    var size = wish.size
    // The first picture's size, as far as the model looks at it.
    if case .like(let reference) = size {
      size = .like(try Flux2Reference.size(of: reference, multiple: latents.sizeMultiple))
    }
    return try Scene(whole: prompt, wish, size: defaults.size(size, multiple: latents.sizeMultiple))
  }

  package func condition(_ part: ScenePart, _ options: ConditionOptions) throws -> any Condition {
    try condition(part, options) { _, _ in }
  }

  package func condition(
    _ part: ScenePart, _ options: ConditionOptions, progress: (Int, Int) throws -> Void
  ) throws -> any Condition {
    try text.condition(part, options, filledTo: ChatEncoderPart.maximumLength, Self.states, progress: progress)
  }

  package func predictor(_ condition: any Condition, _ options: PredictorOptions) throws -> Predictor {
    guard let condition = condition as? ChatCondition else { preconditionFailure("predictor: \(type(of: condition))") }
    let references = try options.references.isEmpty ? [] : encoded(options.references, tileEdge: options.tileEdge)
    let transformer = try network.loaded(keeping: options.keptWeights, precision: options.precision)
    let edge = latents.pixelsPerLatent
    func context(_ text: Tensor) -> Flux2Context {
      transformer.context(
        text: text, references: references, height: options.size.height / edge, width: options.size.width / edge)
    }
    let prompt = context(condition.prompt)
    let negative = condition.negative.map(context)
    return Predictor(
      single: { latents, timestep in transformer(latents, timestep: timestep, context: prompt) },
      pair: { latents, timestep in
        // One after the other: thousands of tokens share no more work.
        let without = transformer(latents, timestep: timestep, context: negative ?? prompt)
        return .concatenated([without, transformer(latents, timestep: timestep, context: prompt)])
      })
  }

  /// The latents of pictures that the prompt speaks of, each `[1, height, width, channels]`.
  private func encoded(_ pictures: [Picture], tileEdge: Int?) throws -> [Tensor] {
    let autoencoder = try decoder.loaded()
    return try pictures.map { picture in
      let prepared = try Flux2Reference.prepared(picture, multiple: latents.sizeMultiple)
      // Nothing is drawn: the encoding is the most probable one.
      let encoding = try autoencoder.encode(
        prepared.tensor, tileEdge: tileEdge.map { $0 * latents.pixelsPerLatent }
      ) { Tensor(shape: $0) }
      guard encoding.isFinite else {
        throw UserError.input("The autoencoder made NaN values; its weights are damaged.")
      }
      return encoding
    }
  }

  package func autoencoder(_ precision: Precision) throws -> any Autoencoder {
    try decoder.loaded(precision: precision)
  }

  package func bytes(
    _ size: SizePlan, isGuided: Bool, references: [PictureSize], precision: Precision, controls: [ControlModel],
    pictures: [IPAdapterModel]
  ) throws -> StageBytes {
    let area = latents.pixelsPerLatent * latents.pixelsPerLatent
    let seen = try references.reduce(0) {
      $0 + (try Flux2Reference.size(of: $1, multiple: latents.sizeMultiple).pixels) / area
    }
    let tokens = ChatEncoderPart.maximumLength + size.painted.pixels / area + seen
    return try StageBytes(
      size, text: text.bytes(), denoiser: network.tensorSizes(precision), precision: precision,
      sampling: configuration.activationBytes(tokens: tokens),
      autoencoder: decoder.size(), autoencoderKind)
  }

  package func release(_ stage: NetworkStage) {
    switch stage {
    case .text: text.release()
    case .denoiser: network.release()
    }
  }

  package func requireReadable() throws {
    try text.requireReadable()
    _ = try (network.loaded(), decoder.loaded())
  }
}
