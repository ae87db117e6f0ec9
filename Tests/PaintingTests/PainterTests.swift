import Families
import Images
import Painting
import System
import Testing

@Suite struct PainterTests {
  @Test func cudaNumbersPaintAnotherPictureAndAlwaysTheSame() throws {
    let painting = try PaintingCase.named("sd1-euler-a")
    let model = try painting.opened()
    let order = try painting.order(for: model) { $0.rng = .cuda }
    let first = try Painter(model).paint(order).picture
    #expect(try Painter(model).paint(order).picture == first)
    #expect(try painting.expected != first)
  }

  @Test func progressTellsOfEveryStageAndStep() throws {
    let painting = try PaintingCase.named("transformer-model")
    let model = try painting.opened()
    var stages: [String] = []
    var previews: [Picture] = []
    let result = try Painter(model).paint(painting.order(for: model)) { progress in
      switch progress {
      case .loading: stages.append("loading")
      case .encoding: stages.append("encoding")
      case .sampling(let done, let total, let preview):
        stages.append("\(done)/\(total)")
        if let picture = preview() { previews.append(picture) }
      case .decoding: stages.append("decoding")
      case .restyling, .enlarging: stages.append("afterwards")
      }
    }
    #expect(stages == ["loading", "encoding", "loading", "0/5", "1/5", "2/5", "3/5", "4/5", "5/5", "decoding"])
    #expect(previews.count == 5)
    // Looking on changes nothing.
    expectSamePicture(result.picture, try painting.expected)
    #expect(result.sampler == .dpmSolver2M)
  }

  @Test func picturesSmallerThanAPriorsDraftAreRefused() throws {
    let painting = try PaintingCase.named("prior-model")
    let model = try painting.opened()
    let part = try painting.order(for: model).scene.parts[0]
    let condition = try model.family.condition(part, ConditionOptions(isGuided: true))
    #expect(throws: UserError.request("This model paints pictures of at least 64 pixels a side.")) {
      try model.family.predictor(condition, PredictorOptions(size: PictureSize(width: 32, height: 32)))
    }
  }

  @Test func anErrorInProgressEndsThePainting() throws {
    struct Enough: Error {}
    let painting = try PaintingCase.named("sd1-euler")
    let model = try painting.opened()
    #expect(throws: Enough.self) {
      try Painter(model).paint(painting.order(for: model)) { progress in
        if case .sampling(done: 2, total: _, preview: _) = progress { throw Enough() }
      }
    }
  }

  @Test func aFinishIsGivenToTheSamePicture() throws {
    let painting = try PaintingCase.named("transformer-model")
    let model = try painting.opened()
    // The model's style `pixel` says "flat" and has the picture finished; `flat` says the same.
    let plain = try Painter(model).paint(painting.order(for: model) { $0.style = "flat" }).picture
    let finished = try Painter(model).paint(painting.order(for: model) { $0.style = "pixel" }).picture
    #expect(finished == plain.finished(.pixel, grain: 1))
    let order = try painting.order(for: model) { settings in
      settings.style = "pixel"
      (settings.width, settings.height) = (2 * plain.width, 2 * plain.height)
    }
    #expect(order.size.painted.width == plain.width)
    let large = try Painter(model).paint(order).picture
    #expect(large.width == 2 * plain.width)
    for x in 0..<large.width { #expect(large[x, 0] == large[x / 8 * 8, 0]) }
  }

  @Test func wordsBeyondTheModelsReachAreNamed() throws {
    let painting = try PaintingCase.named("transformer-long")
    let warnings = try painting.painted(by: painting.opened()).warnings
    #expect(warnings.count == 1)
    #expect(warnings.first?.contains("30 tokens") == true)
    #expect(warnings.first?.contains("a river and a small house") == true)
  }

  @Test func chunksReadALongPromptToItsEnd() throws {
    let painting = try PaintingCase.named("sd1-long")
    let model = try painting.opened()
    let result = try Painter(model).paint(painting.order(for: model) { $0.promptSyntax = .a1111 })
    #expect(result.warnings.isEmpty)
    #expect(try painting.expected != result.picture)
  }

  @Test func learnedSizesAreBroughtToTheSizeAskedFor() throws {
    let model = try Fixtures.model("transformer")
    var settings = PictureSettings(prompt: "a boat")
    (settings.width, settings.height) = (128, 72)
    (settings.seed, settings.steps) = (1, 2)
    let order = try Fixtures.order(settings, model)
    #expect(order.size.painted == PictureSize(width: 96, height: 64))
    let picture = try Painter(model).paint(order).picture
    #expect(PictureSize(width: picture.width, height: picture.height) == PictureSize(width: 128, height: 72))
  }
}
