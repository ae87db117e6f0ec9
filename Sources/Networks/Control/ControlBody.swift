import System
import Tensors

/// A copy of a UNet's way in whose feature maps are added to the UNet's own, each through a convolution that was zero before training
/// (Zhang et al. 2023, "Adding Conditional Control to Text-to-Image Diffusion Models").
struct ControlBody: Sendable {
  let encoder: UNetEncoder
  private let skipProjections: [ZeroConvolution]
  private let middleProjection: ZeroConvolution
  private let poolsGlobally: Bool

  init(_ configuration: ControlNetConfiguration, _ weights: Weights) throws {
    var builder = UNetBuilder(configuration.encoder)
    encoder = try UNetEncoder(&builder, weights)
    let widths = configuration.encoder.blockOutChannels
    // That of the first convolution, those of the layers, and of what halves each level but the last.
    let skips =
      [widths[0]]
      + widths.enumerated().flatMap { level, channels in
        Array(
          repeating: channels,
          count: configuration.encoder.layersPerBlock[level] + (level + 1 < widths.count ? 1 : 0))
      }
    skipProjections = try skips.enumerated().map { index, channels in
      try ZeroConvolution(channels, weights["controlnet_down_blocks"][index])
    }
    middleProjection = try ZeroConvolution(widths[widths.count - 1], weights["controlnet_mid_block"])
    poolsGlobally = configuration.poolsGlobally
  }

  /// - Parameters:
  ///   - input: What the first convolution made, with the picture added.
  ///   - time: The timestep's embedding, before its activation.
  ///   - weight: What the result is multiplied with.
  ///   - isGuessing: Whether outer feature maps count less than inner ones (diffusers' `guess_mode`).
  func callAsFunction(
    _ input: Tensor, time: Tensor, context: TextContext, weight: Float, isGuessing: Bool
  ) -> UNetAdditions {
    let (middle, skips) = encoder.descend(input, time: time.activated(.silu), context: context)
    let factors = isGuessing && !poolsGlobally ? ControlBody.guessedFactors(skips.count + 1) : nil
    func projected(_ x: Tensor, _ projection: ZeroConvolution, _ index: Int) -> Tensor {
      let y = projection(x, times: weight * (factors?[index] ?? 1))
      return poolsGlobally ? y.pooledEverywhere : y
    }
    return UNetAdditions(
      skips: skips.indices.map { projected(skips[$0], skipProjections[$0], $0) },
      middle: projected(middle, middleProjection, skips.count))
  }

  /// torch's `logspace(-1, 0, count)`.
  private static func guessedFactors(_ count: Int) -> [Float] {
    (0..<count).map { Float(pow(10, Double($0) / Double(count - 1) - 1)) }
  }
}

/// A 1x1 convolution from as many channels to as many.
struct ZeroConvolution: Sendable {
  private let channels: Int
  private let product: LinearOperator

  init(_ channels: Int, _ weights: Weights) throws {
    self.channels = channels
    product = LinearOperator(
      weight: try weights.tensor("weight", shape: [channels, channels, 1, 1]),
      bias: try weights.tensor("bias", shape: [channels]))
  }

  func callAsFunction(_ x: Tensor, times factor: Float) -> Tensor {
    factor == 1 ? product(x) : product(x, Epilogue(scale: Tensor(shape: [channels], filledWith: factor)))
  }
}

extension Tensor {
  /// The mean of each channel over a feature map `[batch, height, width, channels]`: `[batch, channels]`.
  var channelMeans: Tensor {
    let (batch, places, channels) = (shape[0], shape[1] * shape[2], shape[3])
    var sums = [Double](repeating: 0, count: batch * channels)
    unsafe withBuffer { values in
      for image in 0..<batch {
        for place in 0..<places {
          let start = (image * places + place) * channels
          for channel in 0..<channels { sums[image * channels + channel] += Double(unsafe values[start + channel]) }
        }
      }
    }
    return Tensor(shape: [batch, channels], values: sums.map { Float($0 / Double(places)) })
  }

  /// A feature map that is its mean everywhere.
  fileprivate var pooledEverywhere: Tensor { Tensor(shape: shape).addingEverywhere(channelMeans) }

  /// A feature map plus a vector for each picture.
  ///
  /// - Parameter offsets: `[batch, channels]`
  func addingEverywhere(_ offsets: Tensor) -> Tensor {
    let (places, channels) = (shape[1] * shape[2], shape[3])
    precondition(offsets.shape == [shape[0], channels], "addingEverywhere: \(offsets.shape) to \(shape)")
    let added = offsets.values
    return unsafe Tensor(shape: shape) { result in
      unsafe withBuffer { values in
        for row in 0..<shape[0] * places {
          let from = row / places * channels
          for channel in 0..<channels {
            unsafe result[row * channels + channel] = unsafe values[row * channels + channel] + added[from + channel]
          }
        }
      }
    }
  }
}
