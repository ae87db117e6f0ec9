import Foundation
import TestSupport
import Testing

@testable import Checkpoints

/// Damage at random: files must be read or refused, never end the process, and every tensor that they claim must be readable.
@Suite struct PickleFuzzTests {
  /// Instructions and numbers that mean something, so that many mutants still run a good way.
  private static let pieces: [[UInt8]] = [
    [0x5D], [0x7D], [0x29], [0x28], [0x74], [0x52], [0x81], [0x62], [0x51], [0x65], [0x75], [0x73], [0x61], [0x30],
    [0x31], [0x32], [0x68, 0], [0x68, 4], [0x71, 4], [0x94], [0x95, 0, 0, 0, 0, 0, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0xFF],
    [0x8A, 8, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], [0x4A, 0, 0, 0, 0x80], PickleWriter.storage(count: 6),
    PickleWriter.tensor(PickleWriter.storage(count: 6), shape: [2, 3], strides: [1, 2]),
    PickleWriter.global("collections", "OrderedDict"), PickleWriter.global("torch._tensor", "_rebuild_from_type_v2"),
  ]

  /// `LIMN_FUZZ=10000` sets the rounds for each file.
  private static let rounds = ProcessInfo.processInfo.environment["LIMN_FUZZ"].flatMap { Int($0) } ?? 300

  @Test(arguments: PickleTests.files) func survivesMutants(_ name: String) throws {
    let folder = try TemporaryFolder()
    let sound = Array(try Data(contentsOf: URL(filePath: fixture("Pickles/\(name)"))))
    var random = SeededRandom(seed: UInt64(PickleTests.files.firstIndex(of: name) ?? 0))
    var accepted = 0
    for _ in 0..<Self.rounds {
      var mutant = sound
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0..<mutant.count, using: &random)
        let end = min(mutant.count, place + Int.random(in: 1...20, using: &random))
        switch Int.random(in: 0..<6, using: &random) {
        case 0: mutant[place] = UInt8.random(in: 0...255, using: &random)
        case 1: mutant[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 2: mutant.removeSubrange(place..<end)
        case 3: mutant.insert(contentsOf: mutant[place..<end], at: Int.random(in: 0..<mutant.count, using: &random))
        default:
          // In place of what was there, so that the archive around the pickle still fits.
          let piece = Self.pieces.randomElement(using: &random)!
          let room = place..<min(mutant.count, place + piece.count)
          mutant.replaceSubrange(room, with: piece.prefix(room.count))
        }
        if mutant.isEmpty { mutant = [0] }
      }
      guard let file = try? CheckpointFiles.open(folder.write("m.pt", mutant)) else { continue }
      accepted += 1
      for tensor in file.names {
        _ = try? file.stored(tensor)?.widened()
        _ = (file.shape(tensor), file.scalar(tensor))
      }
    }
    #expect(accepted > Self.rounds / 40, "the mutants must reach the checks behind the reader")
  }
}
