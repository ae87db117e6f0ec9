import Tensors

/// Two normalised convolutions around a shortcut (diffusers' `ResnetBlock2D`), in UNets told the time in between.
struct ResidualBlock: Sendable {
  private let firstNorm: GroupNorm
  private let first: Convolution
  private let timeProjection: Linear?
  private let secondNorm: GroupNorm
  private let second: Convolution
  private let shortcut: Convolution?

  init(
    _ inputs: Int, _ outputs: Int, timeChannels: Int? = nil, groups: Int, epsilon: Float, _ weights: Weights
  ) throws {
    firstNorm = try GroupNorm(groups: groups, channels: inputs, epsilon: epsilon, weights["norm1"])
    first = try Convolution(inputs, outputs, weights["conv1"])
    timeProjection = try timeChannels.map { try Linear($0, outputs, weights["time_emb_proj"].unquantised) }
    secondNorm = try GroupNorm(groups: groups, channels: outputs, epsilon: epsilon, weights["norm2"])
    second = try Convolution(outputs, outputs, weights["conv2"])
    shortcut = inputs == outputs ? nil : try Convolution(inputs, outputs, size: 1, weights["conv_shortcut"])
  }

  /// - Parameter time: The timestep's embedding after its SiLU: `[1, timeChannels]` for the whole batch, or `[batch, timeChannels]`.
  func callAsFunction(_ x: Tensor, time: Tensor? = nil) -> Tensor {
    var shift: Tensor?  // [1 or batch, outputs]
    if let time, let timeProjection { shift = timeProjection(time) }
    let h: Tensor
    let normalisation: Prologue
    if let offsets = shift, offsets.shape[0] > 1 {
      h = first(x, after: firstNorm.prologue(x, .silu))
      normalisation = secondNorm.prologue(h, adding: offsets, .silu)
    } else {
      h = first(x, after: firstNorm.prologue(x, .silu), Epilogue(shift: shift))
      normalisation = secondNorm.prologue(h, .silu)
    }
    return second(h, after: normalisation, Epilogue(residual: shortcut?(x) ?? x))
  }
}

/// Halves height and width by a strided convolution.
struct Downsampling: Sendable {
  private let convolution: Convolution

  init(_ channels: Int, padding: Padding, _ weights: Weights) throws {
    convolution = try Convolution(channels, channels, stride: 2, padding: padding, weights["conv"])
  }

  func callAsFunction(_ x: Tensor) -> Tensor { convolution(x) }
}

/// Doubles height and width: each pixel repeated, then a convolution.
struct Upsampling: Sendable {
  private let convolution: Convolution

  init(_ channels: Int, _ weights: Weights) throws {
    convolution = try Convolution(channels, channels, weights["conv"])
  }

  /// - Parameter size: The height and width wanted where they are not exactly double.
  func callAsFunction(_ x: Tensor, size: (height: Int, width: Int)? = nil) -> Tensor {
    let double = (height: 2 * x.shape[1], width: 2 * x.shape[2])
    guard let size, size != double else { return convolution(x, after: Prologue(doubles: true)) }
    return convolution(x.enlargedNearest(height: size.height, width: size.width))
  }
}
