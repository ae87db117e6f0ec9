import KernelInterface
import Tensors

/// Makes a few tokens of a picture's many: learned queries attend to the picture and to themselves, layer by layer (Alayrac et al. 2022,
/// Flamingo's perceiver resampler; diffusers' `IPAdapterPlusImageProjection`).
struct Resampler: Sendable {
  private let latents: Tensor  // [queries, inner]
  private let inputProjection: Linear
  private let layers: [ResamplerLayer]
  private let outputProjection: Linear
  private let outputNorm: LayerNorm

  /// - Parameter weights: Under the names of tencent-ailab's `resampler.py`.
  init(
    _ inputs: Int, _ inner: Int, _ outputs: Int, queries: Int, heads: Int, depth: Int, _ weights: Weights
  ) throws {
    latents = try weights.tensor("latents", shape: [1, queries, inner]).widened().reshaped([queries, inner])
    inputProjection = try Linear(inputs, inner, weights["proj_in"])
    layers = try (0..<depth).map { try ResamplerLayer(inner, heads: heads, weights["layers"][$0]) }
    outputProjection = try Linear(inner, outputs, weights["proj_out"])
    outputNorm = try LayerNorm(outputs, weights["norm_out"])
  }

  /// `[pictures, places, inputs]` to `[pictures, queries, outputs]`.
  func callAsFunction(_ seen: Tensor) -> Tensor {
    let x = inputProjection(seen)
    let (count, inner) = (latents.shape[0], latents.shape[1])
    var tokens = Tensor.concatenated(Array(repeating: latents, count: seen.shape[0]))
      .reshaped([seen.shape[0], count, inner])
    for layer in layers { tokens = layer(tokens, seeing: x) }
    return outputNorm(outputProjection(tokens))
  }
}

private struct ResamplerLayer: Sendable {
  private let heads: Int
  private let pictureNorm: LayerNorm
  private let tokenNorm: LayerNorm
  private let toQueries: Linear
  private let toKeys: Linear
  private let toValues: Linear
  private let toOutput: Linear
  private let feedForwardNorm: LayerNorm
  private let fc1: Linear
  private let fc2: Linear

  /// Channels of each head.
  private static let headWidth = 64

  init(_ inner: Int, heads: Int, _ weights: Weights) throws {
    let (attention, feedForward) = (weights[0], weights[1])
    let width = heads * ResamplerLayer.headWidth
    self.heads = heads
    pictureNorm = try LayerNorm(inner, attention["norm1"])
    tokenNorm = try LayerNorm(inner, attention["norm2"])
    toQueries = try Linear(inner, width, bias: false, attention["to_q"])
    let both = try attention["to_kv"].tensor("weight", shape: [2 * width, inner])
    toKeys = Linear(both.rows(0..<width))
    toValues = Linear(both.rows(width..<2 * width))
    toOutput = try Linear(width, inner, bias: false, attention["to_out"])
    feedForwardNorm = try LayerNorm(inner, feedForward[0])
    fc1 = try Linear(inner, 4 * inner, bias: false, feedForward[1])
    fc2 = try Linear(4 * inner, inner, bias: false, feedForward[3])
  }

  /// - Parameters:
  ///   - tokens: `[pictures, queries, inner]`
  ///   - picture: `[pictures, places, inner]`
  func callAsFunction(_ tokens: Tensor, seeing picture: Tensor) -> Tensor {
    let (own, seen) = (tokenNorm(tokens), pictureNorm(picture))
    let all = seen.followed(by: own)
    let attended = toQueries(own).attention(keys: toKeys(all), values: toValues(all), heads: heads)
    let x = toOutput(attended, Epilogue(residual: tokens))
    return fc2(fc1(feedForwardNorm(x), Epilogue(activation: .gelu)), Epilogue(residual: x))
  }
}

extension Tensor {
  /// `[batch, a, channels]` and `[batch, b, channels]` as `[batch, a + b, channels]`.
  fileprivate func followed(by other: Tensor) -> Tensor {
    let rows = (0..<shape[0]).flatMap { image in
      [self, other].map { $0.slice(image..<image + 1).reshaped([$0.shape[1], $0.shape[2]]) }
    }
    return Tensor.concatenated(rows).reshaped([shape[0], shape[1] + other.shape[1], shape[2]])
  }
}
