import Foundation
import Tensors
import TestSupport
import Testing

@testable import Checkpoints

/// Damaged GGUF files and damaged files of 8-bit floats: read or refused by a sentence, whatever they claim. `LIMN_FUZZ=100000` sets the
/// rounds of each test.
@Suite struct QuantisedFuzzTests {
  private static let rounds = ProcessInfo.processInfo.environment["LIMN_FUZZ"].flatMap { Int($0) } ?? 1_000

  /// Numbers that make counts, lengths and offsets wrong in their own ways.
  private static let words: [UInt64] = [
    0, 1, 7, 8, 9, 31, 32, 33, 255, 256, 1 << 31, 1 << 32, 1 << 62, .max, .max - 7, 1 << 63, UInt64(Int.max) / 4,
  ]

  private func mutated(_ sound: [UInt8], _ random: inout SeededRandom, within region: Int) -> [UInt8] {
    var mutant = sound
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let place = Int.random(in: 0..<max(1, min(region, mutant.count)), using: &random)
      switch Int.random(in: 0..<6, using: &random) {
      case 0 where place < mutant.count: mutant[place] = UInt8.random(in: 0...255, using: &random)
      case 1 where place < mutant.count: mutant[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 2:
        let word = QuantisedFuzzTests.words.randomElement(using: &random)!
        for byte in 0..<8 where place + byte < mutant.count {
          mutant[place + byte] = UInt8(truncatingIfNeeded: word >> (8 * byte))
        }
      case 3: mutant.removeSubrange(place..<min(mutant.count, place + Int.random(in: 0...24, using: &random)))
      case 4: mutant.insert(contentsOf: mutant[place...].prefix(32), at: place)
      default: if Bool.random(using: &random) { mutant.removeLast(Int.random(in: 0..<mutant.count, using: &random)) }
      }
      if mutant.isEmpty { mutant = [0] }
    }
    return mutant
  }

  /// Reads whatever a file offers; every tensor is as large as its shape.
  private func readAll(_ file: any CheckpointFile) {
    for name in file.names {
      _ = file.scalar(name)
      guard let stored = try? file.stored(name) else { continue }
      #expect(stored.widened().values.count == stored.shape.product)
      if stored.shape.count == 2, stored.shape[0] > 0 { _ = stored.rows(at: [stored.shape[0] - 1]) }
      _ = stored.transposedIfMatrix
    }
  }

  @Test func mutatedGGUF() throws {
    let folder = try TemporaryFolder()
    var random = SeededRandom(seed: 20)
    var writer = GGUFBytes()
    writer.keys = [
      ("general.alignment", 4, [32, 0, 0, 0]),
      ("comfy.gguf.orig_shape.a", 9, [5, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 16, 0, 0, 0]),
      ("t", 9, [8, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 97, 0, 0, 0, 0, 0, 0, 0, 0]),
      ("n", 12, [0, 0, 0, 0, 0, 0, 240, 63]), ("f", 7, [1]),
    ]
    writer.tensors = [
      ("a", [32, 2], 8, 0, 68), ("b", [4], 0, 96, 16), ("c", [256], 12, 128, 144), ("d", [2, 1, 3], 1, 288, 12),
      ("e", [0, 5], 28, 320, 0), ("s", [], 27, 320, 8),
    ]
    let sound = writer.file()
    let header = sound.count - 328
    var accepted = 0
    for _ in 0..<QuantisedFuzzTests.rounds {
      let path = try folder.write("m.gguf", mutated(sound, &random, within: header))
      guard let file = try? GGUFFile(path: path) else { continue }
      accepted += 1
      for value in file.values.values { _ = value.array?.values }
      readAll(file)
      _ = try? SingleFileCheckpoint(path: path)
    }
    #expect(accepted > QuantisedFuzzTests.rounds / 100, "the mutants must get behind the header")
  }

  @Test func mutatedFloat8() throws {
    let folder = try TemporaryFolder()
    var random = SeededRandom(seed: 21)
    var writer = SafetensorsWriter()
    writer.entries = [
      .init(name: "a.weight", type: "F8_E4M3", shape: [2, 3], bytes: [1, 2, 3, 4, 5, 6]),
      .init(name: "b.weight", type: "F8_E5M2", shape: [130, 2], bytes: Array(repeating: 60, count: 260)),
      .init(name: "c.weight", type: "F64", shape: [1, 1], bytes: [0, 0, 0, 0, 0, 0, 240, 63]),
      .init(name: "scaled_fp8", type: "F8_E4M3", shape: [0], bytes: []),
    ]
    writer.add("a.weight_scale", [], [2])
    writer.add("b.weight_scale_inv", [2, 1], [2, 3])
    let sound = writer.file()
    let header = 8 + Int(sound[0]) + 256 * Int(sound[1])
    var accepted = 0
    for round in 0..<QuantisedFuzzTests.rounds {
      // Digits and letters change more often than lengths, lest few mutants are JSON.
      var mutant = mutated(sound, &random, within: round % 2 == 0 ? sound.count : 8)
      if round % 2 == 1 {
        mutant = sound
        let place = Int.random(in: 8..<header, using: &random)
        mutant[place] = "0123456789,[]58EM4FX_abcw".utf8.randomElement(using: &random)!
      }
      guard let file = try? SafetensorsFile(path: folder.write("m.safetensors", mutant)) else { continue }
      accepted += 1
      readAll(file)
    }
    #expect(accepted > QuantisedFuzzTests.rounds / 100, "the mutants must get behind the header")
  }
}

extension StoredTensor {
  fileprivate var transposedIfMatrix: StoredTensor? { shape.count == 2 && shape.product > 0 ? transposed() : nil }
}
