import KernelInterface
import Tensors

/// Group normalisation, followed by an activation.
struct GroupNorm: Sendable {
  private let groups: Int
  private let epsilon: Float
  private let scale: Tensor
  private let shift: Tensor

  init(groups: Int, channels: Int, epsilon: Float, _ weights: Weights) throws {
    precondition(groups > 0 && channels % groups == 0, "GroupNorm: \(channels) channels in \(groups) groups")
    self.groups = groups
    self.epsilon = epsilon
    scale = try weights.tensor("weight", shape: [channels]).widened()
    shift = try weights.tensor("bias", shape: [channels]).widened()
  }

  func callAsFunction(_ x: Tensor, _ activation: Activation = .none) -> Tensor {
    x.groupNormalised(groups: groups, scale: scale, shift: shift, epsilon: epsilon, activation: activation)
  }

  /// The same for a convolution to do on its way.
  func prologue(_ x: Tensor, _ activation: Activation = .none) -> Prologue {
    Prologue(
      scaling: x.groupScaling(groups: groups, scale: scale, shift: shift, epsilon: epsilon, activation: activation))
  }

  /// The same of `x` plus a vector for each picture, for a convolution of `x` itself.
  ///
  /// - Parameter offsets: `[batch, channels]`
  func prologue(_ x: Tensor, adding offsets: Tensor, _ activation: Activation = .none) -> Prologue {
    Prologue(
      scaling: x.groupScaling(
        groups: groups, scale: scale, shift: shift, epsilon: epsilon, activation: activation, adding: offsets))
  }
}

/// Layer normalisation over the channels.
struct LayerNorm: Sendable {
  private let epsilon: Float
  private let scale: Tensor
  private let shift: Tensor

  init(_ channels: Int, epsilon: Float = 1e-5, _ weights: Weights) throws {
    self.epsilon = epsilon
    scale = try weights.tensor("weight", shape: [channels]).widened()
    shift = try weights.tensor("bias", shape: [channels]).widened()
  }

  func callAsFunction(_ x: Tensor) -> Tensor { x.layerNormalised(scale: scale, shift: shift, epsilon: epsilon) }
}

/// Root mean square normalisation over the last axis.
struct RMSNorm: Sendable {
  private let epsilon: Float
  private let scale: Tensor

  init(_ channels: Int, epsilon: Float, _ weights: Weights) throws {
    self.epsilon = epsilon
    scale = try weights.tensor("weight", shape: [channels]).widened()
  }

  func callAsFunction(_ x: Tensor) -> Tensor { x.rmsNormalised(scale: scale, epsilon: epsilon) }

  /// The norm times another factor for each channel.
  func callAsFunction(_ x: Tensor, times factor: Tensor?) -> Tensor {
    guard let factor else { return self(x) }
    return x.rmsNormalised(scale: scale * factor.reshaped(scale.shape), epsilon: epsilon)
  }

  /// Each head of `[batch, tokens, heads * width]` by itself; the width is the norm's.
  func eachHead(_ x: Tensor) -> Tensor {
    self(x.reshaped([x.count / scale.count, scale.count])).reshaped(x.shape)
  }
}
