import Tensors

/// Brings a control picture to the latents' size (diffusers' `ControlNetConditioningEmbedding`).
struct ControlEmbedding: Sendable {
  private let isBGR: Bool
  private let input: Convolution
  private let blocks: [Convolution]
  private let output: Convolution

  init(_ configuration: ControlNetConfiguration, _ weights: Weights) throws {
    let widths = configuration.pictureWidths
    isBGR = configuration.isBGR
    input = try Convolution(configuration.pictureChannels, widths[0], weights["conv_in"])
    blocks = try zip(widths, widths.dropFirst()).enumerated().flatMap { index, pair in
      [
        try Convolution(pair.0, pair.0, weights["blocks"][2 * index]),
        try Convolution(pair.0, pair.1, stride: 2, weights["blocks"][2 * index + 1]),
      ]
    }
    output = try Convolution(
      widths[widths.count - 1], configuration.encoder.levelChannels[0], weights["conv_out"])
  }

  /// `[1, height, width, 3]`, 0 to 1, to `[1, height / 8, width / 8, channels]`.
  func callAsFunction(_ picture: Tensor) -> Tensor {
    var x = picture
    if isBGR {
      x = x.channels(2..<3).concatenatedChannels(x.channels(1..<2)).concatenatedChannels(x.channels(0..<1))
    }
    x = input(x, Epilogue(activation: .silu))
    for block in blocks { x = block(x, Epilogue(activation: .silu)) }
    return output(x)
  }
}
