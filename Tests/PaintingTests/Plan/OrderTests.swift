import Families
import Foundation
import Images
import Painting
import Sampling
import System
import Testing

/// From what was said to what is painted.
@Suite struct OrderTests {
  private func settings(_ texts: [String: String]) throws -> PictureSettings {
    try PictureSettings(["prompt": "a fox"].merging(texts) { $1 })
  }

  private func draft(_ texts: [String: String], model: String = "sd1") throws -> OrderDraft {
    try OrderDraft(settings(texts), model: Fixtures.model(model))
  }

  private func order(_ texts: [String: String], _ model: Model) throws -> Order {
    try Fixtures.order(settings(texts), model)
  }

  // MARK: Drafts

  @Test func whatIsLeftOpenIsFilledIn() throws {
    let draft = try draft([:], model: "transformer")
    #expect(draft.settings.steps == 5 && draft.settings.guidance == 4)
    #expect(draft.settings.seed.map { $0 < 1 << 32 } == true)
    #expect(draft.settings.strength == nil && draft.negative == nil && draft.style == nil && draft.prompt == "a fox")
    let seeds = try (0..<4).map { _ in try self.draft([:]).settings.seed }
    #expect(Set(seeds).count > 1)
  }

  @Test func whatIsSaidStays() throws {
    let draft = try draft(["seed": "7", "steps": "3", "guidance": "1.5", "negative": ""])
    #expect(draft.settings.seed == 7 && draft.settings.steps == 3 && draft.settings.guidance == 1.5)
    #expect(draft.negative == "")
  }

  @Test func timestepsAreSteps() throws {
    #expect(try draft(["timesteps": "999,500,1", "steps": "20"]).settings.steps == 3)
  }

  @Test func aReferenceIsLeftAsFarAsUsual() throws {
    #expect(try draft(["reference": "fox.png"]).settings.strength == PictureSettings.standardStrength)
    #expect(try draft(["reference": "fox.png", "strength": "0.2"]).settings.strength == 0.2)
  }

  @Test(
    "what a model cannot meet",
    arguments: [
      (["deep-cache": "2"], "transformer", "`deep-cache` is for UNets; transformer has another denoiser."),
      (["style": "bogus"], "transformer", "There is no style \"bogus\" for this model; it has flat, ink, pixel."),
      (["prompt": ""], "sd1", "The prompt is empty: say what to paint."),
      (["strength": "0.5"], "sd1", "`strength` says how far to leave a `reference`; name one."),
    ])
  func refusals(_ texts: [String: String], _ model: String, _ sentence: String) throws {
    #expect(throws: UserError.request(sentence)) { try draft(texts, model: model) }
  }

  // MARK: Styles

