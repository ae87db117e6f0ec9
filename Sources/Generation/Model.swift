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
  package let profile: ModelProfile
  package let tokenizer: CLIPTokenizer
  package let scheduler: SchedulerConfiguration
  package let pipeline: Sampler.Pipeline
  /// The file whose hash names the model in metadata.
  package let hashedFile: String

  private let textEncoderPart: Part<CLIPTextEncoder>
  private let denoiserPart: Part<any Denoiser>
  private let autoencoderPart: Part<any Autoencoder>

  init(
    name: String, profile: ModelProfile, tokenizer: CLIPTokenizer, scheduler: SchedulerConfiguration,
    pipeline: Sampler.Pipeline, hashedFile: String, textEncoder: Part<CLIPTextEncoder>, denoiser: Part<any Denoiser>,
    autoencoder: Part<any Autoencoder>
  ) {
    self.name = name
    self.profile = profile
    self.tokenizer = tokenizer
    self.scheduler = scheduler
    self.pipeline = pipeline
    self.hashedFile = hashedFile
    textEncoderPart = textEncoder
    denoiserPart = denoiser
    autoencoderPart = autoencoder
  }

  package func textEncoder() throws -> CLIPTextEncoder { try textEncoderPart.loaded() }
  package func denoiser() throws -> any Denoiser { try denoiserPart.loaded() }
  package func autoencoder() throws -> any Autoencoder { try autoencoderPart.loaded() }

  /// Gives a part's memory back; it is read again when next needed.
  package func releaseTextEncoder() { textEncoderPart.release() }
  package func releaseDenoiser() { denoiserPart.release() }

  /// What the sides of a painted picture must be multiples of, in pixels.
  package func sizeMultiple() throws -> Int { try autoencoder().pixelsPerLatent * denoiser().patchSize }
}

/// One network of a model, read from its checkpoint when first asked for.
final class Part<Network: Sendable>: Sendable {
  private let load: @Sendable () throws -> Network
  private let network = Mutex<Network?>(nil)

  init(_ load: @escaping @Sendable () throws -> Network) {
    self.load = load
  }

  func loaded() throws -> Network {
    try network.withLock { network in
      if let network { return network }
      let made = try load()
      network = made
      return made
    }
  }

  func release() { network.withLock { $0 = nil } }
}
