import Families
import Images
import Painting
import Sampling
import Testing

/// The same pictures as diffusers.
@Suite struct ParityTests {
  @Test("diffusers' picture", arguments: PaintingCase.all)
  func paintsWhatDiffusersPaints(_ painting: PaintingCase) throws {
    expectSamePicture(try painting.painted(by: painting.opened()).picture, try painting.expected)
  }

  @Test("diffusers' picture by weights of each type", arguments: PaintingCase.eachType)
  func paintsByEachType(_ painting: PaintingCase) throws {
    expectSamePicture(try painting.painted(by: painting.opened()).picture, try painting.expected)
  }

  @Test func everySamplerHasItsPicture() {
    let painted = Set(PaintingCase.all.compactMap { $0.texts["sampler"] })
    #expect(painted == Set(SamplerName.allCases.map(\.rawValue)).subtracting(["model"]))
  }

  @Test func aModelThatStaysLoadedPaintsTheSameAgain() throws {
    let painting = try PaintingCase.named("sd1-euler-a")
    let model = try painting.opened()
    var painter = Painter(model)
    painter.keepsModel = true
    let first = try painter.paint(painting.order(for: model))
    let second = try painter.paint(painting.order(for: model))
    #expect(first.picture == second.picture)
    expectSamePicture(second.picture, try painting.expected)
  }

  @Test("the original layout paints what the folder paints", arguments: OriginalLayout.all)
  func singleFiles(_ layout: OriginalLayout) throws { try expectSamePictures(layout) }

  @Test(
    "the original layout of SDXL paints what the folder paints",
    arguments: OriginalLayout.xl)
  func singleFilesXL(_ layout: OriginalLayout) throws { try expectSamePictures(layout) }

  private func expectSamePictures(_ layout: OriginalLayout) throws {
    let file = try OriginalLayoutFile(layout)
    let folder = layout.folder.appending(path: "\(layout.model)/tokenizer").path
    let model = try Model(file: file.path, name: layout.model, vocabulary: folder)
    let cases = PaintingCase.all.filter { $0.model == layout.model && layout.cases.contains($0.name) }
    #expect(cases.count == layout.cases.count)
    for painting in cases { expectSamePicture(try painting.painted(by: model).picture, try painting.expected) }
  }
}
