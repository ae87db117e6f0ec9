import Tensors

/// Attention with several heads, from tokens to themselves or to a context, with diffusers' names of the four matrices.
struct Attention: Sendable {
  private let heads: Int
  private let toQueries: Linear
  private let toKeys: Linear
  private let toValues: Linear
  private let toOutput: Linear

  init(channels: Int, contextChannels: Int? = nil, heads: Int, bias: Bool = false, _ weights: Weights) throws {
    guard heads > 0, channels % heads == 0 else {
      throw NetworkError.configuration("\(channels) channels cannot be shared among \(heads) attention heads.")
    }
    self.heads = heads
    toQueries = try Linear(channels, channels, bias: bias, weights["to_q"])
    toKeys = try Linear(contextChannels ?? channels, channels, bias: bias, weights["to_k"])
    toValues = try Linear(contextChannels ?? channels, channels, bias: bias, weights["to_v"])
    toOutput = try Linear(channels, channels, weights["to_out"][0])
  }

  /// `[batch, tokens, channels]` to the same shape.
  func callAsFunction(_ x: Tensor, _ epilogue: Epilogue) -> Tensor {
    attend(x, to: keysAndValues(of: x), epilogue)
  }

  /// The same beside another picture.
  func callAsFunction(_ x: Tensor, beside other: ReferenceAttention, layer: Int, _ epilogue: Epilogue) -> Tensor {
    let queries = toQueries(x)
    let found = other.attending(layer: layer, to: keysAndValues(of: x)) { context, entries in
      (entries.count == x.shape[0] ? queries : queries.slice(entries)).attention(
        keys: context.keys, values: context.values, heads: heads, precision: toQueries.precision)
    }
    return toOutput(found, epilogue)
  }

  /// What a context looks like to this layer: the same for every step, so computed once a prompt.
  func keysAndValues(of context: Tensor) -> KeysAndValues {
    KeysAndValues(keys: toKeys(context), values: toValues(context))
  }

  /// - Parameter others: Contexts of the same channels that are attended to each by itself; what is found is summed.
  func attend(
    _ x: Tensor, to context: KeysAndValues, and others: [KeysAndValues] = [], _ epilogue: Epilogue
  ) -> Tensor {
    let queries = toQueries(x)
    func seen(_ context: KeysAndValues) -> Tensor {
      queries.attention(keys: context.keys, values: context.values, heads: heads, precision: toQueries.precision)
    }
    return toOutput(others.reduce(seen(context)) { $0.adding(seen($1)) }, epilogue)
  }
}

/// A context's projections for one attention layer, each `[batch, tokens, channels]`.
struct KeysAndValues: Sendable {
  let keys: Tensor
  let values: Tensor
}
