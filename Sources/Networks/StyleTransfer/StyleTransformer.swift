import KernelInterface
import Tensors

/// Paints a picture in a style: the style transfer network of Ghiasi et al. 2017, as small as Magenta distilled it.
package struct StyleTransformer: Sendable {
  /// Pixels around a tile that its pixels see.
  package static let margin = 64
  /// What the sides of a picture must be multiples of.
  package static let unit = 4

  /// What each normalisation came to for a picture; tiles of it share them, so that they meet unseen.
  package struct Look: Sendable {
    fileprivate var scalings: [ChannelScaling] = []
  }

  private let contracting: [Convolution]
  private let residual: [(first: StyledConvolution, second: StyledConvolution)]
  private let expanding: [StyledConvolution]

  package init(_ weights: Weights) throws {
    let contract = weights["contract"]
    contracting = [
      try Convolution(3, 8, size: 9, padding: Padding(0), contract["conv1"]),
      try Convolution(8, 16, stride: 2, padding: Padding(0), contract["conv2"]),
      try Convolution(16, 32, stride: 2, padding: Padding(0), contract["conv3"]),
    ]
    residual = try (1...5).map { block in
      let place = weights["residual"]["residual\(block)"]
      return (
        try StyledConvolution(32, 32, activation: .relu, place["conv1"]),
        try StyledConvolution(32, 32, activation: .none, place["conv2"])
      )
    }
    let expand = weights["expand"]
    expanding = [
      try StyledConvolution(32, 16, activation: .relu, expand["conv1"]),
      try StyledConvolution(16, 8, activation: .relu, expand["conv2"]),
      try StyledConvolution(8, 3, size: 9, activation: .none, expand["conv3"]),
    ]
  }

  /// - Parameters:
  ///   - picture: `[1, height, width, 3]`, values 0 to 1; the sides are multiples of ``unit``.
  ///   - style: `[1, 100]`
  ///   - look: What the whole picture's normalisations came to, where this is a part of it.
  /// - Returns: The picture of the same size, values 0 to 1, and what the normalisations came to.
  package func callAsFunction(_ picture: Tensor, style: Tensor, look known: Look? = nil) -> (Tensor, Look) {
    var look = Look()
    func styled(_ layer: StyledConvolution, _ x: Tensor) -> Tensor {
      let map = layer.convolution(x.reflectPadded(Padding(layer.size / 2)))
      let scaling = known?.scalings[look.scalings.count] ?? layer.scaling(of: map, style)
      look.scalings.append(scaling)
      return map.scaled(by: scaling)
    }
    var x = picture
    for (index, convolution) in contracting.enumerated() {
      x = convolution(x.reflectPadded(Padding(index == 0 ? 4 : 1)), Epilogue(activation: .relu))
    }
    for block in residual { x = styled(block.second, styled(block.first, x)).adding(x) }
    for (index, layer) in expanding.enumerated() {
      x = styled(layer, index < 2 ? x.enlargedNearest(height: 2 * x.shape[1], width: 2 * x.shape[2]) : x)
    }
    return (x.sigmoid, look)
  }

  /// A convolution whose every channel is normalised over the picture, then scaled and shifted as the style wants it.
  private struct StyledConvolution: Sendable {
    let convolution: Convolution
    let size: Int
    private let scale: Linear
    private let shift: Linear
    private let channels: Int
    private let activation: Activation

    init(_ inputs: Int, _ outputs: Int, size: Int = 3, activation: Activation, _ weights: Weights) throws {
      convolution = try Convolution(inputs, outputs, size: size, padding: Padding(0), weights)
      scale = try Linear(StylePredictor.width, outputs, weights["scale"])
      shift = try Linear(StylePredictor.width, outputs, weights["shift"])
      (self.size, self.activation, channels) = (size, activation, outputs)
    }

    func scaling(of map: Tensor, _ style: Tensor) -> ChannelScaling {
      map.groupScaling(
        groups: channels, scale: scale(style).reshaped([channels]), shift: shift(style).reshaped([channels]),
        epsilon: 1e-5, activation: activation)
    }
  }
}