  @Test func stylesStandAroundThePrompt() throws {
    let ink = try draft(["style": "INK"], model: "transformer")
    #expect(ink.prompt == "a fox, ink" && ink.settings.style == "ink" && ink.settings.prompt == "a fox")
    #expect(ink.negative == nil && ink.style?.finish == nil)
    #expect(try draft(["style": "pixel"], model: "transformer").style?.finish == .pixel)
    let photo = try draft(["style": "photo"])
    #expect(photo.prompt == "photograph of a fox, natural light, sharp focus, 35mm")
    #expect(photo.negative == "drawing, painting, illustration, cartoon")
    #expect(
      try draft(["style": "photo", "negative": "fog"]).negative == "fog, drawing, painting, illustration, cartoon")
    #expect(try draft(["style": "photo", "negative": ""]).negative == "drawing, painting, illustration, cartoon")
    #expect(try draft(["style": "oil", "negative": ""]).negative == "")
  }

  @Test func aStyleTellsWhatWasTyped() {
    for style in Style.standard + [Style(name: "ink", template: "ink")] {
      for prompt in ["a fox", "", "{prompt}", "a, b"] where prompt != "{prompt}" {
        #expect(style.typed(style.applied(to: prompt)) == prompt)
      }
    }
    #expect(Style(name: "a", template: "art of {prompt}!").typed("a fox") == nil)
  }

  // MARK: Seeds

  @Test func seedsFollow() throws {
    let order = try order(["seed": "5"], Fixtures.model("sd1"))
    #expect(order.following(0).seed == 5 && order.following(3).seed == 8)
    #expect(order.following(3).settings.seed == 8 && order.following(3).scene.parts.count == 1)
    let last = try self.order(["seed": "\(UInt64.max)"], Fixtures.model("sd1"))
    #expect(last.following(2).seed == 1)
  }

  @Test func aReferenceComesAndGoes() throws {
    let path = Fixtures.folder.appending(path: "sd1-reference.reference.png").path
    let order = try order(["reference": path], Fixtures.model("sd1"))
    #expect(order.references.count == 1 && order.withoutInputs.references.isEmpty)
    #expect(
      order.withoutInputs.settings == order.settings && order.size.painted == PictureSize(width: 64, height: 64))
  }

  // MARK: Pictures that the prompt speaks of

  private func picture(_ name: String) -> String { Fixtures.folder("PicturesFlux2").appending(path: name).path }

  @Test func modelsThatEditKeepAllReferencesAndNoStrength() throws {
    let model = try Model(folder: Fixtures.folder("PicturesFlux2/klein").path, name: "klein")
    let names = ["klein-edit.reference.png", "klein-edit-two.reference1.png"].map(picture)
    let text = ReferenceList(names).settingText
    let order = try order(["reference": text], model)
    #expect(order.references.map(\.width) == [64, 135] && order.settings.strength == nil)
    #expect(order.size.painted == PictureSize(width: 64, height: 64), "as the first")
    #expect(try order.sampler().timesteps.count == 4, "from noise, all steps")
    let error = #expect(throws: UserError.self) {
      try OrderDraft(settings(["reference": text, "strength": "0.5"]), model: model)
    }
    #expect(error?.description.contains("does not start from a `reference`") == true)
  }

  @Test func modelsThatStartFromOnePictureRefuseSeveral() throws {
    let text = ReferenceList(["a.png", "b.png"]).settingText
    for model in [
      try Fixtures.model("sd1"), try Model(folder: Fixtures.folder("PicturesZImage/turbo").path, name: "turbo"),
    ] {
      let error = #expect(throws: UserError.self) { try OrderDraft(settings(["reference": text]), model: model) }
      #expect(error?.description == "`reference` names 2 pictures; \(model.name) starts from one, and edits none.")
    }
  }

  @Test func guidanceOfADistilledModelIsSaidToChangeNothing() throws {
    let folder = Fixtures.folder("PicturesFlux2")
    let (klein, base) = try (
      Model(folder: folder.appending(path: "klein").path, name: "klein"),
      Model(folder: folder.appending(path: "klein-base").path, name: "klein-base")
    )
    let draft = try OrderDraft(settings(["guidance": "4"]), model: klein)
    #expect(draft.note == "klein was distilled to paint without guidance: `guidance` changes nothing.")
    #expect(try !order(["guidance": "4"], klein).isGuided && OrderDraft(settings([:]), model: klein).note == nil)
    let guided = try order([:], base)
    #expect(guided.isGuided && guided.guidance.scale == 4 && guided.steps == 50)
    #expect(try !order(["guidance": "1"], base).isGuided)
  }

  @Test func zImageCountsGuidanceFromZeroAndKnowsTurboByItsName() throws {
    let folder = Fixtures.folder("PicturesZImage/turbo").path
    let turbo = try order([:], Model(folder: folder, name: "Z-Image-Turbo"))
    #expect(turbo.steps == 8 && !turbo.isGuided && turbo.settings.sampler == .model)
    let base = try order([:], Model(folder: folder, name: "Z-Image"))
    #expect(base.steps == 50 && base.guidance.scale == 6 && base.isGuided)
    #expect(try order(["guidance": "0.5"], Model(folder: folder, name: "Z-Image")).isGuided)
  }

  @Test func samplersWithoutAFormForFlowAreRefused() throws {
    let model = try Model(folder: Fixtures.folder("PicturesFlux2/klein").path, name: "klein")
    let error = #expect(throws: SamplingError.self) { try order(["sampler": "ddim"], model).sampler() }
    #expect(error?.description.hasPrefix("ddim has no form for models of rectified flow; use euler, heun") == true)
  }

  // MARK: Sizes

  private func wish(_ texts: [String: String], reference: PictureSize? = nil) throws -> SizeWish {
    try PictureSettings(texts).sizeWish(reference: reference)
  }

  @Test func sizesAreWishedForInOneWay() throws {
    let photo = PictureSize(width: 300, height: 200)
    let (square, wide) = (AspectRatio(width: 1, height: 1), AspectRatio(width: 16, height: 9))
    #expect(try wish([:]) == .standard)
    #expect(try wish([:], reference: photo) == .like(photo))
    #expect(try wish(["aspect": "16:9"]) == .aspect(wide, pixels: nil))
    #expect(try wish(["aspect": "16:9"], reference: photo) == .aspect(wide, pixels: nil))
    #expect(try wish(["size": "small"]) == .aspect(square, pixels: 65_536))
    #expect(try wish(["size": "small"], reference: photo) == .aspect(photo.aspect, pixels: 65_536))
    #expect(try wish(["megapixels": "0.5", "aspect": "16:9"]) == .aspect(wide, pixels: 500_000))
    #expect(
      try wish(["width": "104", "height": "72"], reference: photo) == .exact(PictureSize(width: 104, height: 72)))
  }

  @Test(
    "two ways to say how large",
    arguments: [
      (["width": "64"], ["`width`", "`height`"]), (["height": "64"], ["`width`", "`height`"]),
      (["width": "64", "aspect": "1:1"], ["`width`", "`height`"]),
      (["width": "64", "height": "64", "aspect": "1:1"], ["`aspect`"]),
      (["width": "64", "height": "64", "size": "small"], ["`size`"]),
      (["width": "64", "height": "64", "megapixels": "1"], ["`megapixels`"]),
      (["size": "small", "megapixels": "1"], ["`size`", "`megapixels`"]),
      (["size": "small", "megapixels": "1", "aspect": "1:1"], ["`size`", "`megapixels`"]),
    ])
  func conflicts(_ texts: [String: String], _ names: [String]) throws {
    for reference in [nil, PictureSize(width: 300, height: 200)] {
      let error = try #require(throws: UserError.self) { try wish(texts, reference: reference) }
      for name in names { #expect(error.description.contains(name)) }
    }
  }

  @Test(arguments: [[65, 64], [64, 0], [56, 64], [-64, 64], [8200, 64], [64, 8200]])
  func sidesAreMultiplesOf8(_ sides: [Int]) throws {
    let error = try #require(throws: UserError.self) {
      try order(["width": "\(sides[0])", "height": "\(sides[1])"], Fixtures.model("sd1"))
    }
    #expect(error.description.contains("\(sides[0])x\(sides[1])") && error.description.contains("multiples of 8"))
  }

  // MARK: Scenes

  private func bundled() throws -> Model {
    try Model(folder: Fixtures.repository.appending(path: "weights/default").path, name: "default")
  }

  @Test func severalThingsAreParts() throws {
    let order = try order(["prompt": "Two foxes.", "negative": "fog", "seed": "1"], bundled())
    #expect(order.prompt.prompt.text == "Two foxes", "the model knows no marks that end a sentence")
    #expect(order.scene.parts.map(\.prompt.plain) == Array(repeating: "a fox on a white background", count: 2))
    #expect(order.scene.parts.allSatisfy { $0.negative?.plain == "fog" && $0.size == order.scene.parts[0].size })
    #expect(Set(order.scene.parts.map(\.seedMask)).count == 2 && order.scene.parts[0].seedMask == 0)
    #expect(order.scene.assembly != nil && order.scene.warnings.isEmpty)
    #expect(order.scene.remarks.map(\.key) == ["Layout"])
    #expect(order.plainPrompt == "Two foxes")
  }

  @Test func oneThingStaysWhole() throws {
    let reference = Fixtures.folder.appending(path: "sd1-reference.reference.png").path
    for (texts, isWarned) in [
      (["prompt": "a fox"], false), (["prompt": "two foxes", "prompt-syntax": "a1111"], true),
      (["prompt": "two foxes", "reference": reference], true), (["prompt": "twenty foxes"], true),
    ] as [([String: String], Bool)] {
      let scene = try order(texts, bundled()).scene
      #expect(scene.parts.count == 1 && scene.assembly == nil && scene.remarks.isEmpty)
      #expect(scene.warnings.isEmpty != isWarned, "\(texts)")
    }
  }

  @Test func weightsAreNoPartOfThePlainPrompt() throws {
    let order = try order(["prompt": "a (red:1.3) fox [tail]", "prompt-syntax": "a1111"], Fixtures.model("sd1"))
    #expect(order.plainPrompt == "a red fox tail")
    #expect(try self.order(["prompt": "a (red:1.3) fox"], Fixtures.model("sd1")).plainPrompt == "a (red:1.3) fox")
  }

  @Test(arguments: ["plain", "a1111"]) func tagsOfAdaptersAreNoPartOfThePrompt(syntax: String) throws {
    let model = try Fixtures.model("sd1")
    let order = try order(["prompt": "a fox <lora:ink:0.8>", "prompt-syntax": syntax], model)
    #expect(order.plainPrompt == "a fox")
    #expect(order.settings.loras.wishes == [AdapterWish(name: "ink", weight: 0.8)])
    let error = try #require(throws: UserError.self) {
      try self.order(["prompt": "a fox", "negative": "fog <lora:ink:0.8>", "prompt-syntax": syntax], model)
    }
    #expect(error.description.contains("both prompts"))
  }

  @Test func anAdapterOfFewStepsBringsItsRecipe() throws {
    let model = try Fixtures.model("sd1")
    let order = try order(["prompt": "a fox", "lora": "lcm-lora-sdv1-5"], model)
    #expect(order.settings.sampler == .lcm && order.steps == 4 && !order.isGuided)
    #expect(order.note?.contains("lcm-lora-sdv1-5") == true)
    let said = try self.order(["prompt": "a fox", "lora": "lcm-lora-sdv1-5", "steps": "6", "sampler": "ddim"], model)
    #expect(said.settings.sampler == .ddim && said.steps == 6)
    #expect(try self.order(["prompt": "a fox", "lora": "ink"], model).note == nil)
  }
}
