import JSON
import Tensors

/// The shape of FLUX.2's autoencoder (diffusers' `AutoencoderKLFlux2`).
package struct AutoencoderKLFlux2Configuration: Sendable {
  /// Of the network itself, whose latents are four times as many, each of a quarter of the channels.
  let network: AutoencoderKLConfiguration
  let batchNormEps: Float

  /// Edge of the squares of the network's latents that become one latent of the denoiser.
  static let patchEdge = 2

  /// What the class takes where `config.json` says nothing.
  private static let defaults: [String: JSONValue] = [
    "block_out_channels": [128, 256, 512, 512], "layers_per_block": 2, "latent_channels": 32,
  ]

  /// - Throws: ``NetworkError/configuration(_:)``
  package init(_ json: JSONValue, origin: String) throws {
    guard let said = json.object else {
      throw NetworkError.configuration(
        "\(origin) is not a configuration that limn can read: it is not an object.")
    }
    var own = Self.defaults.merging(said) { $1 == .null ? $0 : $1 }
    let patch = own.removeValue(forKey: "patch_size") ?? [2, 2]
    guard patch == .array(Array(repeating: .integer(Self.patchEdge), count: 2)) else {
      throw NetworkError.configuration("\(origin): `patch_size` is \(patch.text); limn runs [2,2].")
    }
    let epsilon = own["batch_norm_eps"] ?? 1e-4
    batchNormEps = epsilon.double.map { Float($0) } ?? .nan
    // Statistics of each channel take the place of one factor for all.
    own["scaling_factor"] = 1
    own["shift_factor"] = 0
    network = try AutoencoderKLConfiguration(.object(own), origin: origin)
    guard batchNormEps.isFinite, batchNormEps >= 0 else {
      throw NetworkError.configuration("\(origin): `batch_norm_eps` is \(epsilon.text); expected a number from 0.")
    }
  }

  package var latentChannels: Int { Self.patchEdge * Self.patchEdge * network.latentChannels }
  package var pixelsPerLatent: Int { Self.patchEdge * network.pixelsPerLatent }

  /// Memory for each latent while decoding, in bytes.
  package var decodingBytesPerLatent: Int { Self.patchEdge * Self.patchEdge * network.decodingBytesPerLatent }
}

/// A variational autoencoder whose latents are laid together by fours and brought to mean 0 and deviation 1, channel by channel.
package struct AutoencoderKLFlux2: Autoencoder {
  private let configuration: AutoencoderKLFlux2Configuration
  private let network: AutoencoderKL
  private let means: [Float]
  private let deviations: [Float]

  package init(_ configuration: AutoencoderKLFlux2Configuration, _ weights: Weights) throws {
    self.configuration = configuration
    network = try AutoencoderKL(configuration.network, weights)
    let channels = configuration.latentChannels
    means = try weights["bn"].tensor("running_mean", shape: [channels]).widened().values
    let variances = try weights["bn"].tensor("running_var", shape: [channels]).widened().values
    deviations = variances.map { ($0 + configuration.batchNormEps).squareRoot() }
  }

  package var latentChannels: Int { configuration.latentChannels }
  package var pixelsPerLatent: Int { configuration.pixelsPerLatent }

  /// The most probable encoding: nothing is drawn.
  package func encode(_ picture: Tensor, tileEdge: Int?, noise: ([Int]) -> Tensor) -> Tensor {
    let mean = network.moments(picture, tileEdge: tileEdge).channels(0..<configuration.network.latentChannels)
    let patches = mean.pixelUnshuffled(by: AutoencoderKLFlux2Configuration.patchEdge)  // [1, height, width, channels]
    return patches.eachChannel { ($0 - means[$1]) / deviations[$1] }
  }

  package func decode(_ latents: Tensor, tileEdge: Int?) -> Tensor {
    let patches = latents.eachChannel { $0 * deviations[$1] + means[$1] }
    return network.decode(
      encoding: patches.pixelShuffled(by: AutoencoderKLFlux2Configuration.patchEdge),
      tileEdge: tileEdge.map { $0 * AutoencoderKLFlux2Configuration.patchEdge })
  }
}

extension Tensor {
  /// Each value of the last axis changed by its channel.
  fileprivate func eachChannel(_ change: (_ value: Float, _ channel: Int) -> Float) -> Tensor {
    var values = values
    let channels = shape.last ?? 1
    for index in values.indices { values[index] = change(values[index], index % channels) }
    return Tensor(shape: shape, values: values)
  }
}
