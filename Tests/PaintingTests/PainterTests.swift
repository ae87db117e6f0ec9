import Images
import Testing

@testable import Generation

@Suite struct PainterTests {
  @Test func cudaNumbersPaintAnotherPictureAndAlwaysTheSame() throws {
    let painting = try PaintingCase.named("sd1-euler-a")
    let model = try Fixtures.model(painting.model)
    var request = try painting.request(for: model)
    request.randomKind = .cuda
    let approved = try Fixtures.guardrail().approve(prompt: painting.prompt)
    let first = try Painter(model).paint(approved, request).picture
    #expect(try Painter(model).paint(approved, request).picture == first)
    #expect(try painting.expected != first)
  }

  @Test func progressTellsOfEveryStageAndStep() throws {
    let painting = try PaintingCase.named("transformer-model")
    let model = try Fixtures.model(painting.model)
    var stages: [String] = []
    var previews: [Picture] = []
    let approved = try Fixtures.guardrail().approve(prompt: painting.prompt, negative: painting.negative)
    let result = try Painter(model).paint(approved, painting.request(for: model)) { progress in
      switch progress {
      case .loading: stages.append("loading")
      case .encoding: stages.append("encoding")
      case .sampling(let done, let total, let preview):
        stages.append("\(done)/\(total)")
        if let picture = preview() { previews.append(picture) }
      case .decoding: stages.append("decoding")
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
    let model = try Fixtures.model(painting.model)
    var request = try painting.request(for: model)
    request.size = SizePlan(window: 32)
    let approved = try Fixtures.guardrail().approve(prompt: painting.prompt)
    #expect(
      throws: GenerationError.request("prior paints pictures of at least 64 pixels a side."),
      performing: { try Painter(model).paint(approved, request) })
  }

  @Test func anErrorInProgressEndsThePainting() throws {
    struct Enough: Error {}
    let painting = try PaintingCase.named("sd1-euler")
    let model = try Fixtures.model(painting.model)
    let approved = try Fixtures.guardrail().approve(prompt: painting.prompt)
    #expect(throws: Enough.self) {
      try Painter(model).paint(approved, painting.request(for: model)) { progress in
        if case .sampling(done: 2, total: _, preview: _) = progress { throw Enough() }
      }
    }
  }

  @Test func aFinishIsGivenToTheSamePicture() throws {
    let painting = try PaintingCase.named("transformer-model")
    let model = try Fixtures.model(painting.model)
    var request = try painting.request(for: model)
    let approved = try Fixtures.guardrail().approve(prompt: painting.prompt, negative: painting.negative)
    let plain = try Painter(model).paint(approved, request).picture
    request.finish = .pixel
    #expect(try Painter(model).paint(approved, request).picture == plain.finished(.pixel, grain: 1))
    request.size = try SizePlan(
      .exact(PictureSize(width: 2 * plain.width, height: 2 * plain.height)), profile: model.profile,
      multiple: model.traits.sizeMultiple)
    #expect(request.size.painted.width == plain.width)
    let large = try Painter(model).paint(approved, request).picture
    for x in 0..<large.width { #expect(large[x, 0] == large[x / 8 * 8, 0]) }
  }

  @Test func wordsBeyondTheModelsReachAreNamed() throws {
    let painting = try PaintingCase.named("transformer-long")
    let warnings = try painting.painted(by: Fixtures.model(painting.model)).warnings
    #expect(warnings.count == 1)
    #expect(warnings.first?.contains("30 tokens") == true)
    #expect(warnings.first?.contains("a river and a small house") == true)
  }

  @Test func chunksReadALongPromptToItsEnd() throws {
    let painting = try PaintingCase.named("sd1-long")
    let model = try Fixtures.model(painting.model)
    var request = try painting.request(for: model)
    request.promptSyntax = .a1111
    let approved = try Fixtures.guardrail().approve(prompt: painting.prompt)
    let result = try Painter(model).paint(approved, request)
    #expect(result.warnings.isEmpty)
    #expect(try painting.expected != result.picture)
  }

  @Test func learnedSizesAreBroughtToTheSizeAskedFor() throws {
    let model = try Fixtures.model("transformer")
    let plan = try SizePlan(
      .exact(PictureSize(width: 128, height: 72)), profile: model.profile, multiple: model.traits.sizeMultiple)
    #expect(plan.painted == PictureSize(width: 96, height: 64))
    let request = PaintingRequest(size: plan, seed: 1, steps: 2, guidance: 4)
    let picture = try Painter(model).paint(Fixtures.guardrail().approve(prompt: "a boat"), request).picture
    #expect(PictureSize(width: picture.width, height: picture.height) == PictureSize(width: 128, height: 72))
  }
}
