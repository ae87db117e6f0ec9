import Tensors

/// A ControlNet that knows several kinds of pictures, and takes several at a time (diffusers' `ControlNetUnionModel`; xinsir's
/// ControlNet++): attention among one token for each picture and one for the latents says how much of each is added.
package struct ControlNetUnion: Sendable {
  private let embedding: ControlEmbedding
  private let body: ControlBody
  private let tasks: Tensor  // [kinds, channels]
  private let layers: [TaskLayer]
  private let toOffsets: Linear
  private let kindEmbedding: TimestepEmbedding
  private let union: ControlNetConfiguration.Union

  /// A picture as the network sees it.
  package struct Seen: Sendable {
    /// `[1, height, width, channels]`
    let map: Tensor
    /// `[1, channels]`
    let token: Tensor
    let kind: Int
  }

  /// - Throws: ``NetworkError``; also where the configuration is of no union.
  package init(_ configuration: ControlNetConfiguration, _ weights: Weights) throws {
    guard let union = configuration.union else {
      throw NetworkError.configuration("a ControlNet of one kind of picture was built as one of several.")
    }
    let channels = configuration.encoder.blockOutChannels[0]
    self.union = union
    embedding = try ControlEmbedding(configuration, weights["controlnet_cond_embedding"])
    body = try ControlBody(configuration, weights)
    tasks = try weights.tensor("task_embedding", shape: [union.kinds, channels]).widened()
    // The name is the published one.
    layers = try (0..<union.layers).map {
      try TaskLayer(channels, heads: union.heads, weights["transformer_layes"][$0])
    }
    toOffsets = try Linear(channels, channels, weights["spatial_ch_projs"])
    kindEmbedding = try TimestepEmbedding(
      union.kindWidth * union.kinds, 4 * channels, weights["control_add_embedding"])
  }

  /// - Parameters:
  ///   - picture: `[1, height, width, 3]`, 0 to 1.
  ///   - kind: Its kind's number in the network.
  package func embedded(_ picture: Tensor, kind: Int) -> Seen {
    precondition(kind < union.kinds, "ControlNetUnion: kind \(kind) of \(union.kinds)")
    let map = embedding(picture)
    return Seen(map: map, token: map.channelMeans + tasks.rows(at: [kind]), kind: kind)
  }

  /// - Parameters:
  ///   - context: Of this network's own.
  ///   - seen: At least one picture, with its weight.
  package func callAsFunction(
    _ latents: Tensor, timestep: Float, context: TextContext, seen: [(picture: Seen, weight: Float)], isGuessing: Bool
  ) -> UNetAdditions {
    let batch = latents.shape[0]
    let kinds = (0..<union.kinds).map { kind in seen.contains { $0.picture.kind == kind } ? Float(1) : 0 }
    let numbers = body.encoder.sinusoids(kinds, width: union.kindWidth).reshaped([1, union.kinds * union.kindWidth])
    let time = body.encoder.time(timestep, guidance: 1, context: context)
    let kindTime = Tensor.concatenated(Array(repeating: kindEmbedding(numbers), count: time.shape[0]))

    let x = body.encoder.convIn(latents)
    // Of a single picture the weight counts behind the network, of several within.
    let isSingle = seen.count == 1
    func weight(_ index: Int) -> Float { isSingle ? 1 : seen[index].weight }
    let own = x.channelMeans  // [batch, channels]
    let channels = own.shape[1]
    var tokens = Tensor.concatenated(
      (0..<batch).map { image in
        let pictures = seen.indices.map { seen[$0].picture.token * weight($0) }
        return Tensor.concatenated(pictures + [own.slice(image..<image + 1)])
          .reshaped([1, seen.count + 1, channels])
      })
    for layer in layers { tokens = layer(tokens) }
    let offsets = toOffsets(tokens)  // [batch, pictures + 1, channels]
    var input = x
    for index in seen.indices {
      let map = seen[index].picture.map * weight(index)
      let rows = offsets.reshaped([batch * (seen.count + 1), channels])
        .rows(at: (0..<batch).map { $0 * (seen.count + 1) + index })
      input = (input.adding(.concatenated(Array(repeating: map, count: batch)))).addingEverywhere(rows * weight(index))
    }
    return body(
      input, time: time + kindTime, context: context, weight: isSingle ? seen[0].weight : 1, isGuessing: isGuessing)
  }
}

/// Attention among pictures, and a feed-forward part (diffusers' `ResidualAttentionBlock`, torch's `MultiheadAttention`).
private struct TaskLayer: Sendable {
  private let heads: Int
  private let norm1: LayerNorm
  private let toAll: LinearOperator
  private let toOutput: Linear
  private let norm2: LayerNorm
  private let fc: Linear
  private let projection: Linear

  init(_ channels: Int, heads: Int, _ weights: Weights) throws {
    guard channels % heads == 0 else {
      throw NetworkError.configuration("\(channels) channels cannot be shared among \(heads) attention heads.")
    }
    self.heads = heads
    norm1 = try LayerNorm(channels, weights["ln_1"])
    toAll = LinearOperator(
      weight: try weights["attn"].tensor("in_proj_weight", shape: [3 * channels, channels]),
      bias: try weights["attn"].tensor("in_proj_bias", shape: [3 * channels]))
    toOutput = try Linear(channels, channels, weights["attn"]["out_proj"])
    norm2 = try LayerNorm(channels, weights["ln_2"])
    fc = try Linear(channels, 4 * channels, weights["mlp"]["c_fc"])
    projection = try Linear(4 * channels, channels, weights["mlp"]["c_proj"])
  }

  /// `[batch, tokens, channels]`
  ///
  /// torch's module takes the first axis for the tokens, and diffusers hands it the batch there: each token attends to its like in
  /// the other pictures of the batch, of which there is none or whose tokens are the same but the latents'.
  func callAsFunction(_ x: Tensor) -> Tensor {
    let (batch, tokens, channels) = (x.shape[0], x.shape[1], x.shape[2])
    let all = toAll(norm1(x)).swappedFirstAxes  // [tokens, batch, 3 * channels]
    let rows = all.reshaped([tokens, batch, 1, 3 * channels])
    func part(_ index: Int) -> Tensor {
      rows.channels(index * channels..<(index + 1) * channels).reshaped([tokens, batch, channels])
    }
    let seen = part(0).attention(keys: part(1), values: part(2), heads: heads).swappedFirstAxes
    let h = toOutput(seen, Epilogue(residual: x))
    return projection(fc(norm2(h), Epilogue(activation: .quickGELU)), Epilogue(residual: h))
  }
}

extension Tensor {
  /// `[a, b, channels]` as `[b, a, channels]`.
  fileprivate var swappedFirstAxes: Tensor {
    let (first, second, channels) = (shape[0], shape[1], shape[2])
    let rows = reshaped([first * second, channels])
      .rows(at: (0..<second).flatMap { column in (0..<first).map { $0 * second + column } })
    return rows.reshaped([second, first, channels])
  }
}
