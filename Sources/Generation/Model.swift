import Checkpoints
import Foundation
import Networks
import Sampling
import Synchronization
import Tensors
import Tokenizers

/// A model ready to paint: opened and checked by its configuration, its networks read when first needed.
package final class Model: Sendable {
  package let name: String
  /// Where it was opened; nil for a single file.
  let folder: ModelFolder?
  package let profile: ModelProfile
  package let tokenizer: CLIPTokenizer
  package let scheduler: SchedulerConfiguration
  package let pipeline: Sampler.Pipeline
  /// The file whose hash names the model in metadata.
  package let hashedFile: String
  package let traits: Traits
  /// Who looks at the pictures that it paints.
  package let pictureSafety: PictureSafety

  /// What the configurations say, known before any weights are read.
  package struct Traits: Sendable {
    /// Pixels a latent, along each side.
    package let pixelsPerLatent: Int
    /// What the sides of a painted picture must be multiples of, in pixels.
    package let sizeMultiple: Int
    /// Memory that the autoencoder takes for each latent of a picture or tile, in bytes.
    package let decodingBytesPerLatent: Int
    /// Whether the guidance scale is an input of the denoiser.
    package let embedsGuidance: Bool
    /// Whether the denoiser is for inpainting.
    package let needsMask: Bool
  }

  private let textEncoderPart: Part<CLIPTextEncoder>
  private let priorPart: Part<LatentPrior>?
  private let denoiserPart: Part<any Denoiser>
  private let autoencoderPart: Part<any Autoencoder>
  private let upscalerPart: Part<SRVGGNetCompact>?

  init(
    name: String, folder: ModelFolder? = nil, profile: ModelProfile, tokenizer: CLIPTokenizer,
    scheduler: SchedulerConfiguration,
    pipeline: Sampler.Pipeline, hashedFile: String, traits: Traits,
    textEncoder: Part<CLIPTextEncoder>, prior: Part<LatentPrior>? = nil, denoiser: Part<any Denoiser>,
    autoencoder: Part<any Autoencoder>,
    upscaler: Part<SRVGGNetCompact>? = nil, pictureSafety: PictureSafety
  ) {
    self.traits = traits
    self.name = name
    self.folder = folder
    self.profile = profile
    self.tokenizer = tokenizer
    self.scheduler = scheduler
    self.pipeline = pipeline
    self.hashedFile = hashedFile
    textEncoderPart = textEncoder
    priorPart = prior
    denoiserPart = denoiser
    autoencoderPart = autoencoder
    upscalerPart = upscaler
    self.pictureSafety = pictureSafety
  }

  /// What of a prompt, with its style, is to be laid out; for models that need no help everything is painted as a whole.
  package func reading(of prompt: String) -> Layout.Reading {
    guard let layouts = profile.layouts else { return .whole }
    return Layout.reading(prompt, backgrounds: Set(layouts.backgrounds.keys)) { [tokenizer] in
      tokenizer.encode($0).count == 1
    }
  }

  package func textEncoder() throws -> CLIPTextEncoder { try textEncoderPart.loaded() }
  /// Nil where the model brings none.
  package func prior() throws -> LatentPrior? { try priorPart?.loaded() }
  package func denoiser() throws -> any Denoiser { try denoiserPart.loaded() }
  package func autoencoder() throws -> any Autoencoder { try autoencoderPart.loaded() }
  /// Nil where the model brings none.
  package func upscaler() throws -> SRVGGNetCompact? { try upscalerPart?.loaded() }

  /// Gives a part's memory back; it is read again when next needed.
  package func releaseTextEncoder() {
    textEncoderPart.release()
    priorPart?.release()
  }
  package func releaseDenoiser() { denoiserPart.release() }
  package func releasePictureCheck() { pictureSafety.check?.release() }

  /// What the weights take as they are stored.
  package struct WeightSizes: Sendable {
    /// In bytes, and of what reads along with it.
    package let textEncoder: Int
    package let denoiser: Int
    package let autoencoder: Int
    /// 0 where the model brings none.
    package let safetyChecker: Int
  }

  package func weightSizes() throws -> WeightSizes {
    try WeightSizes(
      textEncoder: textEncoderPart.size() + (priorPart?.size() ?? 0), denoiser: denoiserPart.size(),
      autoencoder: autoencoderPart.size(),
      safetyChecker: pictureSafety.check?.size() ?? 0)
  }

  /// Reads all networks that paint, which shows every damage of their weights.
  ///
  /// - Throws: A sentence about the first that cannot be used.
  package func requireReadable() throws {
    _ = try (textEncoder(), prior(), denoiser(), autoencoder(), upscaler())
  }
}

/// One network of a model, read from its checkpoint when first asked for.
final class Part<Network: Sendable>: Sendable {
  private let source: @Sendable () throws -> any TensorSource
  private let build: @Sendable (Weights) throws -> Network
  private let network = Mutex<Network?>(nil)

  /// - Parameters:
  ///   - source: Opens the checkpoint.
  ///   - build: Makes the network, which must read every tensor.
  init(
    from source: @escaping @Sendable () throws -> any TensorSource,
    _ build: @escaping @Sendable (Weights) throws -> Network
  ) {
    self.source = source
    self.build = build
  }

  /// Bytes of all its tensors as they are stored.
  func size() throws -> Int {
    let source = try source()
    return source.names.reduce(0) { total, name in total + ((try? source.stored(name))?.bytes.count ?? 0) }
  }

  func loaded() throws -> Network {
    try network.withLock { network in
      if let network { return network }
      let tracked = TrackedSource(try source())
      let made = try build(Weights(tracked))
      try tracked.requireAllRead()
      network = made
      return made
    }
  }

  func release() { network.withLock { $0 = nil } }
}
