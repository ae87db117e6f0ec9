import Sampling
import Tensors
import Testing

/// Expected numbers: `Tests/Reference/random_sources.py`.
struct RandomSourceCase: Decodable, Sendable, CustomTestStringConvertible {
  struct Draw: Decodable, Sendable {
    let count: Int
    let values: PackedFloats
  }

  let source: String
  let seed: String
  let draws: [Draw]

  var testDescription: String { "\(source) seed \(seed) draws \(draws.map(\.count))" }

  static let all: [RandomSourceCase] = {
    struct File: Decodable { let cases: [RandomSourceCase] }
    return (try? Fixture.decoded("random_sources.json", as: File.self).cases) ?? []
  }()
}

@Suite struct RandomSourceTests {
  @Test func fixtureIsRead() { #expect(RandomSourceCase.all.count > 80) }

  @Test(arguments: RandomSourceCase.all)
  func drawsWhatTheReferenceDraws(_ reference: RandomSourceCase) throws {
    let seed = try #require(UInt64(reference.seed))
    if reference.source == "torch" {
      check(TorchRandom(seed: seed), reference)
    } else {
      check(PhiloxRandom(seed: seed), reference)
    }
  }

  private func check(_ source: some RandomSource, _ reference: RandomSourceCase) {
    var source = source
    for draw in reference.draws {
      let drawn = source.normal(count: draw.count)
      let middle = stride(from: 16, to: max(draw.count - 16, 16), by: 97).map { drawn[$0] }
      let ends = drawn.prefix(16) + middle + drawn.suffix(16)
      let found = draw.count <= 64 ? drawn : Array(ends)
      if reference.source == "torch" {
        #expect(found == draw.values.values, "draw of \(draw.count)")
      } else {
        // numpy's logarithm and sine may differ from the C library's in the last bits.
        let difference = zip(found, draw.values.values).map { ($0 - $1).magnitude }.max() ?? 0
        #expect(found.count == draw.values.values.count && difference <= 1e-6, "draw of \(draw.count)")
      }
    }
  }

  @Test func latentsAreDrawnChannelsFirst() {
    var (latents, flat) = (TorchRandom(seed: 5), TorchRandom(seed: 5))
    let drawn = flat.normal(count: 2 * 4 * 3 * 5)
    let tensor = latents.normalLatents(shape: [2, 3, 5, 4])
    for (picture, row, column, channel) in [(0, 0, 0, 0), (1, 2, 4, 3), (1, 0, 3, 2), (0, 2, 1, 1)] {
      let found = tensor.values[((picture * 3 + row) * 5 + column) * 4 + channel]
      #expect(found == drawn[((picture * 4 + channel) * 3 + row) * 5 + column])
    }
  }

  @Test func cudaVectorsOfOtherPrograms() {
    var source = PhiloxRandom(seed: 0)
    let (first, second) = (source.normal(count: 4), source.normal(count: 2))
    let expected: [Float] = [-0.924663, -0.425344, -2.643846, 0.145184, 0.180826, -0.552263]
    #expect(zip(first + second, expected).allSatisfy { ($0 - $1).magnitude < 1e-5 })
  }
}
