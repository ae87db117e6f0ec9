import Foundation
import JSON
import Networks
import Tensors
import TestSupport

/// One file of Tests/Fixtures/Networks, made by Tests/Reference/networks.py: a configuration, the names and shapes of
/// its tensors, the shapes of its inputs and what diffusers or transformers made of them.
struct NetworkFixture: Decodable {
  /// Some of an output's values, every `every`th in row-major order.
  struct Sample: Decodable {
    let shape: [Int]
    let every: Int
    let values: [Double]
  }

  let outputs: [String: Sample]
  let tensors: [String]
  let latents: [Int]?
  let context: [Int]?
  let pooled: [Int]?
  let timeIDs: [[Float]]?
  let picture: [Int]?
  let states: [Int]?
  let references: [[Int]]?
  let timestep: Float?
  let guidance: Float?
  let tile: Int?
  let sequences: [[Int]]?
  /// Tokens of each sequence that are no padding.
  let counts: [Int]?

  static func named(_ name: String) throws -> (NetworkFixture, configuration: JSONValue) {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let data = try Data(contentsOf: folder.appending(path: "Fixtures/Networks/\(name).json"))
    let configuration = try JSONValue(parsing: Array(data))["configuration"] ?? [:]
    return (try JSONDecoder().decode(NetworkFixture.self, from: data), configuration)
  }

  /// The prompts' encodings, with what SDXL is told beside them.
  var textContext: TextContext {
    let added = pooled.map {
      AddedConditions(pooled: Patterned.tensor("pooled", shape: $0), timeIDs: timeIDs ?? [])
    }
    return TextContext(Patterned.tensor("context", shape: context ?? []), added: added)
  }

  var checkpoint: InMemoryTensors { Patterned.checkpoint(tensors) }

  /// An input as torch lays it out, `[batch, channels, height, width]`, brought to channels last.
  func featureMap(_ name: String, _ shape: [Int]?, times factor: Float = 1) -> Tensor {
    (Patterned.tensor(name, shape: shape ?? []) * factor).channelsLast()
  }
}

extension NetworkFixture.Sample {
  /// Those values of `tensor` that the sample holds.
  func picked(from tensor: Tensor) -> [Float] {
    let values = tensor.values
    return stride(from: 0, to: values.count, by: every).map { values[$0] }
  }
}
