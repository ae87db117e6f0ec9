import Checkpoints
import Networks
import System
import Tensors

/// The autoencoders that limn runs, told by diffusers' class names.
enum AutoencoderKind: Sendable {
  case variational(AutoencoderKLConfiguration)
  case tiny(AutoencoderTinyConfiguration)
  case flux2(AutoencoderKLFlux2Configuration)

  /// Reads the configuration of a checkpoint's `vae`.
  ///
  /// - Parameter ignored: Keys that the family's pipelines in diffusers do not heed: with them it would be another picture.
  init(_ parts: any CheckpointParts, ignoring ignored: Set<String> = []) throws {
    var json = try parts.configuration(of: "vae")
    let origin = parts.configurationOrigin(of: "vae")
    if let said = json.object { json = .object(said.filter { !ignored.contains($0.key) }) }
    switch parts.className(of: "vae") {
    case "AutoencoderKL": self = .variational(try AutoencoderKLConfiguration(json, origin: origin))
    case "AutoencoderTiny": self = .tiny(try AutoencoderTinyConfiguration(json, origin: origin))
    case "AutoencoderKLFlux2": self = .flux2(try AutoencoderKLFlux2Configuration(json, origin: origin))
    case let other:
      throw UserError.input(
        "\(origin): limn does not run autoencoders of class \(other ?? "none") yet; it runs AutoencoderKL, AutoencoderKLFlux2 and AutoencoderTiny."
      )
    }
  }

  @Sendable
  func load(_ weights: Weights) throws -> any Autoencoder {
    switch self {
    case .variational(let configuration): try AutoencoderKL(configuration, weights)
    case .tiny(let configuration): try AutoencoderTiny(configuration, weights)
    case .flux2(let configuration): try AutoencoderKLFlux2(configuration, weights)
    }
  }

  /// A checkpoint's `vae`, read when first needed.
  func part(of parts: any CheckpointParts) -> Part<any Autoencoder> {
    Part(from: { try parts.weights(of: "vae") }, load)
  }

  var latentChannels: Int {
    switch self {
    case .variational(let configuration): configuration.latentChannels
    case .tiny(let configuration): configuration.latentChannels
    case .flux2(let configuration): configuration.latentChannels
    }
  }

  var pixelsPerLatent: Int {
    switch self {
    case .variational(let configuration): configuration.pixelsPerLatent
    case .tiny(let configuration): configuration.pixelsPerLatent
    case .flux2(let configuration): configuration.pixelsPerLatent
    }
  }

  var decodingBytesPerLatent: Int {
    switch self {
    case .variational(let configuration): configuration.decodingBytesPerLatent
    case .tiny(let configuration): configuration.decodingBytesPerLatent
    case .flux2(let configuration): configuration.decodingBytesPerLatent
    }
  }
}

extension StageBytes {
  /// Of a family whose whole picture is sampled at once.
  ///
  /// - Parameters:
  ///   - denoiser: Each of the denoiser's tensors, as it is stored or, of `precision` int8, packed.
  ///   - sampling: What the denoiser's layers make.
  init(
    _ size: SizePlan, text: Int, denoiser weights: [Int], precision: Precision, sampling: Int, autoencoder: Int,
    _ kind: AutoencoderKind
  ) {
    self.init()
    self.text = text
    denoiser = weights.reduce(0, +)
    // One lies in the file and packed; of 16 bits the former is twice the latter.
    largestWeight = (weights.max() ?? 0) * (precision == .int8 ? 3 : 2) / 2
    self.autoencoder = autoencoder
    latents = size.painted.pixels / (kind.pixelsPerLatent * kind.pixelsPerLatent)
    sampledLatents = latents
    self.sampling = sampling
    enlarged = size.painted.pixels
    decodingPerLatent = kind.decodingBytesPerLatent
  }
}
