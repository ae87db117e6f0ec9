import Checkpoints
import Images
import Networks
import Sampling
import System
import Tensors

/// The UNet of a checkpoint with the latents that it works on: what Stable Diffusion's families have in common.
struct UNetPart: Sendable {
  let network: Part<UNet>
  let autoencoder: AutoencoderKind
  let latents: LatentFormat
  /// Edge of the square pictures that the model was trained on, in pixels.
  let nativeEdge: Int
  let embedsGuidance: Bool
  /// Whether it is a latent consistency model, by its pipeline or by what it embeds.
  let isConsistencyModel: Bool
  /// Whose timesteps a picture to start from gets: the pipeline's where the checkpoint names one.
  let habits: Sampler.Pipeline
  let maskUse: MaskUse
  private let configuration: UNetConfiguration
  private let control: ControlFile.Base
  private let origin: String

  /// - Parameters:
  ///   - preview: How latents look without a decoder, where there are four channels of them.
  ///   - textWidth: Of the text encoders' tokens.
  ///   - ignored: Keys of the autoencoder's configuration that diffusers' pipelines do not heed.
  /// - Throws: A sentence where a part is missing or does not fit the others.
  init(_ parts: any CheckpointParts, preview: LatentRGBFactors, textWidth: Int, ignoring ignored: Set<String>) throws {
    let configuration = try UNetConfiguration(
      parts.configuration(of: "unet"), origin: parts.configurationOrigin(of: "unet"))
    let autoencoder = try AutoencoderKind(parts, ignoring: ignored)
    let channels = autoencoder.latentChannels
    // Inpainting models take a mask and the masked picture's latents beside the latents.
    let isInpainting = configuration.inChannels == 2 * channels + 1
    guard configuration.inChannels == channels || isInpainting else {
      throw UserError.input(
        "\(parts.path): the denoiser takes \(configuration.inChannels) channels, the autoencoder makes \(channels).")
    }
    guard configuration.crossAttentionDim == textWidth else {
      throw UserError.input(
        "\(parts.path): the denoiser expects text of width \(configuration.crossAttentionDim), the text encoder makes \(textWidth)."
      )
    }
    network = Part(from: { try parts.weights(of: "unet") }, { try UNet(configuration, $0) })
    latents = LatentFormat(
      channels: channels, pixelsPerLatent: autoencoder.pixelsPerLatent, sizeMultiple: autoencoder.pixelsPerLatent,
      preview: channels == preview.latentChannels ? preview : nil)
    nativeEdge = configuration.sampleSize * autoencoder.pixelsPerLatent
    embedsGuidance = configuration.timeCondProjDim != nil
    isConsistencyModel = parts.pipelineClass?.hasPrefix("LatentConsistency") == true || embedsGuidance
    let isConsistencyPipeline = parts.pipelineClass?.hasPrefix("LatentConsistency") ?? embedsGuidance
    habits = isConsistencyPipeline ? .latentConsistency : .stableDiffusion
    maskUse = isInpainting ? .denoiser : .blending
    self.autoencoder = autoencoder
    self.configuration = configuration
    control = ControlFile.Base(
      configuration: try parts.configuration(of: "unet"), weights: { try parts.weights(of: "unet") })
    origin = parts.path
  }

  /// What ControlNets and T2I-Adapters are checked against.
  func controlBase(_ familyName: String) -> ControlBase {
    ControlBase(
      modelName: origin.weightsStem, familyName: familyName, configuration: configuration, source: control,
      latentChannels: latents.channels, pixelsPerLatent: latents.pixelsPerLatent)
  }

  /// - Parameter pooledWidth: Of what stands for a prompt as a whole; nil where the family has none.
  /// - Throws: A sentence where the UNet wants to be told something else beside the prompt.
  func check(pooledWidth: Int?, origin: String) throws {
    guard configuration.needsAddedConditions else { return }
    guard let pooledWidth, configuration.timeIDCount(pooledWidth: pooledWidth) == AddedConditions.sizeNumbers else {
      throw UserError.input(
        "\(origin): the denoiser wants to be told more than the prompt, of widths that its text encoders do not make.")
    }
  }

  /// - Parameter condition: A ``CLIPCondition``.
  func predictor(_ condition: any Condition, _ options: PredictorOptions) throws -> Predictor {
    guard let condition = condition as? CLIPCondition else { preconditionFailure("predictor: \(type(of: condition))") }
    // Before the denoiser is read: what sees pictures is large, and let go again.
    let seen = try options.pictures.map { try $0.model.prompt($0.pictures).weighted(Float($0.weight)) }
    let style = options.style
    let attention = style.map { ReferenceAttention(share: $0.share) }
    let plain = condition.contexts(beside: seen)
    let contexts = (both: plain.both.beside(attention), prompt: plain.prompt.beside(attention))
    let steering =
      options.controls.isEmpty ? nil : try ControlSteering(condition, options, latentChannels: latents.channels)
    let unet = try network.loaded(keeping: options.keptWeights, precision: options.precision)
    let guidance = Float(options.guidance)
    var evaluation = 0
    let features = options.deepCache > 1 ? DeepFeatures() : nil
    func predict(_ latents: Tensor, _ timestep: Float, _ context: TextContext) -> Tensor {
      if let attention, let style {
        let other = Tensor.concatenated(Array(repeating: style.latents[evaluation], count: latents.shape[0]))
        attention.seeing {
          _ = unet(
            other, timestep: timestep, context: context, guidance: guidance, features: nil, adding: UNetAdditions())
        }
      }
      let rests = features?.isKnown(batch: latents.shape[0]) == true
      return unet(
        latents, timestep: timestep, context: context, guidance: guidance, features: features,
        adding: steering?.additions(latents, timestep: timestep, rests: rests) ?? UNetAdditions())
    }
    return Predictor(
      single: { predict($0, $1, contexts.prompt) },
      pair: { predict(.concatenated([$0, $0]), $1, contexts.both) },
      begin: {
        evaluation = $0
        if evaluation % options.deepCache == 0 { features?.forget() }
        steering?.begin(evaluation)
      })
  }

  /// All but the text encoders and the autoencoder's weights.
  func bytes(
    _ size: SizePlan, isGuided: Bool, precision: Precision, controls: [ControlModel], pictures: [IPAdapterModel]
  ) throws -> StageBytes {
    let (height, width) = (
      size.painted.height / latents.pixelsPerLatent, size.painted.width / latents.pixelsPerLatent
    )
    let batch = isGuided ? 2 : 1
    var bytes = StageBytes(
      size, text: 0, denoiser: try network.tensorSizes(precision), precision: precision,
      sampling: configuration.activationBytes(latentHeight: height, latentWidth: width, batch: batch),
      autoencoder: 0, autoencoder)
    let lasting = controls.filter(\.worksAtEachStep)
    let passing = controls.filter { !$0.worksAtEachStep }
    bytes.seeing = try (pictures.map { try $0.size() } + passing.map { try $0.size() }).max() ?? 0
    bytes.control = try lasting.reduce(0) { try $0 + $1.size() }
    if !controls.isEmpty {
      // What one network makes is added to what the others made, and stays while the UNet works.
      bytes.sampling += 2 * configuration.skipBytes(latentHeight: height, latentWidth: width, batch: batch)
    }
    return bytes
  }
}
