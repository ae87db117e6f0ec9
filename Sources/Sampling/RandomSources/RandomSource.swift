import Tensors

/// A stream of normally distributed values that another program draws in the same order.
package protocol RandomSource: Sendable {
  /// The next `count` values of one draw (one call of `torch.randn`).
  ///
  /// Where a draw ends matters: two draws of 8 values are not one draw of 16.
  mutating func normal(count: Int) -> [Float]
}

extension RandomSource {
  /// One draw for feature maps of shape `[batch, height, width, channels]`.
  ///
  /// The values are drawn in the order `[batch, channels, height, width]`, as torch lays latents out, and then put channels last.
  package mutating func normalLatents(shape: [Int]) -> Tensor {
    precondition(shape.count == 4, "normalLatents: \(shape) is not [batch, height, width, channels]")
    let (height, width, channels) = (shape[1], shape[2], shape[3])
    let drawn = normal(count: shape.product)
    var values: [Float] = []
    values.reserveCapacity(drawn.count)
    for picture in 0..<shape[0] {
      for pixel in 0..<(height * width) {
        for channel in 0..<channels {
          values.append(drawn[(picture * channels + channel) * height * width + pixel])
        }
      }
    }
    return Tensor(shape: shape, values: values)
  }
}
