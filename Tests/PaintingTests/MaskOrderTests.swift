import Families
import Images
import Painting
import System
import Testing

/// Masks that make no sense. That pictures are diffusers' stands in ``ParityTests``.
@Suite struct MaskOrderTests {
  private func settings(_ texts: [String: String]) throws -> PictureSettings {
    let painting = try PaintingCase.named("mask-sd1-sharp")
    return try PictureSettings(painting.texts.filter { ["reference", "mask"].contains($0.key) }.merging(texts) { $1 })
  }

  private func model(_ name: String) throws -> Model {
    let folder = try PaintingCase.named("mask-sd1-sharp").folder
    return try Model(folder: folder.appending(path: name).path, name: name)
  }

  @Test func aMaskNeedsAReference() throws {
    var settings = try settings(["prompt": "a fox"])
    settings.references = ReferenceList()
    #expect(throws: UserError.self) { try OrderDraft(settings, model: model("sd1")) }
    settings.mask = nil
    settings.outpaint = Outpainting(left: 8)
    #expect(throws: UserError.self) { try OrderDraft(settings, model: model("sd1")) }
  }

  @Test func anInpaintingModelNeedsAMask() throws {
    var settings = try settings(["prompt": "a fox"])
    settings.mask = nil
    #expect(throws: UserError.self) { try OrderDraft(settings, model: model("sd1-inpaint")) }
  }

  @Test func aModelThatEditsTakesNone() throws {
    let editing = try PaintingCase.all.first { $0.folder.lastPathComponent == "PicturesFlux2" }.map { try $0.opened() }
    #expect(throws: UserError.self) {
      try OrderDraft(settings(["prompt": "a fox"]), model: #require(editing))
    }
  }

  @Test func fullStrengthUnlessSaid() throws {
    #expect(try OrderDraft(settings(["prompt": "a fox"]), model: model("sd1")).settings.strength == 1)
    #expect(
      try OrderDraft(settings(["prompt": "a fox", "strength": "0.5"]), model: model("sd1")).settings.strength == 0.5)
  }

  @Test func sizesMustAgreeAndSomethingBePainted() throws {
    let settings = try settings(["prompt": "a fox"])
    let order = try Fixtures.order(settings, model("sd1"))
    let reference = Picture(width: 64, height: 64, red: 9, green: 9, blue: 9)
    for mask in [
      Mask(width: 64, height: 63, values: .init(repeating: 255, count: 64 * 63)),
      Mask(width: 64, height: 64, values: .init(repeating: 0, count: 4096)),
    ] {
      #expect(throws: UserError.self) { try order.starting(from: OrderInputs(references: [reference], mask: mask)) }
    }
  }

  /// Nothing but the masked part and its soft edge differs from the reference.
  @Test func whatIsKeptKeepsItsPixels() throws {
    let painting = try PaintingCase.named("mask-sd1-sharp")
    let order = try Fixtures.order(painting.settings, model("sd1"))
    let painted = try Painter(order.model).paint(order).picture
    let (reference, mask) = (try #require(order.references.first), try #require(order.mask))
    for (place, value) in mask.values.enumerated() where value == 0 {
      #expect(painted.pixels[3 * place..<3 * place + 3] == reference.pixels[3 * place..<3 * place + 3])
    }
  }
}
