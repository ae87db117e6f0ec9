import Tensors
import Testing

@testable import Checkpoints

@Suite struct Float8Tests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Birth certificate: Tests/Reference/blocks.py (torch 2.15.0).
  @Test(arguments: ["F8_E4M3", "F8_E5M2"]) func everyPattern(type: String) throws {
    let file = try SafetensorsFile(path: fixture("float8.safetensors"))
    let found = try #require(try file.stored(type)).widened().values
    let expected = try #require(try file.stored("\(type).expected")).widened().values
    #expect(zip(found, expected).allSatisfy { $0.isNaN ? $1.isNaN : $0.bitPattern == $1.bitPattern })
  }

  /// 1, 2, 3 ... as E4M3.
  private static func bytes(_ count: Int) -> [UInt8] { (0..<count).map { [0x38, 0x40, 0x44, 0x48][$0 % 4] } }

  private func file(_ scale: String, _ shape: [Int], _ values: [Float], weight: [Int] = [2, 3]) throws
    -> SafetensorsFile
  {
    var writer = SafetensorsWriter()
    writer.entries = [
      .init(name: "a.weight", type: "F8_E4M3", shape: weight, bytes: Float8Tests.bytes(weight.reduce(1, *))),
      .init(name: "a.input_scale", type: "F32", shape: [], bytes: [0, 0, 0, 64]),
      .init(name: "scaled_fp8", type: "F8_E4M3", shape: [0], bytes: []),
    ]
    writer.add(scale, shape, values)
    writer.add("b.weight_scale", [], [9])
    return try SafetensorsFile(path: folder.write("x.safetensors", writer.file()))
  }

  @Test(arguments: ["a.weight_scale", "a.scale_weight", "a.weight_scale_inv"])
  func scalesMultiply(name: String) throws {
    let one = try file(name, [], [0.5])
    // What belongs to a weight of 8 bits is no tensor of its own; the same name beside others is one.
    #expect(one.names.sorted() == ["a.weight", "b.weight_scale"])
    #expect(try one.stored("a.weight")?.widened().values == [0.5, 1, 1.5, 2, 0.5, 1])
    let rows = try file(name, [2, 1], [2, 4])
    #expect(try rows.stored("a.weight")?.widened().values == [2, 4, 6, 16, 4, 8])
    let wrong = try file(name, [3], [1, 2, 3])
    #expect(sentence { _ = try wrong.stored("a.weight") }.contains("`\(name)` is [3] for a weight of [2, 3]"))
  }

  @Test func blocksHaveTheirOwnScales() throws {
    let file = try file("a.weight_scale_inv", [2, 3], [1, 2, 3, 4, 5, 6], weight: [130, 260])
    let found = try #require(try file.stored("a.weight")).widened().values
    for (row, column) in [(0, 0), (0, 127), (0, 128), (127, 259), (128, 0), (129, 256)] {
      let place = row * 260 + column
      #expect(found[place] == Float([1, 2, 3, 4][place % 4] * (row / 128 * 3 + column / 128 + 1)))
    }
  }

  /// The index may send a weight and its scale to different files.
  @Test func scalesLieInOtherShards() throws {
    var weights = SafetensorsWriter()
    weights.entries = [.init(name: "a.weight", type: "F8_E4M3", shape: [2], bytes: Float8Tests.bytes(2))]
    var scales = SafetensorsWriter()
    scales.add("a.weight_scale", [1], [3])
    try folder.write("1.safetensors", weights.file())
    try folder.write("2.safetensors", scales.file())
    let index = try folder.write(
      "x.safetensors.index.json",
      #"{"weight_map": {"a.weight": "1.safetensors", "a.weight_scale": "2.safetensors"}}"#)
    let source = try ShardedFiles(indexPath: index)
    #expect(source.names == ["a.weight"])
    #expect(try source.stored("a.weight")?.widened().values == [3, 6])
  }
}
