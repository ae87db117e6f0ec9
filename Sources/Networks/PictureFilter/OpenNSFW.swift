import Tensors

/// Yahoo's Open NSFW (2016): a ResNet-50 (He et al. 2015) of half the width that says how likely a picture shows nudity.
package struct OpenNSFW: Sendable {
  /// Sides of the pictures that it looks at, in pixels.
  package static let edge = 224

  /// The width inside of a stage's blocks, and how many there are.
  private static let stages = [(32, 3), (64, 4), (128, 6), (256, 3)]

  private let first: Convolution
  private let blocks: [Bottleneck]
  private let classes: Linear

  package init(_ weights: Weights) throws {
    first = try Convolution(3, 64, size: 7, stride: 2, weights["first"])
    var blocks: [Bottleneck] = []
    var channels = 64
    for (stage, (inner, count)) in Self.stages.enumerated() {
      for index in 0..<count {
        blocks.append(
          try Bottleneck(
            channels, inner, stride: stage > 0 && index == 0 ? 2 : 1, isFirst: index == 0,
            weights["stages"][stage][index]))
        channels = 4 * inner
      }
    }
    self.blocks = blocks
    classes = try Linear(channels, 2, weights["classes"])
  }

  /// - Parameter picture: `[1, 224, 224, 3]`: blue, green and red, 0 to 255, less the mean of ImageNet's.
  /// - Returns: 0 to 1.
  package func callAsFunction(_ picture: Tensor) -> Float {
    // As converted from Caffe: nothing stands above and to the left of the map.
    let map = first(picture, Epilogue(activation: .relu)).maxPooled(edge: 3, stride: 2, padding: .belowAndRight)
    let scores = classes(blocks.reduce(map) { $1($0) }.pixelMeans).values
    return (scores[1] - scores[0]).sigmoid
  }

  private struct Bottleneck: Sendable {
    let shortcut: Convolution?
    let reduce: Convolution
    let middle: Convolution
    let expand: Convolution

    /// The stride is that of the first convolution, as in the paper.
    init(_ inputs: Int, _ inner: Int, stride: Int, isFirst: Bool, _ weights: Weights) throws {
      shortcut = isFirst ? try Convolution(inputs, 4 * inner, size: 1, stride: stride, weights["shortcut"]) : nil
      reduce = try Convolution(inputs, inner, size: 1, stride: stride, weights["reduce"])
      middle = try Convolution(inner, inner, weights["middle"])
      expand = try Convolution(inner, 4 * inner, size: 1, weights["expand"])
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
      let relu = Epilogue(activation: .relu)
      let inner = middle(reduce(x, relu), relu)
      return expand(inner, Epilogue(residual: shortcut?(x) ?? x)).activated(.relu)
    }
  }
}
