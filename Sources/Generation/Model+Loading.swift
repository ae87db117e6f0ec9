import Checkpoints
import Foundation
import JSON
import Networks
import Sampling
import Tensors
import Tokenizers

extension Model {
  /// Opens a diffusers folder.
  ///
  /// - Throws: A sentence when a part is missing, damaged, or of a kind that limn does not run.
  package convenience init(folder path: String, name: String) throws {
    let folder = try ModelFolder(path: path)
    let denoiserName = folder.components["transformer"] == nil ? "unet" : "transformer"
    let denoiserClass = folder.components[denoiserName]?.className ?? "none"
    let textConfiguration = try CLIPTextConfiguration(
      folder.configuration(of: "text_encoder"), origin: "\(path)/text_encoder/config.json")
    let denoiserConfiguration = try folder.configuration(of: denoiserName)
    let autoencoderConfiguration = try folder.configuration(of: "vae")
    let scheduler = try SchedulerConfiguration(folder.configuration(of: "scheduler"))

    let denoiser = try DenoiserKind(
      className: denoiserClass, configuration: denoiserConfiguration, origin: "\(path)/\(denoiserName)/config.json")
    let autoencoder = try AutoencoderKind(
      className: folder.components["vae"]?.className ?? "none", configuration: autoencoderConfiguration,
      origin: "\(path)/vae/config.json")
    let prior = try folder.prior()
    try denoiser.check(
      textEncoder: textConfiguration, prior: prior?.configuration, autoencoder: autoencoder, origin: path)

    let isConsistencyModel = folder.className?.hasPrefix("LatentConsistency") == true || denoiser.embedsGuidance
    var profile = ModelProfile(
      nativeEdge: denoiser.nativeLatentEdge * autoencoder.pixelsPerLatent, isConsistencyModel: isConsistencyModel)
    if let settings = folder.settings["limn"] { try profile.read(settings, origin: path) }
    let upscaler = try folder.upscaler()
    profile.enlargement = upscaler?.scale ?? 1

    let tokenizer = try CLIPTokenizer(folder: URL(fileURLWithPath: path).appending(path: "tokenizer"))
    try tokenizer.check(against: textConfiguration, origin: path)
    self.init(
      name: name, folder: folder, profile: profile, tokenizer: tokenizer, scheduler: scheduler,
      pipeline: isConsistencyModel ? .latentConsistency : .stableDiffusion,
      hashedFile: "\(path)/\(try folder.weights(of: denoiserName).origin)",
      traits: denoiser.traits(with: autoencoder),
      textEncoder: Part(from: { try folder.weights(of: "text_encoder") }) {
        try CLIPTextEncoder(textConfiguration, $0)
      },
      prior: prior?.part,
      denoiser: Part(from: { try folder.weights(of: denoiserName) }, denoiser.load),
      autoencoder: Part(from: { try folder.weights(of: "vae") }, autoencoder.load),
      upscaler: upscaler?.part, pictureSafety: try PictureSafety(folder, name: name))
  }

  /// Opens a single-file checkpoint of the original layout.
  ///
  /// - Parameter fallbackTokenizer: A folder with CLIP's vocabulary, which such a file does not carry.
  package convenience init(file path: String, name: String, fallbackTokenizer: String?) throws {
    let checkpoint = try SingleFileCheckpoint(path: path)
    let textConfiguration = try CLIPTextConfiguration(
      checkpoint.textEncoderConfiguration, origin: path)
    let denoiser = try DenoiserKind(
      className: "UNet2DConditionModel", configuration: checkpoint.unetConfiguration, origin: path)
    let autoencoder = try AutoencoderKind(
      className: "AutoencoderKL", configuration: checkpoint.autoencoderConfiguration, origin: path)
    guard checkpoint.unrecognised.isEmpty else {
      throw GenerationError.input(
        "\(path): limn does not know what to do with \(checkpoint.unrecognised.count) of its tensors, such as `\(checkpoint.unrecognised[0])`."
      )
    }
    guard let fallbackTokenizer else {
      throw GenerationError.input(
        "\(path) holds no vocabulary: put CLIP's vocab.json and merges.txt into a folder `tokenizer` beside it.")
    }
    let tokenizer = try CLIPTokenizer(folder: URL(fileURLWithPath: fallbackTokenizer))
    try tokenizer.check(against: textConfiguration, origin: path)
    self.init(
      name: name,
      profile: ModelProfile(
        nativeEdge: denoiser.nativeLatentEdge * autoencoder.pixelsPerLatent, isConsistencyModel: denoiser.embedsGuidance
      ),
      tokenizer: tokenizer,
      scheduler: try SchedulerConfiguration(checkpoint.schedulerConfiguration),
      pipeline: denoiser.embedsGuidance ? .latentConsistency : .stableDiffusion, hashedFile: path,
      traits: denoiser.traits(with: autoencoder),
      textEncoder: Part(from: { checkpoint.textEncoder }) { try CLIPTextEncoder(textConfiguration, $0) },
      denoiser: Part(from: { checkpoint.unet }, denoiser.load),
      autoencoder: Part(from: { checkpoint.autoencoder }, autoencoder.load),
      pictureSafety: .unchecked("a single file brings no safety checker"))
  }
}

