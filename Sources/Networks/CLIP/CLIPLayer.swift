import KernelInterface
import Tensors

/// What CLIP's text and vision transformers are described by alike.
protocol CLIPTransformerConfiguration: NetworkConfiguration {
  var hiddenSize: Int { get }
  var intermediateSize: Int { get }
  var numHiddenLayers: Int { get }
  var numAttentionHeads: Int { get }
  var layerNormEps: Float { get }
  var hiddenAct: String { get }
}

extension CLIPTransformerConfiguration {
  /// Refuses what no transformer of CLIP's kind can be.
  func validateLayers() throws {
    try requirePositive([
      "hidden_size": hiddenSize, "intermediate_size": intermediateSize, "num_hidden_layers": numHiddenLayers,
      "num_attention_heads": numAttentionHeads,
    ])
    guard hiddenSize % numAttentionHeads == 0 else {
      throw NetworkError.configuration("`hidden_size` \(hiddenSize) is no multiple of \(numAttentionHeads) heads.")
    }
    guard Activation(named: hiddenAct) != nil else {
      throw NetworkError.configuration("limn does not know the activation \"\(hiddenAct)\".")
    }
  }

  /// Checked by ``validateLayers()``.
  var activation: Activation { Activation(named: hiddenAct) ?? .quickGELU }
}

extension Activation {
  /// By a configuration's name; transformers and diffusers have several for some.
  init?(named name: String) {
    let names = ["swish": "silu", "gelu_pytorch_tanh": "gelu_new", "gelu_fast": "gelu_new"]
    self.init(rawValue: names[name] ?? name)
  }
}

/// One layer of either transformer (transformers' `CLIPEncoderLayer`): attention and a feed-forward part, each behind a
/// norm.
struct CLIPLayer: Sendable {
  private let heads: Int
  private let activation: Activation
  private let mask: AttentionMask
  private let attentionNorm: LayerNorm
  private let toQueries: Linear
  private let toKeys: Linear
  private let toValues: Linear
  private let toOutput: Linear
  private let feedForwardNorm: LayerNorm
  private let fc1: Linear
  private let fc2: Linear

  init(_ configuration: some CLIPTransformerConfiguration, mask: AttentionMask, _ weights: Weights) throws {
    let (width, epsilon) = (configuration.hiddenSize, configuration.layerNormEps)
    let attention = weights["self_attn"]
    heads = configuration.numAttentionHeads
    activation = configuration.activation
    self.mask = mask
    attentionNorm = try LayerNorm(width, epsilon: epsilon, weights["layer_norm1"])
    toQueries = try Linear(width, width, attention["q_proj"])
    toKeys = try Linear(width, width, attention["k_proj"])
    toValues = try Linear(width, width, attention["v_proj"])
    toOutput = try Linear(width, width, attention["out_proj"])
    feedForwardNorm = try LayerNorm(width, epsilon: epsilon, weights["layer_norm2"])
    fc1 = try Linear(width, configuration.intermediateSize, weights["mlp"]["fc1"])
    fc2 = try Linear(configuration.intermediateSize, width, weights["mlp"]["fc2"])
  }

  /// `[batch, tokens, channels]` to the same.
  func callAsFunction(_ input: Tensor) -> Tensor {
    let normed = attentionNorm(input)
    let seen = toQueries(normed)
      .attention(keys: toKeys(normed), values: toValues(normed), heads: heads, mask: mask)
    let x = toOutput(seen, Epilogue(residual: input))
    return fc2(fc1(feedForwardNorm(x), Epilogue(activation: activation)), Epilogue(residual: x))
  }
}
