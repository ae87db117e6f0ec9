import JSON
import Networks
import Tensors
import TestSupport
import Testing

/// Qwen3 of random weights against transformers; see Tests/Reference/qwen3.py. The tolerance is that of `ReferenceTests`.
@Suite struct Qwen3Tests {
  private static let names = ["qwen3", "qwen3-padded", "qwen3-bfloat16"]

  /// The checkpoint under the names of `Qwen3ForCausalLM`, rounded to bfloat16 where the fixture is.
  private func checkpoint(_ name: String, _ fixture: NetworkFixture) -> InMemoryTensors {
    let stored = fixture.tensors.map { line in
      let fields = line.split(separator: " ")
      let (key, shape) = (String(fields[0]), fields.dropFirst().compactMap { Int($0) })
      let tensor = Patterned.weight(key, shape: shape)
      let isPlain = key.hasPrefix("model.") || key.hasPrefix("lm_head.")
      let place = isPlain ? key : "model.\(key)"
      guard name.hasSuffix("bfloat16") else { return (place, StoredTensor(tensor)) }
      let patterns = tensor.values.map { value in
        UInt16(truncatingIfNeeded: (value.bitPattern + 0x7FFF + (value.bitPattern >> 16 & 1)) >> 16)
      }
      return (place, StoredTensor(shape: shape, .bfloat16, patterns: patterns, offset: 2))
    }
    return InMemoryTensors(Dictionary(uniqueKeysWithValues: stored))
  }

  private func fixture(_ name: String) throws -> (NetworkFixture, Qwen3Configuration, InMemoryTensors) {
    let (fixture, json) = try NetworkFixture.named(name)
    return (fixture, try Qwen3Configuration(json, origin: name), checkpoint(name, fixture))
  }

  @Test(arguments: names, [false, true]) func hiddenStates(name: String, keepsLayers: Bool) throws {
    let (fixture, configuration, checkpoint) = try fixture(name)
    let states = fixture.outputs.keys.compactMap { Int($0) }.sorted()
    let count = try #require(states.last)
    let encoder = try Qwen3Encoder(configuration, layerCount: count, keepsLayers: keepsLayers, Weights(checkpoint))
    #expect(
      checkpoint.unread
        == checkpoint.names.filter { Qwen3Encoder.leavesOut($0, layerCount: count, of: configuration) }.sorted())
    for _ in 0..<2 {
      let found = encoder(try #require(fixture.sequences), counts: fixture.counts, states: states.reversed())
      for (state, tensor) in zip(states.reversed(), found) {
        let sample = try #require(fixture.outputs[String(state)])
        #expect(tensor.shape == sample.shape)
        expectClose(sample.picked(from: tensor), sample.values, relative: 1e-5, "state \(state)")
      }
    }
  }

  /// A sequence is encoded alike alone and beside others, with padding and without.
  @Test func paddingAndOtherSequencesChangeNothing() throws {
    let (fixture, configuration, checkpoint) = try fixture("qwen3-padded")
    let encoder = try Qwen3Encoder(configuration, layerCount: 3, Weights(checkpoint))
    let (sequences, counts) = (try #require(fixture.sequences), try #require(fixture.counts))
    let both = encoder(sequences, counts: counts, states: [3])[0]
    for (index, count) in counts.enumerated() {
      let alone = encoder([Array(sequences[index].prefix(count))], states: [3])[0]
      let beside = both.slice(index..<index + 1).reshaped([sequences[index].count, configuration.hiddenSize])
      expectClose(
        alone.reshaped([count, configuration.hiddenSize]), beside.rows(at: Array(0..<count)), relative: 1e-5)
    }
  }

  @Test func layersAreToldAndAnErrorEndsThem() throws {
    struct Enough: Error {}
    let (fixture, configuration, checkpoint) = try fixture("qwen3")
    let encoder = try Qwen3Encoder(configuration, layerCount: 3, Weights(checkpoint))
    let sequences = try #require(fixture.sequences)
    var told: [Int] = []
    _ = encoder(sequences, states: [1, 3]) { told.append($0) }
    #expect(told == [1, 2, 3])
    #expect(throws: Enough.self) { try encoder(sequences, states: [3]) { if $0 == 2 { throw Enough() } } }
  }

  @Test func whatIsLeftOut() throws {
    let (_, configuration, _) = try fixture("qwen3")
    let leavesOut = { (name: String, count: Int) in
      Qwen3Encoder.leavesOut(name, layerCount: count, of: configuration)
    }
    #expect(leavesOut("lm_head.weight", 4) && leavesOut("model.norm.weight", 3) && !leavesOut("model.norm.weight", 4))
    #expect(leavesOut("model.layers.3.mlp.up_proj.weight", 3) && !leavesOut("model.layers.2.mlp.up_proj.weight", 3))
    // Beyond the configuration's layers: another model.
    #expect(!leavesOut("model.layers.4.mlp.up_proj.weight", 3) && !leavesOut("model.embed_tokens.weight", 0))
    #expect(!leavesOut("model.layers.x", 0))
  }

  @Test func configurations() throws {
    let old = try Qwen3Configuration(["rope_theta": 5000, "num_attention_heads": 8], origin: "old")
    #expect(old.ropeTheta == 5000 && old.headDim == 128 && old.numKeyValueHeads == 8)
    let new = try Qwen3Configuration(
      ["rope_parameters": ["rope_theta": 7000, "rope_type": "default"], "rope_theta": 5000], origin: "new")
    #expect(new.ropeTheta == 7000)
    let refused: [(JSONValue, String)] = [
      (["rope_scaling": ["type": "yarn", "factor": 4]], "rotary embedding \"yarn\""),
      (["num_attention_heads": 6, "num_key_value_heads": 4], "no multiple of `num_key_value_heads` 4"),
      (["head_dim": 7], "expected an even number"), (["attention_bias": true], "without `attention_bias`"),
      (["use_sliding_window": true], "without `attention_bias` and `use_sliding_window`"),
      (["hidden_act": "gelu"], "`hidden_act` silu"), (["hidden_size": 0], "`hidden_size` is 0"),
      (["rope_theta": -1], "positive numbers"), (["num_hidden_layers": 5000], "from 1 to 1024"),
    ]
    for (json, sentence) in refused {
      let error = #expect(throws: NetworkError.self) { try Qwen3Configuration(json, origin: "config.json") }
      #expect("\(try #require(error))".contains(sentence), "\(json.text)")
    }
    let (_, configuration, checkpoint) = try fixture("qwen3")
    let short = #expect(throws: NetworkError.self) {
      try Qwen3Encoder(configuration, layerCount: 27, Weights(checkpoint))
    }
    #expect("\(try #require(short))".contains("has 4 layers; at least 27 are needed"))
    let missing = #expect(throws: NetworkError.self) {
      let name = "model.layers.1.self_attn.q_norm.weight"
      _ = try Qwen3Encoder(configuration, Weights(checkpoint.replacing(name, by: nil)))
    }
    #expect("\(try #require(missing))".contains("`model.layers.1.self_attn.q_norm.weight` is missing"))
  }
}
