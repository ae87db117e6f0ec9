import Tensors

/// Two linear layers that turn a sinusoidal embedding of the timestep into the one that a denoiser uses.
struct TimestepEmbedding: Sendable {
  private let inputProjection: Linear
  private let outputProjection: Linear
  /// For guidance-distilled models (latent consistency): projects the embedded guidance scale.
  private let condition: Linear?

  init(
    _ inputs: Int, _ channels: Int, conditionChannels: Int? = nil, bias: Bool = true, _ weights: Weights
  ) throws {
    inputProjection = try Linear(inputs, channels, bias: bias, weights["linear_1"])
    outputProjection = try Linear(channels, channels, bias: bias, weights["linear_2"])
    condition = try conditionChannels.map { try Linear($0, inputs, bias: false, weights["cond_proj"]) }
  }

  /// `[batch, inputs]` to `[batch, channels]`.
  func callAsFunction(_ x: Tensor, guidance: Tensor? = nil) -> Tensor {
    var input = x
    if let condition, let guidance { input = input + condition(guidance) }
    return outputProjection(inputProjection(input, Epilogue(activation: .silu)))
  }
}
