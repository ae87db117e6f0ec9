import Tensors

/// BERT's transformer over token numbers (Devlin et al. 2019; transformers' `BertModel`), with absolute positions and one kind of
/// segment: the network of multilingual-e5-small (Wang et al. 2024).
package struct BERTEncoder: Sendable {
  package let configuration: BERTConfiguration
  private let wordEmbedding: StoredTensor  // [vocabulary, channels]
  private let positionEmbedding: Tensor  // [positions, channels]
  private let embeddingNorm: LayerNorm
  private let layers: [BERTLayer]

  /// - Parameter layerCount: How many layers are needed, from the first on; all where nil.
  package init(_ configuration: BERTConfiguration, layerCount: Int? = nil, _ weights: Weights) throws {
    let (width, positions) = (configuration.hiddenSize, configuration.maxPositionEmbeddings)
    let embeddings = weights["embeddings"]
    self.configuration = configuration
    wordEmbedding = try embeddings["word_embeddings"].table("weight", shape: [configuration.vocabSize, width])
    let segment = try embeddings["token_type_embeddings"].tensor("weight", shape: [2, width]).widened().slice(0..<1)
    positionEmbedding =
      try embeddings["position_embeddings"].tensor("weight", shape: [positions, width]).widened()
      + Tensor.concatenated([Tensor](repeating: segment, count: positions))
    embeddingNorm = try LayerNorm(width, epsilon: configuration.layerNormEps, embeddings["LayerNorm"])
    layers = try (0..<(layerCount ?? configuration.numHiddenLayers)).map {
      try BERTLayer(configuration, weights["encoder"]["layer"][$0])
    }
  }

  /// Checks names and shapes of all that ``init(_:layerCount:_:)`` asks for, without reading a value.
  ///
  /// - Parameter shape: A tensor's shape; nil where there is none of that name.
  /// - Throws: ``NetworkError``
  package static func check(
    _ configuration: BERTConfiguration, layerCount: Int, _ shape: (String) -> [Int]?, origin: String
  ) throws {
    let (width, inner) = (configuration.hiddenSize, configuration.intermediateSize)
    var expected: [(String, [Int])] = [
      ("embeddings.word_embeddings.weight", [configuration.vocabSize, width]),
      ("embeddings.position_embeddings.weight", [configuration.maxPositionEmbeddings, width]),
      ("embeddings.token_type_embeddings.weight", [2, width]),
      ("embeddings.LayerNorm.weight", [width]), ("embeddings.LayerNorm.bias", [width]),
    ]
    for layer in 0..<layerCount {
      let matrices = [
        "attention.self.query": [width, width], "attention.self.key": [width, width],
        "attention.self.value": [width, width], "attention.output.dense": [width, width],
        "intermediate.dense": [inner, width], "output.dense": [width, inner],
      ]
      let norms = ["attention.output.LayerNorm": [width], "output.LayerNorm": [width]]
      for (name, size) in matrices.merging(norms, uniquingKeysWith: { $1 }) {
        expected.append(("encoder.layer.\(layer).\(name).weight", size))
        expected.append(("encoder.layer.\(layer).\(name).bias", [size[0]]))
      }
    }
    for (name, size) in expected {
      guard let found = shape(name) else {
        throw NetworkError.missingTensor(origin: origin, name: name, expected: size)
      }
      guard found == size else {
        throw NetworkError.wrongShape(origin: origin, name: name, found: found, expected: size)
      }
    }
  }

  /// The means over each text's tokens of what some layers give, `[layers, channels]` a text.
  ///
  /// - Parameters:
  ///   - texts: Tokens of the vocabulary, of each text at least one and at most as many as there are positions.
  ///   - wanted: Which layers, counted from 1, ascending.
  package func means(_ texts: [[Int]], after wanted: [Int]) -> [Tensor] {
    guard !texts.isEmpty else { return [] }
    let width = configuration.hiddenSize
    let tokens = texts.flatMap(\.self)
    precondition(
      texts.allSatisfy { (1...configuration.maxPositionEmbeddings).contains($0.count) }
        && tokens.allSatisfy { (0..<configuration.vocabSize).contains($0) },
      "BERTEncoder: texts of \(texts.map(\.count)) tokens")
    var places: [Range<Int>] = []
    for text in texts { places.append((places.last?.upperBound ?? 0)..<(places.last?.upperBound ?? 0) + text.count) }
    let positions = Tensor.concatenated(texts.map { positionEmbedding.slice(0..<$0.count) })
    let words = wordEmbedding.rows(at: tokens) + positions
    var hidden = embeddingNorm(words.reshaped([1, tokens.count, width]))  // [1, tokens of all texts, channels]
    var means = [[Tensor]](repeating: [], count: texts.count)
    for (index, layer) in layers.prefix(wanted.last ?? 0).enumerated() {
      hidden = layer(hidden, texts: places)
      guard wanted.contains(index + 1) else { continue }
      for (text, mean) in Self.means(hidden, of: places).enumerated() { means[text].append(mean) }
    }
    return means.map(Tensor.concatenated)
  }

  /// `[1, tokens, channels]` to `[1, channels]` a text.
  private static func means(_ hidden: Tensor, of places: [Range<Int>]) -> [Tensor] {
    let width = hidden.shape[2]
    let values = hidden.values
    return places.map { place in
      Tensor(
        shape: [1, width],
        values: (0..<width).map { channel in
          place.reduce(0) { $0 + values[$1 * width + channel] } / Float(place.count)
        })
    }
  }
}
