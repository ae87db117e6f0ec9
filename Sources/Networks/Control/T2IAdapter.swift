import Tensors

/// Makes, once a picture, feature maps that are added to a UNet's on its way in (Mou et al. 2023, "T2I-Adapter"; diffusers'
/// `T2IAdapter`).
package struct T2IAdapter: Sendable {
  private let configuration: T2IAdapterConfiguration
  private let input: Convolution?
  private let blocks: [AdapterBlock]

  package init(_ configuration: T2IAdapterConfiguration, _ weights: Weights) throws {
    let channels = configuration.channels
    let weights = weights["adapter"]
    let inputs = configuration.inChannels * configuration.downscaleFactor * configuration.downscaleFactor
    self.configuration = configuration
    func block(_ index: Int, _ inputs: Int, _ outputs: Int, halves: Bool) throws -> AdapterBlock {
      try AdapterBlock(
        inputs, outputs, count: configuration.numResBlocks, halves: halves, isLight: configuration.form == .light,
        weights["body"][index])
    }
    switch configuration.form {
    case .full:
      input = try Convolution(inputs, channels[0], weights["conv_in"])
      blocks = try channels.indices.map { try block($0, channels[max(0, $0 - 1)], channels[$0], halves: $0 > 0) }
    case .xl:
      input = try Convolution(inputs, channels[0], weights["conv_in"])
      blocks = try channels.indices.map { index in
        let isWider = index == 1 || index == 2
        return try block(index, channels[isWider ? index - 1 : index], channels[index], halves: index == 2)
      }
    case .light:
      input = nil
      let widths = configuration.featureChannels
      blocks = try widths.indices.map { try block($0, $0 == 0 ? inputs : widths[$0 - 1], widths[$0], halves: $0 > 0) }
    }
  }

  /// - Parameter picture: `[1, height, width, 3]`, 0 to 1; sides are multiples of the configuration's factor.
  /// - Returns: Feature maps, outermost first.
  package func callAsFunction(_ picture: Tensor) -> [Tensor] {
    let seen = configuration.inChannels == 1 ? picture.luma : picture
    var x = seen.pixelUnshuffled(by: configuration.downscaleFactor)
    if let input { x = input(x) }
    return blocks.map { block in
      x = block(x)
      return x
    }
  }
}

/// One level (diffusers' `AdapterBlock` and `LightAdapterBlock`).
private struct AdapterBlock: Sendable {
  private let halves: Bool
  private let input: Convolution?
  private let layers: [(first: Convolution, second: Convolution)]
  private let output: Convolution?

  init(_ inputs: Int, _ outputs: Int, count: Int, halves: Bool, isLight: Bool, _ weights: Weights) throws {
    let inner = isLight ? outputs / 4 : outputs
    self.halves = halves
    input = isLight || inputs != outputs ? try Convolution(inputs, inner, size: 1, weights["in_conv"]) : nil
    layers = try (0..<count).map { index in
      let layer = weights["resnets"][index]
      return (
        try Convolution(inner, inner, layer["block1"]),
        try Convolution(inner, inner, size: isLight ? 3 : 1, layer["block2"])
      )
    }
    output = isLight ? try Convolution(inner, outputs, size: 1, weights["out_conv"]) : nil
  }

  func callAsFunction(_ input: Tensor) -> Tensor {
    var x = halves ? input.averagedInPairs : input
    if let convolution = self.input { x = convolution(x) }
    for layer in layers { x = layer.second(layer.first(x, Epilogue(activation: .relu)), Epilogue(residual: x)) }
    return output?(x) ?? x
  }
}

extension Tensor {
  /// torch's `AvgPool2d(2, stride=2, ceil_mode=True)`: at an odd edge the mean is of what is there.
  fileprivate var averagedInPairs: Tensor {
    let (batch, height, width, channels) = (shape[0], shape[1], shape[2], shape[3])
    let (rows, columns) = ((height + 1) / 2, (width + 1) / 2)
    return unsafe Tensor(shape: [batch, rows, columns, channels]) { result in
      unsafe withBuffer { values in
        for place in 0..<batch * rows * columns {
          let (image, row, column) = (place / (rows * columns), place / columns % rows, place % columns)
          let ys = 2 * row..<min(height, 2 * row + 2)
          let xs = 2 * column..<min(width, 2 * column + 2)
          for channel in 0..<channels {
            var sum: Float = 0
            for y in ys {
              for x in xs { sum += unsafe values[((image * height + y) * width + x) * channels + channel] }
            }
            unsafe result[place * channels + channel] = sum / Float(ys.count * xs.count)
          }
        }
      }
    }
  }

  /// The grey of a picture `[1, height, width, 3]` in 0...1, as Pillow rounds it: `[1, height, width, 1]`.
  fileprivate var luma: Tensor {
    let pixels = values
    let grey = stride(from: 0, to: pixels.count, by: 3).map { index -> Float in
      let (red, green, blue) = (pixels[index] * 255, pixels[index + 1] * 255, pixels[index + 2] * 255)
      let sum = 19_595 * Int(red.rounded()) + 38_470 * Int(green.rounded()) + 7_471 * Int(blue.rounded())
      return Float((sum + 0x8000) >> 16) / 255
    }
    return Tensor(shape: [shape[0], shape[1], shape[2], 1], values: grey)
  }
}
