import Tensors

/// A convolution over a feature map `[batch, height, width, channels]`.
struct Convolution: Sendable {
  private let convolution: ConvolutionOperator

  init(
    _ inputs: Int, _ outputs: Int, size: Int = 3, stride: Int = 1, padding: Padding? = nil, bias: Bool = true,
    _ weights: Weights
  ) throws {
    convolution = ConvolutionOperator(
      weight: try weights.tensor("weight", shape: [outputs, inputs, size, size]),
      bias: bias ? try weights.tensor("bias", shape: [outputs]) : nil, stride: stride,
      padding: padding ?? Padding(size / 2))
  }

  func callAsFunction(_ x: Tensor, after prologue: Prologue = .none, _ epilogue: Epilogue = .none) -> Tensor {
    convolution(x, after: prologue, epilogue)
  }
}
