import KernelInterface
import Tensors

/// The shape of a prior, by the names in its `config.json`.
package struct LatentPriorConfiguration: NetworkConfiguration {
  package let textWidth: Int
  let width: Int
  let innerWidth: Int
  let numBlocks: Int
  let rank: Int
  package let latentChannels: Int
  package let latentEdge: Int

  package func validate() throws {
    try requirePositive([
      "text_width": textWidth, "width": width, "inner_width": innerWidth, "rank": rank,
      "latent_channels": latentChannels, "latent_edge": latentEdge,
    ])
    guard (0...64).contains(numBlocks) else {
      throw NetworkError.configuration("`num_blocks` is \(numBlocks); expected 0 to 64.")
    }
    guard latentEdge <= 256 else {
      throw NetworkError.configuration("`latent_edge` is \(latentEdge); expected at most 256.")
    }
  }
}

/// Tells from a text, in one go and without noise, what its picture looks like on average, as latents: a draft that a denoiser
/// reads beside the noisy latents, and draws finely. (A cascade of a prior and a denoiser, as in Ramesh et al. 2022,
/// "unCLIP"; the twin is `weights/training/latent_prior.py`.)
package struct LatentPrior: Sendable {
  private let configuration: LatentPriorConfiguration
  private let inputProjection: Linear
  private let blocks: [Block]
  private let norm: LayerNorm
  private let compress: Linear
  private let outputProjection: Linear

  package init(_ configuration: LatentPriorConfiguration, _ weights: Weights) throws {
    let (width, edge) = (configuration.width, configuration.latentEdge)
    self.configuration = configuration
    inputProjection = try Linear(configuration.textWidth, width, weights["enter"])
    blocks = try (0..<configuration.numBlocks).map { try Block(configuration, weights["blocks"][$0]) }
    norm = try LayerNorm(width, weights["norm"])
    compress = try Linear(width, configuration.rank, weights["compress"])
    outputProjection = try Linear(configuration.rank, configuration.latentChannels * edge * edge, weights["leave"])
  }

  /// Edge of the square of latents that a draft fills.
  package var edge: Int { configuration.latentEdge }

  /// - Parameter states: What stands for each text as a whole, `[texts, textWidth]`.
  /// - Returns: `[texts, edge, edge, channels]`, in the denoiser's units.
  package func callAsFunction(_ states: Tensor) -> Tensor {
    var x = inputProjection(states)
    for block in blocks { x = block(x) }
    x = outputProjection(compress(norm(x), Epilogue(activation: .geluTanh)))
    return x.reshaped([states.shape[0], configuration.latentChannels, edge, edge]).channelsLast()
  }

  /// Two layers whose outcome is added to what they read.
  private struct Block: Sendable {
    private let norm: LayerNorm
    private let inputProjection: Linear
    private let outputProjection: Linear

    init(_ configuration: LatentPriorConfiguration, _ weights: Weights) throws {
      norm = try LayerNorm(configuration.width, weights["norm"])
      inputProjection = try Linear(configuration.width, configuration.innerWidth, weights["fc1"])
      outputProjection = try Linear(configuration.innerWidth, configuration.width, weights["fc2"])
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
      outputProjection(inputProjection(norm(x), Epilogue(activation: .geluTanh)), Epilogue(residual: x))
    }
  }
}
