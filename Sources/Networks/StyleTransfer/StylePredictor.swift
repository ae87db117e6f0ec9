import Tensors

/// What a picture's style is, as a vector: the style prediction network of Ghiasi et al. 2017, with a MobileNetV2 (Sandler et al. 2018)
/// as Magenta distilled it.
package struct StylePredictor: Sendable {
  /// Numbers of a style.
  package static let width = 100
  /// Sides of the picture that it looks at, in pixels.
  package static let edge = 256

  /// How much a block widens its map, its output's channels, how many there are, and the stride of the first: table 2 there.
  private static let stages = [
    (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
  ]

  private let first: Convolution
  private let blocks: [InvertedResidual]
  private let last: Linear
  private let bottleneck: Linear

  package init(_ weights: Weights) throws {
    first = try Convolution(3, 32, stride: 2, padding: .belowAndRight, weights["first"])
    var blocks: [InvertedResidual] = []
    var channels = 32
    for (expansion, outputs, count, stride) in Self.stages {
      for index in 0..<count {
        blocks.append(
          try InvertedResidual(
            channels, outputs, expansion: expansion, stride: index == 0 ? stride : 1, weights["blocks"][blocks.count]))
        channels = outputs
      }
    }
    self.blocks = blocks
    last = try Linear(channels, 1280, weights["last"])
    bottleneck = try Linear(1280, Self.width, weights["bottleneck"])
  }

  /// - Parameter picture: `[1, height, width, 3]`, values 0 to 1.
  /// - Returns: `[1, 100]`
  package func callAsFunction(_ picture: Tensor) -> Tensor {
    let map = blocks.reduce(first(picture, Epilogue(activation: .relu6))) { $1($0) }
    return bottleneck(last(map, Epilogue(activation: .relu6)).pixelMeans)
  }

  /// A block that widens its map, looks around in each channel, and narrows it again.
  private struct InvertedResidual: Sendable {
    let expand: Linear?
    let depthwise: DepthwiseConvolution
    let project: Linear
    let isResidual: Bool

    init(_ inputs: Int, _ outputs: Int, expansion: Int, stride: Int, _ weights: Weights) throws {
      let inner = inputs * expansion
      expand = expansion == 1 ? nil : try Linear(inputs, inner, weights["expand"])
      // TensorFlow pads below and to the right only where it halves.
      depthwise = try DepthwiseConvolution(
        inner, stride: stride, padding: stride == 1 ? Padding(1) : .belowAndRight, weights["depthwise"])
      project = try Linear(inner, outputs, weights["project"])
      isResidual = stride == 1 && inputs == outputs
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
      let wide = expand?(x, Epilogue(activation: .relu6)) ?? x
      return project(depthwise(wide, .relu6), Epilogue(residual: isResidual ? x : nil))
    }
  }
}
