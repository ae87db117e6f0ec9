import System
import Tensors

/// The variational autoencoder of latent diffusion (Rombach et al. 2022; diffusers' `AutoencoderKL`).
package struct AutoencoderKL: Autoencoder {
  private let configuration: AutoencoderKLConfiguration
  private let encoder: Encoder
  private let toMoments: Convolution?
  private let fromLatents: Convolution?
  private let decoder: Decoder

  package init(_ configuration: AutoencoderKLConfiguration, _ weights: Weights) throws {
    let channels = configuration.latentChannels
    self.configuration = configuration
    encoder = try Encoder(configuration, weights["encoder"])
    toMoments =
      configuration.useQuantConv ? try Convolution(2 * channels, 2 * channels, size: 1, weights["quant_conv"]) : nil
    fromLatents =
      configuration.usePostQuantConv ? try Convolution(channels, channels, size: 1, weights["post_quant_conv"]) : nil
    decoder = try Decoder(configuration, weights["decoder"])
  }

  package var latentChannels: Int { configuration.latentChannels }
  package var pixelsPerLatent: Int { configuration.pixelsPerLatent }

  /// Mean and logarithmic variance, unscaled: `[batch, height, width, 2 * latentChannels]`.
  func moments(_ picture: Tensor, tileEdge: Int?) -> Tensor {
    picture.tiled(edge: tileEdge, shrinkingBy: pixelsPerLatent) { tile in
      let encoded = encoder(tile.pixelUnshuffled(by: configuration.patchSize))
      return toMoments?(encoded) ?? encoded
    }
  }

  package func encode(_ picture: Tensor, tileEdge: Int?, noise: ([Int]) -> Tensor) -> Tensor {
    let moments = moments(picture, tileEdge: tileEdge)
    let mean = moments.channels(0..<latentChannels)
    let logVariance = moments.channels(latentChannels..<2 * latentChannels).clamped(to: -30...20)
    let sample = mean + logVariance.map { exp(0.5 * $0) } * noise(mean.shape)
    return (sample - configuration.shiftFactor) * configuration.scalingFactor
  }

  package func decode(_ latents: Tensor, tileEdge: Int?) -> Tensor {
    decode(encoding: latents / configuration.scalingFactor + configuration.shiftFactor, tileEdge: tileEdge)
  }

  /// The picture of an encoding, which is unscaled.
  func decode(encoding: Tensor, tileEdge: Int?) -> Tensor {
    encoding.tiled(edge: tileEdge, growingBy: pixelsPerLatent) { tile in
      decoder(fromLatents?(tile) ?? tile).pixelShuffled(by: configuration.patchSize)
    }
  }
}

/// From a picture to the mean and logarithmic variance of its latents.
private struct Encoder: Sendable {
  private struct Level: Sendable {
    let residuals: [ResidualBlock]
    let downsampling: Downsampling?
  }

  private let convIn: Convolution
  private let levels: [Level]
  private let middle: Middle
  private let outNorm: GroupNorm
  private let convOut: Convolution

  init(_ configuration: AutoencoderKLConfiguration, _ weights: Weights) throws {
    let widths = configuration.blockOutChannels
    let last = widths[widths.count - 1]
    convIn = try Convolution(configuration.inChannels, widths[0], weights["conv_in"])
    levels = try widths.indices.map { level in
      let block = weights["down_blocks"][level]
      return Level(
        residuals: try (0..<configuration.layersPerBlock).map {
          try ResidualBlock(
            $0 == 0 ? widths[max(0, level - 1)] : widths[level], widths[level], groups: configuration.normNumGroups,
            epsilon: 1e-6, block["resnets"][$0])
        },
        downsampling: level == widths.count - 1
          ? nil : try Downsampling(widths[level], padding: .belowAndRight, block["downsamplers"][0]))
    }
    middle = try Middle(configuration, channels: last, weights["mid_block"])
    outNorm = try GroupNorm(
      groups: configuration.normNumGroups, channels: last, epsilon: 1e-6, weights["conv_norm_out"])
    convOut = try Convolution(last, 2 * configuration.latentChannels, weights["conv_out"])
  }

  func callAsFunction(_ picture: Tensor) -> Tensor {
    var x = convIn(picture)
    for level in levels {
      for residual in level.residuals { x = residual(x) }
      x = level.downsampling?(x) ?? x
    }
    return convOut(outNorm(middle(x), .silu))
  }
}

/// From latents to a picture.
private struct Decoder: Sendable {
  private struct Level: Sendable {
    let residuals: [ResidualBlock]
    let upsampling: Upsampling?
  }

  private let convIn: Convolution
  private let middle: Middle
  private let levels: [Level]
  private let outNorm: GroupNorm
  private let convOut: Convolution

  init(_ configuration: AutoencoderKLConfiguration, _ weights: Weights) throws {
    let widths = Array(configuration.decoderBlockOutChannels.reversed())
    convIn = try Convolution(configuration.latentChannels, widths[0], weights["conv_in"])
    middle = try Middle(configuration, channels: widths[0], weights["mid_block"])
    levels = try widths.indices.map { level in
      let block = weights["up_blocks"][level]
      return Level(
        residuals: try (0...configuration.layersPerBlock).map {
          try ResidualBlock(
            $0 == 0 ? widths[max(0, level - 1)] : widths[level], widths[level], groups: configuration.normNumGroups,
            epsilon: 1e-6, block["resnets"][$0])
        },
        upsampling: level == widths.count - 1 ? nil : try Upsampling(widths[level], block["upsamplers"][0]))
    }
    let last = widths[widths.count - 1]
    outNorm = try GroupNorm(
      groups: configuration.normNumGroups, channels: last, epsilon: 1e-6, weights["conv_norm_out"])
    convOut = try Convolution(last, configuration.outChannels, weights["conv_out"])
  }

  func callAsFunction(_ latents: Tensor) -> Tensor {
    var x = middle(convIn(latents))
    for level in levels {
      for residual in level.residuals { x = residual(x) }
      x = level.upsampling?(x) ?? x
    }
    return convOut(outNorm(x, .silu))
  }
}

/// The innermost level: attention among all pixels between two residual blocks.
private struct Middle: Sendable {
  private let first: ResidualBlock
  private let norm: GroupNorm?
  private let attention: Attention?
  private let second: ResidualBlock

  init(_ configuration: AutoencoderKLConfiguration, channels: Int, _ weights: Weights) throws {
    let groups = configuration.normNumGroups
    let attends = configuration.midBlockAddAttention
    first = try ResidualBlock(channels, channels, groups: groups, epsilon: 1e-6, weights["resnets"][0])
    let place = weights["attentions"][0]
    norm = attends ? try GroupNorm(groups: groups, channels: channels, epsilon: 1e-6, place["group_norm"]) : nil
    attention = attends ? try Attention(channels: channels, heads: 1, bias: true, place) : nil
    second = try ResidualBlock(channels, channels, groups: groups, epsilon: 1e-6, weights["resnets"][1])
  }

  func callAsFunction(_ input: Tensor) -> Tensor {
    let x = first(input)
    guard let norm, let attention else { return second(x) }
    let (batch, pixels, channels) = (x.shape[0], x.shape[1] * x.shape[2], x.shape[3])
    let tokens = norm(x).reshaped([batch, pixels, channels])
    let seen = attention(tokens, Epilogue(residual: x.reshaped([batch, pixels, channels])))
    return second(seen.reshaped(x.shape))
  }
}
