import Families
import Foundation
import Images
import Painting
import System
import Testing

/// Pictures that others lead: ControlNets, T2I-Adapters and IP-Adapters.
@Suite struct ControlTests {
  @Test("diffusers' picture", arguments: PaintingCase.led)
  func paintsWhatDiffusersPaints(_ painting: PaintingCase) throws {
    expectSamePicture(try painting.painted(by: painting.opened()).picture, try painting.expected)
  }

  @Test func thereAreCases() {
    #expect(PaintingCase.led.count >= 50)
  }

  /// What leads counts: without it, with another weight, or at other steps it is another picture.
  @Test(arguments: ["net-ready", "net-union", "adapter-full", "net-lora"])
  func whatLeadsCounts(name: String) throws {
    let painting = try PaintingCase.named(name)
    let model = try painting.opened()
    let first = try painting.painted(by: model).picture
    for (weight, range) in [(0.0, 0.0...1.0), (0.5, 0...1), (1, 0.5...1)] {
      let order = try painting.order(for: model) { settings in
        settings.controls.wishes[0].weight = weight
        settings.controls.wishes[0].range = range
      }
      #expect(try Painter(model).paint(order).picture != first)
    }
  }

  /// At weight 0 nothing is added, and nothing is computed.
  @Test func weightZeroIsThePictureWithout() throws {
    let painting = try PaintingCase.named("net-ready")
    let model = try painting.opened()
    let led = try painting.order(for: model) { $0.controls.wishes[0].weight = 0 }
    let plain = try Model(folder: painting.folder.appending(path: "sd1").path, name: "sd1")
    let free = try painting.order(for: plain) { settings in
      settings.controls = ControlList()
      settings.controlModels = NameList()
    }
    #expect(try Painter(model).paint(led).picture == Painter(plain).paint(free).picture)
  }

  /// A ControlNet rests with the layers that it adds to.
  @Test func deepLayersRestWithTheirControl() throws {
    let painting = try PaintingCase.named("net-ready")
    let model = try painting.opened()
    let order = try painting.order(for: model) { $0.deepCache = 2 }
    #expect(try Painter(model).paint(order).picture != painting.expected)
  }

  /// The second of two pictures from one model, whose networks stayed, is the same as alone.
  @Test(arguments: ["net-two", "adapter-full", "ip-plus"])
  func networksThatStayPaintTheSameAgain(name: String) throws {
    let painting = try PaintingCase.named(name)
    let model = try painting.opened()
    var painter = Painter(model)
    painter.keepsModel = true
    let first = try painter.paint(painting.order(for: model)).picture
    #expect(try painter.paint(painting.order(for: model)).picture == first)
    expectSamePicture(first, try painting.expected)
  }

  @Test func theForecastCountsThem() throws {
    let painting = try PaintingCase.named("net-ready")
    let model = try painting.opened()
    let plain = try Model(folder: painting.folder.appending(path: "sd1").path, name: "sd1")
    let work = MemoryPlan.Work(
      size: SizePlan(painted: PictureSize(width: 64, height: 64), written: PictureSize(width: 64, height: 64)),
      isGuided: true)
    let (with, without) = try (
      MemoryPlan(model, work, limit: MemoryLimit(wished: .max)).predictedBytes,
      MemoryPlan(plain, work, limit: MemoryLimit(wished: .max)).predictedBytes
    )
    #expect(with >= without + (try model.controls[0].size()))
  }
}

/// What cannot be led, or not so, is refused before weights are read.
@Suite struct ControlRefusalTests {
  private let folder = Fixtures.folder("PicturesControl")

