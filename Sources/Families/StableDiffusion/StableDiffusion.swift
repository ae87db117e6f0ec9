import Checkpoints
import Guardrail
import Images
import Networks
import Sampling
import Tensors

/// Stable Diffusion 1.x and 2.x, latent consistency models, and their small relatives (tiny-SD, BK-SDM, SDXS): one CLIP
/// text encoder, a UNet, an autoencoder (Rombach et al. 2022; diffusers' `StableDiffusionPipeline`).
package struct StableDiffusion: Family {
  package static let name = "Stable Diffusion"

  package static func matches(_ parts: any CheckpointParts) -> Bool {
    parts.className(of: "unet") == "UNet2DConditionModel" && !parts.has("text_encoder_2")
  }

  private let text: TextEncoderPart
  private let unet: UNetPart
  private let decoder: Part<any Autoencoder>
  package let latents: LatentFormat
  package let defaults: Defaults
  package let scheduler: SchedulerConfiguration

  package init(_ parts: any CheckpointParts) throws {
    text = try TextEncoderPart(parts, "text_encoder", tokenizer: "tokenizer", className: "CLIPTextModel")
    unet = try UNetPart(
      parts, preview: .stableDiffusion, textWidth: text.configuration.hiddenSize,
      ignoring: ["shift_factor", "latents_mean", "latents_std"])
    try unet.check(pooledWidth: nil, origin: parts.path)
    decoder = unet.autoencoder.part(of: parts)
    latents = unet.latents
    scheduler = try SchedulerConfiguration(parts.configuration(of: "scheduler"))
    var defaults = Defaults(
      nativeEdge: unet.nativeEdge, steps: unet.isConsistencyModel ? 4 : 20,
      guidance: unet.isConsistencyModel ? 1 : 7.5)
    if let settings = parts.settings["limn"] { try defaults.read(settings, origin: parts.path) }
    self.defaults = defaults
  }

  package var textWidths: [Int] { [text.configuration.hiddenSize] }
  package var embedsGuidance: Bool { unet.embedsGuidance }
  package var reusesFeatures: Bool { true }
  package var maskUse: MaskUse { unet.maskUse }
  package var attendsToStyles: Bool { unet.maskUse == .blending }
  package var controlBase: ControlBase? { unet.controlBase(Self.name) }

  package func condition(_ part: ScenePart, _ options: ConditionOptions) throws -> any Condition {
    let prompts = try CLIPPrompts(
      part, isGuided: options.isGuided, text.tokenizer, advice: "`prompt-syntax` a1111 reads all of it")
    let encoder = try text.encoder.loaded()
    let skips = try encoder.layersLeftOut(options.clipSkip, prompts)
    let inserted = try part.inserted(widths: textWidths)[0]
    let chunks = (0..<prompts.count).map { index in
      prompts.emphasised(
        encoder.states(prompts.sequences(index), leavingOut: skips, inserting: inserted), chunk: index)
    }
    return CLIPCondition(TextContext(.concatenatedTokens(chunks)), warnings: prompts.warnings)
  }

  package func predictor(_ condition: any Condition, _ options: PredictorOptions) throws -> Predictor {
    try unet.predictor(condition, options)
  }

  package func habits(for size: PictureSize) -> Sampler.Pipeline { unet.habits }

  package func autoencoder(_ precision: Precision) throws -> any Autoencoder {
    try decoder.loaded(precision: precision)
  }

  package func bytes(
    _ size: SizePlan, isGuided: Bool, references: [PictureSize], precision: Precision, controls: [ControlModel],
    pictures: [IPAdapterModel]
  ) throws -> StageBytes {
    var bytes = try unet.bytes(
      size, isGuided: isGuided, precision: precision, controls: controls, pictures: pictures)
    bytes.text = try text.encoder.size()
    bytes.autoencoder = try decoder.size()
    return bytes
  }

  package func release(_ stage: NetworkStage) {
    switch stage {
    case .text: text.encoder.release()
    case .denoiser: unet.network.release()
    }
  }

  package func requireReadable() throws { _ = try (text.encoder.loaded(), unet.network.loaded(), decoder.loaded()) }
}

extension CLIPTextEncoder {
  /// Encodings with the final norm, `[sequences, tokens, channels]`, of texts that each leave out so many layers.
  func states(_ sequences: [[Int]], leavingOut skips: [Int], inserting inserted: InsertedVectors? = nil) -> Tensor {
    guard Set(skips).count > 1 else { return self(sequences, skippedLayers: skips[0], inserting: inserted) }
    return .concatenated(zip(sequences, skips).map { self([$0], skippedLayers: $1, inserting: inserted) })
  }
}
