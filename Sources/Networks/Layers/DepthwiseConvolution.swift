import KernelInterface
import Tensors

/// A 3x3 convolution in which each channel has a window of its own.
struct DepthwiseConvolution: Sendable {
  private let weight: Tensor
  private let bias: Tensor
  private let stride: Int
  private let padding: Padding

  init(_ channels: Int, stride: Int = 1, padding: Padding, _ weights: Weights) throws {
    let stored = try weights.tensor("weight", shape: [channels, 1, 3, 3]).widened().values
    // As checkpoints store it, the channels come first.
    weight = Tensor(
      shape: [3, 3, channels], values: (0..<9 * channels).map { stored[$0 % channels * 9 + $0 / channels] })
    bias = try weights.tensor("bias", shape: [channels]).widened()
    (self.stride, self.padding) = (stride, padding)
  }

  func callAsFunction(_ x: Tensor, _ activation: Activation) -> Tensor {
    x.depthwiseConvolved(weight: weight, bias: bias, stride: stride, padding: padding, activation: activation)
  }
}
