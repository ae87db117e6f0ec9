import Checkpoints
import Guardrail
import Images
import Networks
import Sampling
import System
import Tensors

/// Z-Image, Turbo and base (Z-Image Team 2025; diffusers' `ZImagePipeline`).
package struct ZImage: Family {
  package static let name = "Z-Image"

  package static func matches(_ parts: any CheckpointParts) -> Bool {
    parts.className(of: "transformer") == "ZImageTransformer2DModel"
  }

  private let text: ChatEncoderPart
  private let configuration: ZImageConfiguration
  private let network: Part<ZImageTransformer>
  private let autoencoderKind: AutoencoderKind
  private let decoder: Part<any Autoencoder>
  package let latents: LatentFormat
  package let defaults: Defaults
  package let scheduler: SchedulerConfiguration

  package init(_ parts: any CheckpointParts) throws {
    // The state before the last layer is read, so that one does not run.
    text = try ChatEncoderPart(parts, template: .thinking) { $0 - 1 }
    let configuration = try ZImageConfiguration(
      parts.configuration(of: "transformer"), origin: parts.configurationOrigin(of: "transformer"))
    guard configuration.capFeatDim == text.configuration.hiddenSize else {
      throw UserError.input(
        "\(parts.path): the denoiser expects text of width \(configuration.capFeatDim), the text encoder makes \(text.configuration.hiddenSize)."
      )
    }
    let autoencoder = try AutoencoderKind(parts)
    guard autoencoder.latentChannels == configuration.inChannels else {
      throw UserError.input(
        "\(parts.path): the denoiser takes \(configuration.inChannels) channels, the autoencoder makes \(autoencoder.latentChannels)."
      )
    }
    network = Part(from: { try parts.weights(of: "transformer") }, { try ZImageTransformer(configuration, $0) })
    decoder = autoencoder.part(of: parts)
    let preview = LatentRGBFactors.flux
    latents = LatentFormat(
      channels: configuration.inChannels, pixelsPerLatent: autoencoder.pixelsPerLatent,
      sizeMultiple: ZImageConfiguration.patchEdge * autoencoder.pixelsPerLatent,
      preview: configuration.inChannels == preview.latentChannels ? preview : nil)
    scheduler = try SchedulerConfiguration(parts.configuration(of: "scheduler"))
    var defaults = Defaults(nativeEdge: 1024, steps: 50, guidance: 5)
    defaults.precision = .bfloat16
    if let settings = parts.settings["limn"] { try defaults.read(settings, origin: parts.path) }
    self.defaults = defaults
    self.configuration = configuration
    autoencoderKind = autoencoder
  }

  package var embedsGuidance: Bool { false }
  package var reusesFeatures: Bool { false }

  /// As the pipeline counts: any guidance above 0 guides, by one more than elsewhere.
  package func guidanceScale(_ wished: Double) -> Double { wished > 0 ? wished + 1 : 1 }

  package func fewSteps(named name: String) -> FewSteps? { FewSteps(zImageNamed: name) }

  package func habits(for size: PictureSize) -> Sampler.Pipeline {
    .zImage(imageTokens: size.pixels / (latents.sizeMultiple * latents.sizeMultiple))
  }

  package func condition(_ part: ScenePart, _ options: ConditionOptions) throws -> any Condition {
    try condition(part, options) { _, _ in }
  }

  package func condition(
    _ part: ScenePart, _ options: ConditionOptions, progress: (Int, Int) throws -> Void
  ) throws -> any Condition {
    try text.condition(part, options, filledTo: nil, [text.layerCount], progress: progress)
  }

  package func predictor(_ condition: any Condition, _ options: PredictorOptions) throws -> Predictor {
    guard let condition = condition as? ChatCondition else {
      preconditionFailure("predictor: \(type(of: condition))")
    }
    let transformer = try network.loaded(keeping: options.keptWeights, precision: options.precision)
    let edge = latents.pixelsPerLatent
    func context(_ caption: Tensor) -> ZImageContext {
      transformer.context(
        caption: caption, height: options.size.height / edge, width: options.size.width / edge)
    }
    let prompt = context(condition.prompt)
    let negative = condition.negative.map(context)
    /// The network counts time from noise to picture, and its velocity the same way; samplers do the reverse.
    func velocity(_ latents: Tensor, _ timestep: Float, _ context: ZImageContext) -> Tensor {
      -transformer(latents, time: (1000 - timestep) / 1000, context: context)
    }
    return Predictor(
      single: { latents, timestep in velocity(latents, timestep, prompt) },
      pair: { latents, timestep in
        .concatenated([velocity(latents, timestep, negative ?? prompt), velocity(latents, timestep, prompt)])
      })
  }

  package func autoencoder(_ precision: Precision) throws -> any Autoencoder {
    try decoder.loaded(precision: precision)
  }

  package func bytes(
    _ size: SizePlan, isGuided: Bool, references: [PictureSize], precision: Precision, controls: [ControlModel],
    pictures: [IPAdapterModel]
  ) throws -> StageBytes {
    let tokens = size.painted.pixels / (latents.sizeMultiple * latents.sizeMultiple)
    return try StageBytes(
      size, text: text.bytes(), denoiser: network.tensorSizes(precision), precision: precision,
      sampling: configuration.activationBytes(
        tokens: ChatEncoderPart.maximumLength + ZImageConfiguration.filled(tokens)),
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
