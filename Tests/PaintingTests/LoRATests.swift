import Checkpoints
import Families
import Images
import Painting
import System
import Testing

/// LoRAs as settings, and models that they change. That the pictures are diffusers' stands in ``ParityTests``.
@Suite struct LoRATests {
  @Test func aListIsReadAsItIsWritten() throws {
    let wishes = [
      AdapterWish(name: "style", weight: 0.8), AdapterWish(name: "a:b,c\\d"),
      AdapterWish(name: "x", weight: 0.5, textEncoderWeight: 0.25),
    ]
    let text = AdapterList(wishes).settingText
    #expect(text == #"style:0.8,a:b\,c\\d:1.0,x:0.25:0.5"#)
    #expect(AdapterList(setting: text)?.wishes == wishes)
    #expect(AdapterList(setting: "")?.wishes == [])
    #expect(AdapterList(setting: "style,")?.wishes == nil)
    #expect(AdapterList(setting: ":0.8")?.wishes == nil)
  }

  @Test(arguments: ["plain", "a1111"]) func tagsBecomeTheSetting(syntax: String) throws {
    let settings = try PictureSettings([
      "prompt": "a <lora:style:0.8> fox, red<lora:dir/other:0.5:0.25> <lora:last>", "lora": "first:2",
      "prompt-syntax": syntax,
    ])
    #expect(settings.prompt == "a fox, red")
    #expect(
      settings.loras.wishes == [
        AdapterWish(name: "first", weight: 2), AdapterWish(name: "style", weight: 0.8),
        AdapterWish(name: "dir/other", weight: 0.25, textEncoderWeight: 0.5), AdapterWish(name: "last"),
      ])
    #expect(settings.loras.wishes.map(\.tag)[2] == "<lora:other:0.5:0.25>")
    #expect(
      try PictureSettings(Dictionary(uniqueKeysWithValues: settings.texts.map { ($0.name, $0.text) })) == settings)
  }

  @Test func mistakesAreRefused() {
    #expect(throws: UserError.self) { try PictureSettings(["prompt": "a fox <lora:style:strong>"]) }
    #expect(throws: UserError.self) { try PictureSettings(["prompt": "a fox", "lora": "style:11"]) }
    #expect(throws: UserError.self) { try PictureSettings(["prompt": "a fox", "negative": "<lora:style>"]).check() }
    #expect(throws: UserError.self) { try PictureSettings(["prompt": "<lora:style>"]).check() }
  }

  /// Weights that stay, and weights that are computed anew whenever they are needed.
  @Test func aBudgetChangesNoPicture() throws {
    let painting = try PaintingCase.named("sd1-kohya")
    let model = try painting.opened()
    let order = try painting.order(for: model)
    let whole = try Painter(model).paint(order).picture
    var painter = Painter(model)
    let leanest = try MemoryPlan(
      model, try MemoryPlan.Work(order), paintsSeveral: false, limit: MemoryLimit(wished: .max))
    painter.memory = try? MemoryPlan(
      model, try MemoryPlan.Work(order), paintsSeveral: false, limit: MemoryLimit(wished: leanest.predictedBytes - 1))
    #expect(painter.memory?.keptWeights != nil)
    #expect(try painter.paint(order).picture == whole)
  }

  @Test("a single file is changed as its folder is") func singleFile() throws {
    let painting = try PaintingCase.named("sd1-kohya")
    let layout = try #require(OriginalLayout.all.first { $0.model == "sd1" })
    let file = try OriginalLayoutFile(layout)
    let model = try Model(
      file: file.path, name: "sd1", vocabulary: layout.folder.appending(path: "sd1/tokenizer").path,
      adapters: painting.adapters)
    expectSamePicture(try painting.painted(by: model).picture, try painting.expected)
  }

  @Test func aWeightOfNothingChangesNothing() throws {
    let painting = try PaintingCase.named("sd1-kohya")
    let none = try painting.adapters.map { WeightedAdapter($0.adapter, weight: 0, textEncoderWeight: 0) }
    let folder = painting.folder.appending(path: "sd1").path
    let changed = try Model(folder: folder, name: "sd1", adapters: none)
    let plain = try Model(folder: folder, name: "sd1")
    #expect(try painting.painted(by: changed).picture == painting.painted(by: plain).picture)
  }

  @Test func loRAsOfOtherModelsAreRefused() throws {
    let painting = try PaintingCase.named("xl-kohya")
    #expect {
      try Model(
        folder: painting.folder.appending(path: "sd1").path, name: "sd1", adapters: painting.adapters)
    } throws: {
      "\($0)".contains("is a LoRA for Stable Diffusion XL")
    }
  }
}
