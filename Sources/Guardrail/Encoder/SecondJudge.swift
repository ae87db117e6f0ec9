import Foundation

/// A small network over a sentence encoder's features: one hidden layer, an output for "refuse" and one for each category. Its logit is
/// added to the classifier's.
///
/// The classifier alone clears what is plainly harmless. It knows languages other than English by few words, so that there the
/// encoder says most.
package struct SecondJudge: Sendable {
  /// Which of the encoder's layers it reads, counted from 1.
  package let layers: [Int]
  /// The encoder's numbers.
  let inputs: Int
  private let hidden: Int
  private let hiddenWeights: [SIMD16<Float>]  // [hidden, inputs / 16], the last ones filled up with zeros
  private let hiddenBias: [Float]
  private let outputWeights: [Float]  // [1 + categories, hidden]
  private let outputBias: [Float]
  let fusion: Fusion

  /// How the two logits make one.
  struct Fusion: Sendable, Equatable {
    /// Below this logit the classifier clears a text in English.
    var clear: Float
    /// What the encoder's logit counts.
    var slope: Float
    /// What the classifier's logit counts in another language.
    var foreignShare: Float
    /// What is added: for prompts and posts in English, for prompts and posts in other languages.
    var offsets: [Float]
  }

  /// What the network says of a sentence: the logit of "refuse", and each category's share, of those that there are.
  struct Opinion: Sendable {
    let logit: Float
    let categories: [Float]
  }

  private static let outputs = 1 + Category.count

  /// - Parameter features: ``inputs`` numbers.
  func callAsFunction(_ features: [Float]) -> Opinion {
    precondition(features.count == inputs, "SecondJudge: \(features.count) features, not \(inputs)")
    let input = Self.lanes(of: features[...])
    let hidden = (0..<self.hidden).map { unit -> Float in
      var sums = SIMD16<Float>.zero
      for index in input.indices { sums.addProduct(hiddenWeights[unit * input.count + index], input[index]) }
      let sum = hiddenBias[unit] + sums.sum()
      // GELU, exact.
      return 0.5 * sum * (1 + erf(sum / Float(2).squareRoot()))
    }
    let outputs = (0..<Self.outputs).map { output in
      hidden.indices.reduce(outputBias[output]) { $0 + outputWeights[output * hidden.count + $1] * hidden[$1] }
    }
    let highest = outputs.dropFirst().max() ?? 0
    let shares = outputs.dropFirst().map { exp($0 - highest) }
    let total = shares.reduce(0, +)
    return Opinion(logit: outputs[0], categories: shares.map { $0 / total })
  }

  private static func lanes(of values: ArraySlice<Float>) -> [SIMD16<Float>] {
    stride(from: values.startIndex, to: values.endIndex, by: 16).map { start in
      var lanes = SIMD16<Float>.zero
      for place in start..<min(start + 16, values.endIndex) { lanes[place - start] = values[place] }
      return lanes
    }
  }

  // MARK: The file

  /// The file format, little-endian throughout:
  /// - 8 bytes `LIMNJDG1`
  /// - UInt32: layers that it reads, inputs, hidden units, outputs; then the layers
  /// - Float32: clear, slope, foreign share, offsets [4]
  /// - Float32: weights [hidden, inputs], bias [hidden], weights [outputs, hidden], bias [outputs]
  private static let magic = Array("LIMNJDG1".utf8)

  /// - Throws: `GuardrailError.classifier` for any file that does not keep to the format to the last byte.
  package init(bytes: [UInt8]) throws(GuardrailError) {
    guard bytes.count >= 24, bytes.starts(with: Self.magic) else {
      throw .classifier(
        "the file of its second judge does not begin with “LIMNJDG1”; it is damaged or of another version.")
    }
    func word(_ index: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(bytes[8 + 4 * index + $1]) << UInt32(8 * $1) }
    }
    let sizes = (0..<4).map { Int(word($0)) }
    let (layers, inputs, hidden, outputs) = (sizes[0], sizes[1], sizes[2], sizes[3])
    guard (1...64).contains(layers), (1...65_536).contains(inputs), (1...4096).contains(hidden), outputs == Self.outputs
    else {
      throw .classifier(
        "its second judge claims \(inputs) inputs, \(hidden) units and \(outputs) outputs. It is damaged.")
    }
    let count = 4 + layers + 7 + hidden * (inputs + 1) + outputs * (hidden + 1)
    guard bytes.count == 8 + 4 * count else {
      throw .classifier(
        "its second judge has \(bytes.count) bytes; its header promises \(8 + 4 * count). It is damaged.")
    }
    var place = 4
    func words(_ count: Int) -> [UInt32] {
      defer { place += count }
      return (place..<place + count).map(word)
    }
    self.layers = words(layers).map(Int.init)
    func floats(_ count: Int) -> [Float] { words(count).map(Float.init(bitPattern:)) }
    let rule = floats(7)
    fusion = Fusion(clear: rule[0], slope: rule[1], foreignShare: rule[2], offsets: Array(rule[3...]))
    let weights = floats(hidden * inputs)
    hiddenWeights = (0..<hidden).flatMap { Self.lanes(of: weights[$0 * inputs..<($0 + 1) * inputs]) }
    hiddenBias = floats(hidden)
    outputWeights = floats(outputs * hidden)
    outputBias = floats(outputs)
    (self.inputs, self.hidden) = (inputs, hidden)
    guard [rule, weights, hiddenBias, outputWeights, outputBias].allSatisfy({ $0.allSatisfy { $0.isFinite } })
    else {
      throw .classifier("its second judge holds numbers that are not finite. It is damaged.")
    }
  }
}
