import Checkpoints
import Guardrail
import Images
import Networks
import Sampling
import System
import Tensors

/// Stable Diffusion XL and its relatives (Turbo, Lightning, SSD-1B, Vega ...): two CLIP text encoders, and a UNet that is
/// also told the prompt as a whole and the picture's size (Podell et al. 2023; diffusers' `StableDiffusionXLPipeline`).
package struct StableDiffusionXL: Family {
  package static let name = "Stable Diffusion XL"

  package static func matches(_ parts: any CheckpointParts) -> Bool {
    parts.className(of: "unet") == "UNet2DConditionModel" && parts.has("text_encoder_2")
  }

  /// The encoder of CLIP-L, whose tokens come first, and that of CLIP-bigG, which also tells the prompt as a whole.
  private let texts: (first: TextEncoderPart, second: TextEncoderPart)
  private let unet: UNetPart
  private let decoder: Part<any Autoencoder>
  /// Whether a negative prompt that was not given is all zeros rather than an empty text.
  private let zerosWithoutNegative: Bool
  package let latents: LatentFormat
  package let defaults: Defaults
  package let scheduler: SchedulerConfiguration

  package init(_ parts: any CheckpointParts) throws {
    guard parts.has("text_encoder") else {
      throw UserError.input(
        "\(parts.path) is the refiner of Stable Diffusion XL, which limn does not run: paint with a base model.")
    }
    texts = (
      try TextEncoderPart(parts, "text_encoder", tokenizer: "tokenizer", className: "CLIPTextModel"),
      try TextEncoderPart(
        parts, "text_encoder_2", tokenizer: "tokenizer_2", className: "CLIPTextModelWithProjection")
    )
    unet = try UNetPart(
      parts, preview: .stableDiffusionXL,
      textWidth: texts.first.configuration.hiddenSize + texts.second.configuration.hiddenSize,
      ignoring: ["shift_factor"])
    try unet.check(pooledWidth: texts.second.configuration.projectionDim, origin: parts.path)
    decoder = unet.autoencoder.part(of: parts)
    latents = unet.latents
    zerosWithoutNegative = parts.settings["force_zeros_for_empty_prompt"]?.bool ?? true
    scheduler = try SchedulerConfiguration(parts.configuration(of: "scheduler"))
    var defaults = Defaults(
      nativeEdge: unet.nativeEdge, steps: unet.isConsistencyModel ? 4 : 25,
      guidance: unet.isConsistencyModel ? 1 : 5)
    if let settings = parts.settings["limn"] { try defaults.read(settings, origin: parts.path) }
    self.defaults = defaults
  }

  package var textWidths: [Int] { [texts.first.configuration.hiddenSize, texts.second.configuration.hiddenSize] }
  package var embedsGuidance: Bool { unet.embedsGuidance }
  package var reusesFeatures: Bool { true }
  package var maskUse: MaskUse { unet.maskUse }
  package var attendsToStyles: Bool { unet.maskUse == .blending }
  package var controlBase: ControlBase? { unet.controlBase(Self.name) }

  package func condition(_ part: ScenePart, _ options: ConditionOptions) throws -> any Condition {
    let inserted = try part.inserted(widths: textWidths)
    let (first, second) = try (
      encoded(part, options, texts.first, inserted[0]), encoded(part, options, texts.second, inserted[1])
    )
    var states = first.states.concatenatedChannels(second.states)
    var pooled = Tensor.concatenated(second.pooled)
    if options.isGuided, isZeroed(part) {
      states = states.zeroingFirst()
      pooled = pooled.zeroingFirst()
    }
    return CLIPCondition(
      TextContext(states, added: AddedConditions(pooled: pooled, size: part.size)), warnings: first.warnings)
  }

  package func condition(_ condition: any Condition, for size: PictureSize) -> any Condition {
    guard let known = condition as? CLIPCondition, let added = known.context.added else { return condition }
    return CLIPCondition(
      TextContext(known.context.embeddings, added: AddedConditions(pooled: added.pooled, size: size)),
      warnings: known.warnings)
  }

  /// diffusers zeroes a negative prompt that was not given, A1111 an empty one too.
  private func isZeroed(_ part: ScenePart) -> Bool {
    guard zerosWithoutNegative else { return false }
    guard let negative = part.negative else { return true }
    return negative.syntax == .a1111 && negative.text.text.isEmpty
  }

  /// What one encoder makes of all chunks; the first chunk stands for the whole.
  private func encoded(
    _ part: ScenePart, _ options: ConditionOptions, _ text: TextEncoderPart, _ inserted: InsertedVectors?
  ) throws -> (states: Tensor, pooled: [Tensor], warnings: [String]) {
    let prompts = try CLIPPrompts(
      part, isGuided: options.isGuided, text.tokenizer, advice: "`prompt-syntax` a1111 reads all of it")
    let encoder = try text.encoder.loaded()
    let skips = try encoder.layersLeftOut(options.clipSkip, prompts)
    let chunks = (0..<prompts.count).map { index in
      let encodings = zip(prompts.sequences(index), skips).map {
        encoder.encode([$0], .plain(skippedLayers: 1 + $1), inserting: inserted)
      }
      return (
        states: prompts.emphasised(.concatenated(encodings.map(\.hiddenStates)), chunk: index),
        pooled: encodings.compactMap(\.pooled)
      )
    }
    return (.concatenatedTokens(chunks.map(\.states)), chunks[0].pooled, prompts.warnings)
  }

  package func predictor(_ condition: any Condition, _ options: PredictorOptions) throws -> Predictor {
    try unet.predictor(condition, options)
  }

  package func habits(for size: PictureSize) -> Sampler.Pipeline { .stableDiffusionXL }

  package func autoencoder(_ precision: Precision) throws -> any Autoencoder {
    try decoder.loaded(precision: precision)
  }

  package func bytes(
    _ size: SizePlan, isGuided: Bool, references: [PictureSize], precision: Precision, controls: [ControlModel],
    pictures: [IPAdapterModel]
  ) throws -> StageBytes {
    var bytes = try unet.bytes(
      size, isGuided: isGuided, precision: precision, controls: controls, pictures: pictures)
    bytes.text = try texts.first.encoder.size() + texts.second.encoder.size()
    bytes.autoencoder = try decoder.size()
    return bytes
  }

  package func release(_ stage: NetworkStage) {
    switch stage {
    case .text:
      texts.first.encoder.release()
      texts.second.encoder.release()
    case .denoiser: unet.network.release()
    }
  }

  package func requireReadable() throws {
    _ = try (texts.first.encoder.loaded(), texts.second.encoder.loaded(), unet.network.loaded(), decoder.loaded())
  }
}

extension Tensor {
  /// The same with zeros in the first entry of the first axis.
  fileprivate func zeroingFirst() -> Tensor {
    .concatenated([Tensor(shape: [1] + shape.dropFirst()), slice(1..<shape[0])])
  }
}

extension AddedConditions {
  /// No crop, and the original as large as what is painted.
  fileprivate init(pooled: Tensor, size: PictureSize) {
    let (height, width) = (Float(size.height), Float(size.width))
    self.init(
      pooled: pooled, timeIDs: Array(repeating: [height, width, 0, 0, height, width], count: pooled.shape[0]))
  }
}
