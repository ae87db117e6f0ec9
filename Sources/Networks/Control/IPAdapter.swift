import Tensors

/// Lets a UNet attend to pictures beside the prompt (Ye et al. 2023, "IP-Adapter"; diffusers' `IPAdapterAttnProcessor`): what a CLIP vision
/// tower makes of a picture becomes a few tokens, for which each layer that attends to the prompt has keys and values of its own.
package struct IPAdapter: Sendable {
  private enum Projection: Sendable {
    /// The picture as a whole, as tokens.
    case plain(Linear, LayerNorm, tokens: Int)
    /// All its places (IP-Adapter Plus).
    case plus(Resampler)
  }

  private let projection: Projection
  private let layers: [(layer: Int, toKeys: Linear, toValues: Linear)]

  /// - Parameter weights: A file's, under its authors' names.
  package init(_ shape: IPAdapterShape, _ unet: UNetConfiguration, _ weights: Weights) throws {
    let width = unet.crossAttentionDim
    let picture = weights["image_proj"]
    switch shape.form {
    case .plain(let tokens):
      projection = .plain(
        try Linear(shape.seenWidth, tokens * width, picture["proj"]), try LayerNorm(width, picture["norm"]),
        tokens: tokens)
    case .plus(let queries, let inner, let heads, let depth):
      projection = .plus(
        try Resampler(
          shape.seenWidth, inner, width, queries: queries, heads: heads, depth: depth, picture))
    }
    layers = try unet.promptAttentions.enumerated().map { index, attention in
      // The odd numbers are those of attentions to the prompt.
      let own = weights["ip_adapter"][2 * index + 1]
      return (
        attention.layer, try Linear(width, attention.channels, bias: false, own["to_k_ip"]),
        try Linear(width, attention.channels, bias: false, own["to_v_ip"])
      )
    }
  }

  /// What each layer sees of pictures.
  ///
  /// - Parameters:
  ///   - seen: What the vision tower made of each, `[pictures, width]` or `[pictures, places, width]`.
  /// - Returns: Keys and values `[1, tokens of all pictures, channels]` by the layers' numbers.
  package func callAsFunction(_ seen: Tensor) -> PicturePrompt {
    let tokens: Tensor  // [pictures, tokens, width]
    switch projection {
    case .plain(let linear, let norm, let count):
      let projected = linear(seen)
      tokens = norm(projected.reshaped([seen.shape[0], count, projected.shape[1] / count]))
    case .plus(let resampler): tokens = resampler(seen)
    }
    let all = tokens.reshaped([1, tokens.shape[0] * tokens.shape[1], tokens.shape[2]])
    return PicturePrompt(
      layers: Dictionary(
        uniqueKeysWithValues: layers.map { ($0.layer, KeysAndValues(keys: $0.toKeys(all), values: $0.toValues(all))) }))
  }
}

/// What a UNet's layers see of pictures, by their numbers.
package struct PicturePrompt: Sendable {
  let layers: [Int: KeysAndValues]

  /// This without a picture first, with it behind.
  package func behind(_ other: PicturePrompt) -> PicturePrompt {
    PicturePrompt(
      layers: layers.merging(other.layers) { own, other in
        KeysAndValues(
          keys: .concatenated([other.keys, own.keys]), values: .concatenated([other.values, own.values]))
      })
  }

  /// What attention to it brings, times a factor: attention is linear in the values.
  package func weighted(_ factor: Float) -> PicturePrompt {
    factor == 1
      ? self : PicturePrompt(layers: layers.mapValues { KeysAndValues(keys: $0.keys, values: $0.values * factor) })
  }

  package var isFinite: Bool { layers.values.allSatisfy { $0.keys.isFinite && $0.values.isFinite } }

  /// The last one alone.
  package var last: PicturePrompt {
    let count = layers.values.first?.keys.shape[0] ?? 1
    return slice(count - 1..<count)
  }

  func slice(_ range: Range<Int>) -> PicturePrompt {
    PicturePrompt(
      layers: layers.mapValues { KeysAndValues(keys: $0.keys.slice(range), values: $0.values.slice(range)) })
  }
}