  private func message(_ work: () throws -> Void) -> String {
    do {
      try work()
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test func namesAndPicturesGoTogether() throws {
    let wish = ControlWish(kind: .ready, path: "fox.png")
    for change in [
      { (settings: inout PictureSettings) in settings.controls = ControlList([wish]) },
      { $0.controlModels = NameList(["canny"]) },
      { settings in
        settings.controls = ControlList([wish, wish])
        settings.controlModels = NameList(["a", "b", "c"])
      },
      { $0.controlMode = .guess },
      { $0.pictureAdapters = NameList(["plus"]) },
      { $0.pictures = PictureWishList([PictureWish(path: "fox.png")]) },
    ] {
      var settings = PictureSettings(prompt: "a fox")
      change(&settings)
      #expect(throws: UserError.self) { try settings.check() }
    }
  }

  @Test(arguments: [
    ("sd1", "xl-canny", "text of width"), ("xl", "canny", "text of width"), ("sd1", "xl-adapter", "feature maps"),
    ("sd1", "sd1", "config.json"), ("sd1", "nowhere", "nowhere"),
  ])
  func anotherFamilysNetworkIsNamed(model: String, control: String, part: String) {
    let said = message {
      _ = try Model(
        folder: folder.appending(path: model).path, name: model,
        extras: ModelExtras(controls: [folder.appending(path: control).path]))
    }
    #expect(said.contains(part), "\(said)")
  }

  @Test func anotherFamilysIPAdapterIsNamed() {
    let followed = Fixtures.folder("PicturesFollowed")
    let said = message {
      _ = try Model(
        folder: followed.appending(path: "sd1").path, name: "sd1",
        extras: ModelExtras(pictureAdapters: [followed.appending(path: "xl.safetensors").path]))
    }
    #expect(said.contains("does not fit"), "\(said)")
    let none = message {
      _ = try Model(
        folder: followed.appending(path: "sd1").path, name: "sd1",
        extras: ModelExtras(pictureAdapters: [folder.appending(path: "light.safetensors").path]))
    }
    #expect(none.contains("no IP-Adapter"), "\(none)")
  }

  @Test(arguments: ["PicturesFlux2", "PicturesZImage"])
  func familiesWithoutSayso(name: String) throws {
    let painting = try #require(
      PaintingCase.all.first { $0.folder.lastPathComponent == name && !$0.model.hasSuffix(".gguf") })
    let said = message {
      _ = try Model(
        folder: painting.folder.appending(path: painting.model).path, name: "other",
        extras: ModelExtras(controls: [folder.appending(path: "canny").path]))
    }
    #expect(said.contains("takes no `control`"), "\(said)")
  }

  @Test func aUnionMustBeToldTheKind() throws {
    let painting = try PaintingCase.named("net-union")
    let model = try painting.opened()
    let said = message { _ = try painting.order(for: model) { $0.controls.wishes[0].kind = .ready } }
    #expect(said.contains("must be told"), "\(said)")
  }

  @Test func aDamagedFileIsOneSentence() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "control-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let whole = try Data(contentsOf: self.folder.appending(path: "depth.safetensors"))
    let file = folder.appending(path: "cut.safetensors")
    try whole.prefix(whole.count / 2).write(to: file)
    let said = message {
      _ = try Model(
        folder: self.folder.appending(path: "sd1").path, name: "sd1", extras: ModelExtras(controls: [file.path]))
    }
    #expect(said.contains("cut.safetensors"), "\(said)")
  }
}

/// How controls are written.
@Suite struct ControlWishTests {
  @Test(arguments: [
    ("canny=fox.png", "canny=fox.png:1.0"), ("Canny=fox.png:0.5", "canny=fox.png:0.5"),
    ("ready=a:b.png:2:0.1-0.9", "ready=a:b.png:2.0:0.1-0.9"), ("tile=c=d.png", "tile=c=d.png:1.0"),
    ("soft-edges=C:/x.png", "soft-edges=C:/x.png:1.0"),
  ])
  func readsAndWrites(text: String, written: String) throws {
    let list = try #require(ControlList(setting: text))
    #expect(list.settingText == written)
    #expect(ControlList(setting: list.settingText) == list)
  }

  @Test(arguments: ["fox.png", "sketch=fox.png", "canny=", "canny=:0.5"])
  func refuses(text: String) { #expect(ControlList(setting: text) == nil) }
}

/// Parts that are painted by themselves.
@Suite struct RegionTests {
  /// Nothing outside of the mask's soft edge changes, and the picture stays as large as it was.
  @Test func theRestIsTheReference() throws {
    let painting = try PaintingCase.named("region-sd1-large")
    let model = try painting.opened()
    let picture = try painting.painted(by: model).picture
    let reference = try Picture(contentsOf: try painting.settings.references.paths[0])
    #expect(picture.size == reference.size && picture != reference)
    #expect(picture.pixels[..<(3 * 200 * 40)] == reference.pixels[..<(3 * 200 * 40)])
  }

  @Test func paddingNeedsAMask() throws {
    var settings = PictureSettings(prompt: "a fox")
    settings.maskPadding = 8
    #expect(throws: UserError.self) { try settings.check() }
  }

  /// Without a size it is painted as large as the model likes, in the reference's aspect.
  @Test func theSizeIsTheModels() throws {
    let painting = try PaintingCase.named("region-sd1-large")
    let model = try painting.opened()
    let order = try painting.order(for: model) { settings in (settings.width, settings.height) = (nil, nil) }
    #expect(order.size.painted == PictureSize(width: 64, height: 64))
  }

  @Test func transparencyPaintsAsItsMask() throws {
    let folder = Fixtures.folder("PicturesRegions")
    let model = try Model(folder: folder.appending(path: "sd1").path, name: "sd1")
    var settings = try PictureSettings([
      "prompt": "a fox", "steps": "1", "seed": "3", "width": "64", "height": "64",
      "reference": folder.appending(path: "hole.png").path, "mask": "alpha",
    ])
    let own = try Painter(model).paint(Fixtures.order(settings, model)).picture
    settings.mask = folder.appending(path: "hole.mask.png").path
    #expect(try Painter(model).paint(Fixtures.order(settings, model)).picture == own)
    settings.references.paths = [folder.appending(path: "hole.mask.png").path]
    settings.mask = PictureSettings.alphaMask
    #expect(throws: UserError.self) { try Fixtures.order(settings, model) }
  }
}
