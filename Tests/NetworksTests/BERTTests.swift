import JSON
import Networks
import Tensors
import TestSupport
import Testing

/// A BERT of random weights against transformers; see Tests/Reference/multilingual_e5.py. The tolerance is that of `ReferenceTests`.
@Suite struct BERTTests {
  @Test func meansOfLayers() throws {
    let (fixture, json) = try NetworkFixture.named("bert")
    let configuration = try BERTConfiguration(json, origin: "bert")
    let checkpoint = fixture.checkpoint
    let encoder = try BERTEncoder(configuration, Weights(checkpoint))
    #expect(checkpoint.unread.isEmpty)
    let tokens = try #require(fixture.sequences)[0]
    let found = encoder.means([tokens], after: [1, 2, 3])[0]
    #expect(found.shape == [3, configuration.hiddenSize])
    for layer in 1...3 {
      let sample = try #require(fixture.outputs[String(layer)])
      expectClose(sample.picked(from: found.slice(layer - 1..<layer)), sample.values, relative: 1e-5, "layer \(layer)")
    }
    let alone = encoder.means([tokens], after: [2])[0]
    expectClose(alone.values, found.slice(1..<2).values.map(Double.init), relative: 1e-6, "one layer alone")
    let texts = [Array(tokens.prefix(1)), tokens, Array(tokens.reversed()), Array(tokens.dropFirst(2))]
    for (text, together) in zip(texts, encoder.means(texts, after: [1, 3])) {
      let alone = encoder.means([text], after: [1, 3])[0].values.map(Double.init)
      expectClose(together.values, alone, relative: 1e-5, "\(text.count) tokens among others")
    }
    #expect(encoder.means([], after: [1]).isEmpty)
  }

  @Test func fewerLayersNeedFewerTensors() throws {
    let (fixture, json) = try NetworkFixture.named("bert")
    let configuration = try BERTConfiguration(json, origin: "bert")
    let shapes = Dictionary(
      uniqueKeysWithValues: fixture.tensors.map { line in
        let fields = line.split(separator: " ")
        return (String(fields[0]), fields.dropFirst().compactMap { Int($0) })
      })
    try BERTEncoder.check(configuration, layerCount: 3, { shapes[$0] }, origin: "x")
    try BERTEncoder.check(
      configuration, layerCount: 2, { $0.contains("layer.2") ? nil : shapes[$0] }, origin: "x")
    for name in shapes.keys where !name.contains("pooler") {
      #expect(throws: NetworkError.self) {
        try BERTEncoder.check(configuration, layerCount: 3, { $0 == name ? nil : shapes[$0] }, origin: "x")
      }
      #expect(throws: NetworkError.self) {
        try BERTEncoder.check(configuration, layerCount: 3, { $0 == name ? [1] : shapes[$0] }, origin: "x")
      }
    }
  }
}