extension ModelFolder {
  /// What drafts the model's pictures from their texts; nil where it brings none.
  fileprivate func prior() throws -> (part: Part<LatentPrior>, configuration: LatentPriorConfiguration)? {
    guard
      let settings = try optionalConfiguration(of: "prior", as: LatentPriorConfiguration.self, className: "LatentPrior")
    else {
      return nil
    }
    return (Part(from: { try weights(of: "prior") }, { try LatentPrior(settings, $0) }), settings)
  }

  /// The network that enlarges the model's pictures, and how many times; nil where it brings none.
  fileprivate func upscaler() throws -> (part: Part<SRVGGNetCompact>, scale: Int)? {
    guard
      let settings = try optionalConfiguration(
        of: "upscaler", as: SRVGGNetCompactConfiguration.self, className: "SRVGGNetCompact")
    else { return nil }
    return (Part(from: { try weights(of: "upscaler") }, { try SRVGGNetCompact(settings, $0) }), settings.upscale)
  }

  /// The shape of a part that a model need not have; nil where it brings none.
  private func optionalConfiguration<Settings: NetworkConfiguration>(
    of component: String, as _: Settings.Type, className: String
  ) throws -> Settings? {
    guard let found = components[component] else { return nil }
    guard found.className == className else {
      throw GenerationError.input(
        "\(path): limn does not run a \(component) of class \(found.className); it runs \(className).")
    }
    return try Settings(configuration(of: component), origin: "\(path)/\(component)/config.json")
  }
}

extension CLIPTokenizer {
  /// Every number that the tokenizer gives must have a row in the encoder's table.
  func check(against configuration: CLIPTextConfiguration, origin: String) throws {
    guard vocabularyCount <= configuration.vocabSize, maximumLength <= configuration.maxPositionEmbeddings else {
      throw GenerationError.input(
        "\(origin): the tokenizer has \(vocabularyCount) tokens in sequences of \(maximumLength), the text encoder takes \(configuration.vocabSize) in \(configuration.maxPositionEmbeddings)."
      )
    }
  }
}

/// The denoisers that limn runs, told by diffusers' class names.
private enum DenoiserKind: Sendable {
  case unet(UNetConfiguration)
  case pixArt(PixArtConfiguration)

  init(className: String, configuration: JSONValue, origin: String) throws {
    switch className {
    case "UNet2DConditionModel":
      let unet = try UNetConfiguration(configuration, origin: origin)
      guard !unet.needsAddedConditions else {
        throw GenerationError.input("\(origin): limn does not paint with Stable Diffusion XL yet.")
      }
      self = .unet(unet)
    case "PixArtTransformer2DModel": self = .pixArt(try PixArtConfiguration(configuration, origin: origin))
    default:
      throw GenerationError.input(
        "\(origin): limn does not run denoisers of class \(className) yet; it runs UNet2DConditionModel and PixArtTransformer2DModel."
      )
    }
  }

  @Sendable
  func load(_ weights: Weights) throws -> any Denoiser {
    switch self {
    case .unet(let configuration): try UNet(configuration, weights)
    case .pixArt(let configuration): try PixArtTransformer(configuration, weights)
    }
  }