/// The shape of an IP-Adapter, told from its tensors: such files have no configuration.
package struct IPAdapterShape: Sendable {
  package enum Form: Sendable, Equatable {
    case plain(tokens: Int)
    case plus(queries: Int, inner: Int, heads: Int, depth: Int)
  }

  package let form: Form
  /// Of what the vision tower makes: its projection for the plain form, its hidden states for the other.
  package let seenWidth: Int
  /// Of the text that the UNet reads.
  package let textWidth: Int
  /// Attentions to the prompt.
  package let attentions: Int

  private static let headWidth = 64

  /// - Throws: A sentence naming what the file is where it is another one.
  package init(_ source: any TensorSource) throws {
    func shape(_ name: String) throws -> [Int]? { try source.stored("image_proj.\(name)")?.shape }
    let names = Set(source.names)
    attentions = names.count { $0.hasPrefix("ip_adapter.") && $0.hasSuffix(".to_k_ip.weight") }
    guard attentions > 0 else {
      throw NetworkError.configuration(
        "\(source.origin) holds no IP-Adapter: it has no `ip_adapter.1.to_k_ip.weight`.")
    }
    if let matrix = try shape("proj.weight"), let norm = try shape("norm.weight"), matrix.count == 2, norm.count == 1,
      norm[0] > 0, matrix[0] % norm[0] == 0
    {
      form = .plain(tokens: matrix[0] / norm[0])
      (seenWidth, textWidth) = (matrix[1], norm[0])
    } else if let latents = try shape("latents"), latents.count == 3, let input = try shape("proj_in.weight"),
      input.count == 2, let output = try shape("proj_out.weight"), output.count == 2,
      let queries = try shape("layers.0.0.to_q.weight"), queries.count == 2,
      queries[0] % IPAdapterShape.headWidth == 0
    {
      var depth = 0
      while depth < 1024, names.contains("image_proj.layers.\(depth).0.to_q.weight") { depth += 1 }
      form = .plus(
        queries: latents[1], inner: latents[2], heads: queries[0] / IPAdapterShape.headWidth, depth: depth)
      (seenWidth, textWidth) = (input[1], output[0])
    } else {
      throw NetworkError.configuration(
        "\(source.origin) is an IP-Adapter of a form that limn does not run (for faces, as a rule); it runs plain ones and Plus."
      )
    }
  }

  /// Whether the tower's hidden states are seen, not the projection of the whole.
  package var seesPlaces: Bool { if case .plus = form { true } else { false } }
}

extension UNetConfiguration {
  /// Attentions to the prompt in the order of IP-Adapters: way in, way out, middle.
  var promptAttentions: [(layer: Int, channels: Int)] {
    let levels = blockOutChannels.indices
    func channels(_ level: Int, _ depths: OneOrEach<Int>, _ layers: Int, _ attends: Bool) -> [Int] {
      attends
        ? (0..<layers).flatMap { Array(repeating: blockOutChannels[level], count: depths[$0]) } : []
    }
    let down = levels.flatMap {
      channels($0, downDepths[$0], layersPerBlock[$0], downBlockTypes[$0] == "CrossAttnDownBlock2D")
    }
    let middle =
      midBlockType == "UNetMidBlock2DCrossAttn"
      ? Array(repeating: blockOutChannels[blockOutChannels.count - 1], count: midDepth) : []
    let up = levels.flatMap { step in
      let level = blockOutChannels.count - 1 - step
      return channels(level, upDepths[step], layersPerBlock[level] + 1, upBlockTypes[step] == "CrossAttnUpBlock2D")
    }
    // Layers count through the way in, the middle and the way out.
    let first = down.enumerated().map { ($0, $1) }
    let last = up.enumerated().map { (down.count + middle.count + $0, $1) }
    return first + last + middle.enumerated().map { (down.count + $0, $1) }
  }

  /// How many attentions to the prompt it has.
  package var promptAttentionCount: Int { promptAttentions.count }
}
