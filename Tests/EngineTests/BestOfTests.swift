import Families
import Guardrail
import Images
import Synchronization
import Testing

@testable import Engine
@testable import Painting

@Suite struct BestOfTests {
  private let order: Order
  private let match: PromptMatch
  /// Pictures of one colour, by seed.
  private let pictures: [UInt64: Picture]

  init() throws {
    order = try Studio().engine().order(["seed": "5"]).order
    match = try PromptMatch(folder: Studio.fixture("CLIP/match"), name: "match")
    let waves = try Picture(contentsOf: Studio.fixture("CLIP/waves.png"))
    pictures = [
      5: waves, 6: Picture(width: 64, height: 64, red: 200, green: 20, blue: 20),
      7: try Picture(contentsOf: Studio.fixture("CLIP/seed-1.png")),
      8: Picture(width: 64, height: 64, red: 0, green: 0, blue: 0),
    ]
  }

  private func painting(_ order: Order, isBlurred: Bool = false) throws -> Painting {
    var timings = StageTimings()
    timings.sample = 10
    return Painting(
      picture: try #require(pictures[order.seed]), sampler: .euler, timings: timings, warnings: [],
      safety: isBlurred ? .blurred(PictureFinding(score: 0.1), order.prompt.verdict) : .unchecked)
  }

  private func refusal() throws -> Refusal {
    try #require(throws: RefusedOrder.self) { _ = try Studio().engine().order(["prompt": "you idiot"]) }.refusal
  }

  private func scores() throws -> [UInt64: Double] {
    try pictures.mapValues { try match($0, text: order.plainPrompt).logit }
  }

  @Test func theBestIsKept() async throws {
    let scores = try scores()
    let choice = try await BestOf(count: 4, match: match).choose(from: order) { order, place in
      #expect(order.seed == 5 + UInt64(place))
      return try painting(order)
    }
    let best = try #require(scores.max { $0.value < $1.value })
    #expect(choice.order.seed == best.key && choice.painting.picture == pictures[best.key])
    #expect(choice.record.clip == "match" && choice.record.score == best.value)
    #expect(choice.record.candidates.map(\.seed) == [5, 6, 7, 8])
    #expect(choice.record.candidates.map(\.score) == (5...8).map { scores[$0] })
    // What all of them took, and judging them.
    #expect(choice.painting.timings.sample == 40 && (choice.painting.timings.judge ?? 0) > 0)
  }

  @Test func withheldPicturesAreNoCandidates() async throws {
    let scores = try scores()
    let best = try #require(scores.max { $0.value < $1.value }).key
    let refusal = try refusal()
    let choice = try await BestOf(count: 4, match: match).choose(from: order) { order, _ in
      guard order.seed != best else { throw refusal }
      return try painting(order)
    }
    #expect(choice.order.seed == scores.filter { $0.key != best }.max { $0.value < $1.value }?.key)
    #expect(choice.record.candidates.map { $0.score == nil } == (5...8).map { $0 == best })
    await #expect(throws: Refusal.self) {
      try await BestOf(count: 2, match: match).choose(from: order) { _, _ in throw refusal }
    }
  }

  @Test func aBlurredPictureIsKeptOnlyWhereAllAre() async throws {
    let scores = try scores()
    let ranked = scores.sorted { $0.value > $1.value }.map(\.key)
    let choice = try await BestOf(count: 4, match: match).choose(from: order) { order, _ in
      try painting(order, isBlurred: order.seed != ranked[3])
    }
    #expect(choice.order.seed == ranked[3])
    let blurred = try await BestOf(count: 4, match: match).choose(from: order) { order, _ in
      try painting(order, isBlurred: true)
    }
    #expect(blurred.order.seed == ranked[0])
  }

  @Test func theEngineKeepsTheBestOfEach() async throws {
    let studio = try Studio()
    let engine = studio.engine()
    let bestOf = BestOf(count: 2, match: match)
    let kept = try await engine.pictures(["seed": "1"], in: studio.folder, count: 2) { $0.bestOf = bestOf }
    #expect(kept.count == 2)
    for (place, picture) in kept.enumerated() {
      let seeds = [UInt64(1 + 2 * place), UInt64(2 + 2 * place)]
      #expect(picture.match?.candidates.map(\.seed) == seeds && seeds.contains(picture.order.seed))
      #expect(picture.match?.score == picture.match?.candidates.compactMap(\.score).max())
      #expect(picture.path == studio.place("\(picture.order.seed).png"))
      #expect(picture.parameters[other: "Best of"] == "2" && picture.parameters.seed == picture.order.seed)
    }
    engine.finish()
    #expect(try studio.runs().map(\.seed?.value) == kept.map(\.order.seed))
  }
}