  private var channels: (input: Int, context: Int) {
    switch self {
    case .unet(let configuration): (configuration.inChannels, configuration.crossAttentionDim)
    case .pixArt(let configuration): (configuration.inChannels, configuration.captionChannels)
    }
  }

  var nativeLatentEdge: Int {
    switch self {
    case .unet(let configuration): configuration.sampleSize
    case .pixArt(let configuration): configuration.sampleSize
    }
  }

  var patchSize: Int {
    switch self {
    case .unet: 1
    case .pixArt(let configuration): configuration.patchSize
    }
  }

  var embedsGuidance: Bool {
    if case .unet(let configuration) = self { configuration.timeCondProjDim != nil } else { false }
  }

  func traits(with autoencoder: AutoencoderKind) -> Model.Traits {
    Model.Traits(
      pixelsPerLatent: autoencoder.pixelsPerLatent, sizeMultiple: autoencoder.pixelsPerLatent * patchSize,
      decodingBytesPerLatent: autoencoder.decodingBytesPerLatent, embedsGuidance: embedsGuidance,
      needsMask: channels.input == DenoiserKind.inpaintingChannels(autoencoder))
  }

  /// Inpainting models take a mask and the masked picture's latents beside the latents.
  private static func inpaintingChannels(_ autoencoder: AutoencoderKind) -> Int { 2 * autoencoder.latentChannels + 1 }

  /// The parts of a model must fit each other.
  func check(
    textEncoder: CLIPTextConfiguration, prior: LatentPriorConfiguration?, autoencoder: AutoencoderKind, origin: String
  ) throws {
    guard channels.context == textEncoder.hiddenSize else {
      throw GenerationError.input(
        "\(origin): the denoiser expects text of width \(channels.context), the text encoder makes \(textEncoder.hiddenSize)."
      )
    }
    let latents = autoencoder.latentChannels
    if let prior {
      guard prior.textWidth == textEncoder.hiddenSize, prior.latentChannels == latents, channels.input == 2 * latents
      else {
        throw GenerationError.input(
          "\(origin): the prior makes \(prior.latentChannels) channels from text of width \(prior.textWidth); expected \(latents) from \(textEncoder.hiddenSize), which the denoiser, taking \(channels.input) channels, reads beside \(latents) noisy ones."
        )
      }
      return
    }
    guard channels.input == latents || channels.input == DenoiserKind.inpaintingChannels(autoencoder) else {
      throw GenerationError.input(
        "\(origin): the denoiser takes \(channels.input) channels, the autoencoder makes \(latents).")
    }
  }
}

/// The autoencoders that limn runs.
private enum AutoencoderKind: Sendable {
  case variational(AutoencoderKLConfiguration)
  case tiny(AutoencoderTinyConfiguration)

  init(className: String, configuration: JSONValue, origin: String) throws {
    switch className {
    case "AutoencoderKL": self = .variational(try AutoencoderKLConfiguration(configuration, origin: origin))
    case "AutoencoderTiny": self = .tiny(try AutoencoderTinyConfiguration(configuration, origin: origin))
    default:
      throw GenerationError.input(
        "\(origin): limn does not run autoencoders of class \(className) yet; it runs AutoencoderKL and AutoencoderTiny."
      )
    }
  }

  @Sendable
  func load(_ weights: Weights) throws -> any Autoencoder {
    switch self {
    case .variational(let configuration): try AutoencoderKL(configuration, weights)
    case .tiny(let configuration): try AutoencoderTiny(configuration, weights)
    }
  }

  var latentChannels: Int {
    switch self {
    case .variational(let configuration): configuration.latentChannels
    case .tiny(let configuration): configuration.latentChannels
    }
  }

  var pixelsPerLatent: Int {
    switch self {
    case .variational(let configuration): configuration.pixelsPerLatent
    case .tiny(let configuration): configuration.pixelsPerLatent
    }
  }

  var decodingBytesPerLatent: Int {
    switch self {
    case .variational(let configuration): configuration.decodingBytesPerLatent
    case .tiny(let configuration): configuration.decodingBytesPerLatent
    }
  }
}
