import Generation
import Images
import Sampling
import Testing

/// The same pictures as diffusers.
@Suite struct ParityTests {
  @Test("diffusers' picture", arguments: PaintingCase.all)
  func paintsWhatDiffusersPaints(_ painting: PaintingCase) throws {
    let model = try Fixtures.model(painting.model)
    expectSamePicture(try painting.painted(by: model).picture, try painting.expected)
  }

  @Test func everySamplerHasItsPicture() {
    let painted = Set(PaintingCase.all.compactMap(\.sampler))
    #expect(painted == Set(SamplerName.allCases.map(\.rawValue)).subtracting(["model"]))
  }

  @Test func aModelThatStaysLoadedPaintsTheSameAgain() throws {
    let painting = try PaintingCase.named("sd1-euler-a")
    let model = try Fixtures.model(painting.model)
    var painter = Painter(model)
    painter.keepsModel = true
    let approved = try Fixtures.guardrail().approve(prompt: painting.prompt)
    let first = try painter.paint(approved, painting.request(for: model))
    let second = try painter.paint(approved, painting.request(for: model))
    #expect(first.picture == second.picture)
    expectSamePicture(second.picture, try painting.expected)
  }

  @Test func theOriginalLayoutPaintsWhatTheFolderPaints() throws {
    let painting = try PaintingCase.named("sd1-pndm")
    let file = try OriginalLayoutFile()
    let tokenizer = Fixtures.folder.appending(path: "sd1/tokenizer").path
    let model = try Model(file: file.path, name: "sd1", fallbackTokenizer: tokenizer)
    expectSamePicture(try painting.painted(by: model).picture, try painting.expected)
  }
}
