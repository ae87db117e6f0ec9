import Testing

@testable import Checkpoints

/// Damage at random: headers must be read or refused, never end the process, and never claim more than the file holds.
@Suite struct SafetensorsFuzzTests {
  /// splitmix64 (Steele et al. 2014): the same damage on every machine.
  private struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  /// Pieces that mean something in a header, so that many mutants still parse a good way.
  private static let pieces = [
    "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u12", "\\ud83d", "0", "-1", "1e9", "9223372036854775807",
    "18446744073709551616", "[4294967296,4294967296]", "\"F16\"", "\"I64\"", "\"F4\"", "\"shape\"", "\"data_offsets\"",
    "\"dtype\"", "\"__metadata__\":{}", "\"b\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},", "null",
    "[[[[[[[[", "\u{0}", "\u{301}",
  ].map { Array($0.utf8) }

  @Test(arguments: 0..<10)
  func survivesThousandMutants(seed: Int) throws {
    var random = Seeded(state: UInt64(seed))
    var writer = SafetensorsWriter(metadata: ["format": "pt"])
    writer.add("a.weight", [2, 3], [0, 1, 2, 3, 4, 5])
    writer.add("b", [1], [9])
    writer.entries.append(
      .init(name: "position_ids", type: "I64", shape: [1, 2], bytes: Array(repeating: 1, count: 16)))
    let sound = writer.file()
    let header = Array(sound[8..<sound.count - 44])
    var accepted = 0
    for _ in 0..<1000 {
      var mutant = header
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0...mutant.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0 where place < mutant.count: mutant[place] = UInt8.random(in: 0...255, using: &random)
        case 1 where place < mutant.count: mutant[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 2: mutant.insert(contentsOf: Self.pieces.randomElement(using: &random)!, at: place)
        case 3: mutant.removeSubrange(place..<min(mutant.count, place + Int.random(in: 0...20, using: &random)))
        default:
          mutant.insert(contentsOf: mutant[place...].prefix(40), at: Int.random(in: 0...mutant.count, using: &random))
        }
      }
      guard let read = try? SafetensorsHeader(json: mutant, dataLength: 44) else { continue }
      accepted += 1
      let data = 8 + mutant.count..<8 + mutant.count + 44
      var held = 0
      for entry in read.tensors.values {
        #expect(data.lowerBound <= entry.range.lowerBound && entry.range.upperBound <= data.upperBound)
        held += entry.range.count
      }
      #expect(held == 44)
    }
    #expect(accepted > 10, "the mutants must reach the checks behind the parser")
  }

  /// What was mutated above were headers; here the whole file is, its length included, and every tensor is read.
  @Test func survivesMutatedFiles() throws {
    let folder = try TemporaryFolder()
    var random = Seeded(state: 99)
    var writer = SafetensorsWriter()
    writer.add("a", [2], [1, 2])
    writer.add("b", [0, 4], [])
    let sound = writer.file()
    for _ in 0..<500 {
      var mutant = sound
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        mutant[Int.random(in: 0..<mutant.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      }
      if Bool.random(using: &random) { mutant.removeLast(Int.random(in: 0..<mutant.count, using: &random)) }
      guard let file = try? SafetensorsFile(path: folder.write("m.safetensors", mutant)) else { continue }
      for name in file.names { _ = try? file.stored(name)?.widened() }
    }
  }
}
