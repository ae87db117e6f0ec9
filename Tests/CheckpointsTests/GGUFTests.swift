import Foundation
import Tensors
import Testing

@testable import Checkpoints

@Suite struct GGUFTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  static let types = ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K"]

  /// Birth certificate: Tests/Reference/blocks.py (gguf 0.19.0). `LIMN_BLOCKS` names a larger file of that script.
  @Test(arguments: types) func blocksAreWhatTheReferenceSays(type: String) throws {
    let file = try GGUFFile(path: ProcessInfo.processInfo.environment["LIMN_BLOCKS"] ?? fixture("blocks.gguf"))
    let stored = try #require(try file.stored(type))
    let expected = try #require(try file.stored("\(type).expected")).widened()
    #expect(stored.shape == expected.shape)
    let found = stored.widened().values
    #expect(zip(found, expected.values).allSatisfy { $0.bitPattern == $1.bitPattern })
  }

  @Test func singleNumbersAreRead() throws {
    let file = try GGUFFile(path: fixture("blocks.gguf"))
    let thirds: [Float] = [0, 1, 2, 3, 4, 5].map { Float(Float16($0) / 3) }
    #expect(try file.stored("F16")?.widened().values == thirds)
    #expect(try file.stored("F32")?.widened().values == thirds)
    #expect(try file.stored("F64")?.widened().values == thirds.map { Float(Double($0) / 7) })
    #expect(try file.stored("BF16")?.widened().values == [0, 1, 2, 3, 4, 5])
    #expect(try file.stored("reshaped.weight")?.shape == [8, 32, 3, 3])
    #expect(try file.stored("none") == nil)
  }

  @Test func keysAreRead() throws {
    let file = try GGUFFile(path: fixture("blocks.gguf"))
    let integers = [
      "uint8": 200, "int8": -100, "uint16": 60000, "int16": -30000, "uint32": 4_000_000_000, "int32": -2_000_000_000,
      "uint64": 1 << 60, "int64": -(1 << 60),
    ]
    for (kind, value) in integers { #expect(file.values["kinds.\(kind)"]?.integer == value) }
    #expect(file.values["kinds.float32"]?.number == 0.5 && file.values["kinds.float64"]?.number == 0.1)
    #expect(file.values["kinds.bool"]?.flag == true)
    #expect(file.metadata["kinds.text"] == "Grüße, 猫" && file.architecture == "test")
    #expect(file.values["kinds.texts"]?.array?.texts == ["a", "", "猫"])
    #expect(file.values["kinds.integers"]?.array?.integers == [1, -2, 3])
    #expect(file.values["kinds.numbers"]?.array?.values.map(\.number) == [0.5, 0.25])
  }

  /// Types that are known by size only, and scalars.
  @Test func otherTypesAreNamedWhenTheyAreAskedFor() throws {
    var writer = GGUFBytes()
    writer.tensors = [("a", [256], 16, 0, 66), ("step", [], 27, 96, 8)]
    let file = try GGUFFile(path: folder.write("x.gguf", writer.file()))
    #expect(sentence { _ = try file.stored("a") }.contains("`a` is of type IQ2_XXS, which limn does not compute with"))
    #expect(file.shape("a") == [256] && file.scalar("step") == 0)
  }

  @Test func damageIsASentence() throws {
    func says(_ name: String, _ change: (inout GGUFBytes) -> Void) throws -> String {
      var writer = GGUFBytes()
      writer.tensors = [("a", [32, 2], 8, 0, 68), ("b", [4], 0, 96, 16)]
      writer.keys = [("general.alignment", 4, [32, 0, 0, 0])]
      change(&writer)
      return sentence { _ = try GGUFFile(path: folder.write("\(name).gguf", writer.file())) }
    }
    #expect(try says("sound") { _ in } == "")
    #expect(try says("big") { $0.version = 3 << 24 }.contains("was written for big-endian machines"))
    #expect(try says("one") { $0.version = 1 }.contains("is of version 1; 2 or 3 was expected"))
    #expect(try says("many") { $0.tensorCount = 1 << 60 }.contains("tensors would not fit"))
    #expect(try says("keys") { $0.keyCount = .max }.contains("keys would not fit"))
    #expect(
      try says("rows") { $0.tensors[0].extents = [48, 2] }.contains(
        "`a` is [2, 48] of Q8_0, whose rows are multiples of 32"))
    #expect(
      try says("large") { $0.tensors[0].extents = [32, 1 << 40, 1 << 40] }.contains("more values than any file holds"))
    #expect(try says("beyond") { $0.dataLength = 111 }.contains("would go beyond the end of the file"))
    #expect(try says("odd") { $0.tensors[1].offset = 97 }.contains("no multiple of 32"))
    #expect(try says("twice") { $0.tensors[1].name = "a" }.contains("`a` is described twice"))
    #expect(try says("type") { $0.tensors[1].type = 99 }.contains("`b` is of the unknown type 99"))
    #expect(try says("axes") { $0.tensors[1].extents = Array(repeating: 1, count: 9) }.contains("has 9 axes"))
    #expect(try says("kind") { $0.keys[0].kind = 13 }.contains("`general.alignment` is of the unknown kind 13"))
    #expect(try says("alignment") { $0.keys[0].bytes = [3, 0, 0, 0] }.contains("is no power of two"))
    #expect(try says("again") { $0.keys.append($0.keys[0]) }.contains("is given twice"))
    #expect(
      try says("shape") {
        $0.keys = [("comfy.gguf.orig_shape.a", 9, [5, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0])]
      }
      .contains("`a` is [2, 32], and by its `comfy.gguf.orig_shape` [7]"))
    let deep = Array(repeating: [9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0] as [UInt8], count: 40).flatMap { $0 }
    #expect(try says("deep") { $0.keys = [("x", 9, deep)] }.contains("an array of values of the unknown kind 9"))
  }
}

/// Writes small GGUF files, sound ones and others.
struct GGUFBytes {
  var version: UInt32 = 3
  var tensorCount: UInt64?
  var keyCount: UInt64?
  /// Extents innermost first, number of the type, place in the data, bytes.
  var tensors: [(name: String, extents: [UInt64], type: UInt32, offset: UInt64, length: Int)] = []
  var keys: [(name: String, kind: UInt32, bytes: [UInt8])] = []
  /// Bytes of data; as many as the tensors take unless given.
  var dataLength: Int?

  func file() -> [UInt8] {
    var bytes = Array("GGUF".utf8) + little(version)
    bytes += little(tensorCount ?? UInt64(tensors.count)) + little(keyCount ?? UInt64(keys.count))
    for key in keys { bytes += text(key.name) + little(key.kind) + key.bytes }
    for tensor in tensors {
      bytes += text(tensor.name) + little(UInt32(tensor.extents.count)) + tensor.extents.flatMap { little($0) }
      bytes += little(tensor.type) + little(tensor.offset)
    }
    bytes += Array(repeating: 0, count: (32 - bytes.count % 32) % 32)
    return bytes + Array(repeating: 0, count: dataLength ?? tensors.map { Int($0.offset) + $0.length }.max() ?? 0)
  }

  private func text(_ text: String) -> [UInt8] { little(UInt64(text.utf8.count)) + text.utf8 }

  private func little<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
    (0..<Value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * Value($0))) }
  }
}
