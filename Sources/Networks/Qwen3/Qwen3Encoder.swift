import System
import Tensors

/// Qwen3 as a text encoder (Yang et al. 2025; transformers' `Qwen3Model`): the hidden states between its layers.
///
/// Only the layers before the last state that is asked for are read. Unless told otherwise it keeps none of them: each is packed
/// when it works and let go, while the system fetches the next one from the file, so that it takes no more memory than its
/// largest matrices; a prompt of hundreds of tokens takes far longer than that.
package struct Qwen3Encoder: Sendable {
  package let configuration: Qwen3Configuration
  private let tokenEmbedding: StoredTensor  // [vocabulary, channels]
  private let layers: [Qwen3Layer]
  /// Behind the last layer, where that runs.
  private let finalNorm: RMSNorm?

  /// - Parameters:
  ///   - layerCount: The largest number that ``callAsFunction(_:counts:states:)`` will be asked for; all layers where nil.
  ///   - keepsLayers: Whether what is packed stays in memory, as far as the weights' budget allows.
  package init(
    _ configuration: Qwen3Configuration, layerCount: Int? = nil, keepsLayers: Bool = false, _ weights: Weights
  ) throws {
    let layerCount = layerCount ?? configuration.numHiddenLayers
    guard (0...configuration.numHiddenLayers).contains(layerCount) else {
      throw NetworkError.configuration(
        "the text encoder has \(configuration.numHiddenLayers) layers; at least \(layerCount) are needed.")
    }
    let model = weights["model"]
    let width = configuration.hiddenSize
    self.configuration = configuration
    tokenEmbedding = try model["embed_tokens"].table("weight", shape: [configuration.vocabSize, width])
    let passing = keepsLayers ? model["layers"] : model["layers"].transient
    layers = try (0..<layerCount).map { try Qwen3Layer(configuration, passing[$0]) }
    finalNorm =
      layerCount == configuration.numHiddenLayers
      ? try RMSNorm(width, epsilon: configuration.rmsNormEps, model["norm"]) : nil
  }

  /// Whether an encoder of so many layers leaves a tensor of a language model unread: later layers, the last norm and the
  /// prediction of words.
  package static func leavesOut(_ name: String, layerCount: Int, of configuration: Qwen3Configuration) -> Bool {
    if name.hasPrefix("lm_head.") { return true }
    if name.hasPrefix("model.norm.") { return layerCount < configuration.numHiddenLayers }
    guard name.hasPrefix("model.layers.") else { return false }
    let index = name.dropFirst("model.layers.".count).prefix { $0 != "." }
    return Int(index).map { (layerCount..<configuration.numHiddenLayers).contains($0) } ?? false
  }

  /// Hidden states of token sequences of equal length, each `[sequences, tokens, channels]`.
  ///
  /// - Parameters:
  ///   - sequences: Token numbers below the size of the vocabulary.
  ///   - counts: How many tokens of each sequence, at least 1, are no padding, which fills it up on the right; all where nil.
  ///     Padding is not seen by any token, but has states of its own.
  ///   - states: Which, in transformers' numbering of `hidden_states`: 0 for the embeddings, n for what the nth layer gives,
  ///     and the last one behind the final norm.
  ///   - progress: Hears how many layers are done; an error thrown there ends it.
  package func callAsFunction(
    _ sequences: [[Int]], counts: [Int]? = nil, states: [Int], progress: (Int) throws -> Void
  ) rethrows -> [Tensor] {
    let length = sequences.first?.count ?? 0
    precondition(
      length > 0 && sequences.allSatisfy { $0.count == length }
        && states.allSatisfy { (0...layers.count).contains($0) },
      "Qwen3Encoder: sequences of \(sequences.map(\.count)) tokens, states \(states) of \(layers.count) layers")
    let counts = counts ?? sequences.map(\.count)
    let rotation = rotation(length)
    var found: [Int: Tensor] = [:]
    layers.first?.prefetch()
    var hidden = tokenEmbedding.rows(at: sequences.flatMap { $0 })
      .reshaped([sequences.count, length, configuration.hiddenSize])
    for number in 0...(states.max() ?? 0) {
      if number > 0 {
        if number < layers.count { layers[number].prefetch() }
        hidden = layers[number - 1](hidden, rotation, counts: counts)
        try progress(number)
      }
      if states.contains(number) {
        found[number] = number == configuration.numHiddenLayers ? finalNorm?(hidden) ?? hidden : hidden
      }
    }
    return states.compactMap { found[$0] }
  }

  /// The same with nobody who hears of it.
  package func callAsFunction(_ sequences: [[Int]], counts: [Int]? = nil, states: [Int]) -> [Tensor] {
    self(sequences, counts: counts, states: states) { _ in }
  }

  /// Angles in float32, as transformers computes them.
  private func rotation(_ length: Int) -> RotaryTable {
    let width = configuration.headDim
    let rates = (0..<width / 2).map { pair in
      1 / Float(pow(configuration.ropeTheta, Double(Float(2 * pair) / Float(width))))
    }
    let angles = (0..<length).flatMap { place in rates.map { Double(Float(place) * $0) } }
    return RotaryTable(
      cosines: Tensor(shape: [length, width / 2], values: angles.map { Float(cos($0)) }),
      sines: Tensor(shape: [length, width / 2], values: angles.map { Float(sin($0)) }), pairs: .halves)
  }
}
