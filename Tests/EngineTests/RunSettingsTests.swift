import Foundation
import History
import Images
import JSON
import SettingSamples
import Testing

@testable import Engine
@testable import Painting

/// Settings in the history and in `--json`, and pictures painted again from either.
@Suite struct RunSettingsTests {
  /// Without them a picture is painted again all the same: it is one of those asked for.
  private static let kept = Setting.all.filter { $0.name != "count" }

  private func run(_ texts: [String: String]) throws -> Run {
    var run = Run()
    run.take(try PictureSettings(texts))
    return run
  }

  // MARK: History

  @Test(arguments: kept.map(\.name)) func theHistoryKeepsEach(_ name: String) throws {
    let setting = try #require(Setting.named(name))
    let texts = ["prompt": "a fox"].merging([setting.name: SettingSample.of(setting.name).text]) { $1 }
    let run = try run(texts)
    #expect(run.settingTexts == texts)
    #expect(try PictureSettings(run) == PictureSettings(texts))
  }

  @Test(arguments: kept.filter { !$0.choices.isEmpty }.map(\.name)) func theHistoryKeepsEachChoice(_ name: String)
    throws
  {
    let setting = try #require(Setting.named(name))
    for choice in setting.choices {
      let texts = ["prompt": "a fox", setting.name: choice]
      #expect(try PictureSettings(run(texts)) == PictureSettings(texts), "\(choice)")
    }
  }

  @Test func theHistoryKeepsAllTogether() throws {
    let texts = SettingSample.all.mapValues(\.text).filter { !["count", "size"].contains($0.key) }
    let run = try run(texts)
    // The picture's own size says all that an aspect and a size class said.
    let expected = texts.filter { !["aspect", "megapixels"].contains($0.key) }
    #expect(run.settingTexts == expected)
    #expect(try PictureSettings(run) == PictureSettings(expected))
  }

  @Test func whatIsNotSaidIsNotKept() throws {
    let run = try run(["prompt": "a fox"])
    #expect(run.settings == nil && run.settingTexts == ["prompt": "a fox"])
    // Reports look for these in columns of their own, whether they were said or not.
    #expect(run.sampler == "model" && run.schedule == "model" && run.rng == "torch" && run.promptSyntax == "plain")
    #expect(run.clipSkip == 0)
  }

  @Test func anEmptyNegativePromptIsNotNone() throws {
    #expect(try PictureSettings(run(["prompt": "a fox", "negative": ""])).negative == "")
    #expect(try PictureSettings(run(["prompt": "a fox"])).negative == nil)
  }

  @Test func rowsOfLimn01AreRead() throws {
    var run = Run()
    run.prompt = "a fox, flat"
    run.typedPrompt = "a fox"
    (run.style, run.negative, run.seed, run.steps, run.guidance) = ("flat", "", Seed(7), 3, 2.5)
    (run.width, run.height, run.aspect) = (104, 72, "3:2")
    (run.sampler, run.schedule, run.rng, run.promptSyntax, run.clipSkip) = ("euler-a", "karras", "cuda", "plain", 1)
    run.settings = "deep-cache=2 guidance-end=0.5"
    let settings = try PictureSettings(run)
    let expected = try PictureSettings([
      "prompt": "a fox", "style": "flat", "seed": "7", "steps": "3", "guidance": "2.5", "width": "104", "height": "72",
      "sampler": "euler-a", "schedule": "karras", "rng": "cuda", "clip-skip": "1", "deep-cache": "2",
      "guidance-end": "0.5",
    ])
    #expect(settings == expected)
    for damaged in ["", "nonsense", "{", "[1]", "{\"deep-cache\": 2}", "= =="] {
      run.settings = damaged
      #expect(try PictureSettings(run).deepCache == 1)
    }
  }

  @Test func aStyleIsTakenOffWhatWasPainted() async throws {
    let studio = try Studio()
    let engine = studio.engine()
    for texts in [["style": "photo", "negative": "fog"], ["style": "photo"], ["style": "photo", "negative": ""]] {
      let (order, model) = try engine.order(texts)
      let run = Run(PictureRun(order, model), access: engine.recorder.access)
      let settings = try PictureSettings(run)
      #expect(settings.prompt == "a fox" && settings.style == "photo")
      #expect(settings.negative == texts["negative"])
    }
  }

  @Test func severalReferencesComeBackInTheirOrder() throws {
    let studio = try Studio()
    let engine = studio.engine()
    let names = ["PicturesFlux2/klein-edit.reference.png", "PicturesFlux2/klein-edit-two.reference1.png"]
    let paths = names.map(Studio.fixture)
    let (order, model) = try engine.order([
      "prompt": "a fox", "model": Studio.fixture("PicturesFlux2/klein"),
      "reference": ReferenceList(paths).settingText,
    ])
    let picture = PictureRun(order, model)
    var run = Run(picture, access: engine.recorder.access)
    #expect(try PictureSettings(run).references.paths == paths)
    run.end(picture, .interrupted, peakMemory: 0, at: Date())
    let hashes = run.referenceHash?.split(separator: ReferenceList.separator) ?? []
    #expect(hashes.map(\.count) == [64, 64] && hashes[0] != hashes[1])
  }

  // MARK: JSON

  /// What `--json` prints of a picture that says what stands in all samples.
  @Test func jsonSaysEach() async throws {
    let studio = try Studio()
    let engine = studio.engine()
    // The picture's own size stands there; what leads needs networks.
    let apart = [
      "aspect", "size", "megapixels", "count", "reference", "control", "control-model", "control-mode", "ip-reference",
      "ip-adapter", "style-from", "style-strength", "style-method", "transparent",
      // There is a reference already.
      "hires", "hires-steps", "hires-strength", "hires-upscaler",
    ]
    var texts = SettingSample.all.mapValues(\.text).filter { !apart.contains($0.key) }
    texts["reference"] = Studio.fixture("Pictures/sd1-reference.reference.png")
    texts["model"] = Studio.fixture("Pictures/sd1")
    texts["embedding"] = Studio.fixture("PicturesEmbeddings/word.safetensors")
    texts["upscaler"] = Studio.fixture("Upscalers/compact.pth")
    let (order, model) = try engine.order(texts)
    let painting = Painting(
      picture: .init(width: 104, height: 72, red: 1, green: 2, blue: 3), sampler: .eulerAncestral,
      timings: StageTimings(), warnings: ["Look."], safety: .unchecked)
    let picture = try PictureWriter(model, metadata: .none).write(painting, order, to: .stream { _ in })
    let record = try #require(try JSONValue(parsing: Array(picture.record.json.utf8)).object)
    #expect(try picture.record(path: "fox.png").json.contains(#""path":"fox.png""#))
    for setting in Setting.all where !apart.contains(setting.name) {
      let value = try #require(record[setting.name.replacing("-", with: "_")], "\(setting.name)")
      let said = try #require(texts[setting.name])
      switch setting.name {
      case "prompt": #expect(value.string == order.prompt.prompt.text)
      case "negative": #expect(value.string == order.prompt.negative?.text)
      case "model": #expect(value.string == "sd1")
      // As many as there are timesteps.
      case "steps": #expect(value == .integer(4))
      default: #expect((value.string ?? value.text) == said, "\(setting.name)")
      }
    }
    #expect(record["warnings"] == ["Look."] && record["path"]?.string == "-")
    for name in apart { #expect(record[name] == nil, "\(name)") }
  }

  @Test func jsonLeavesOutWhatWasNotSaid() async throws {
    let studio = try Studio()
    let picture = try #require(try await studio.engine().pictures([:], in: studio.folder).first)
    let record = try #require(try JSONValue(parsing: Array(picture.record.json.utf8)).object)
    #expect(
      // A program with the filter for pictures says what that made of it.
      Set(record.keys).subtracting(["picture_filter"]) == [
        "path", "prompt", "negative", "model", "model_hash", "width", "height", "seed", "steps", "guidance",
        "guidance_end", "deep_cache", "sampler", "timings", "peak_memory", "warnings",
      ])
  }

  // MARK: Once more

  private static let models = [
    "Pictures/sd1", "Pictures/sd2", "Pictures/transformer", "Pictures/prior", "PicturesXL/xl", "PicturesXL/xl-lcm",
    "PicturesXL/xl-lightning-1step", "PicturesXL/xl-vpred", "PicturesXL/koala", "PicturesXL/sdxs",
  ]

  @Test("the history paints a picture again, pixel by pixel", arguments: models, [nil, "", "fog"])
  func redo(_ model: String, _ negative: String?) async throws {
    let studio = try Studio()
    let engine = studio.engine()
    var texts = ["guidance": "3"]
    texts["negative"] = negative
    let first = try #require(try await engine.pictures(texts, model: model, in: studio.folder).first)
    engine.finish()
    var settings = try PictureSettings(try #require(try studio.runs().first))
    settings.model = Studio.fixture(model)
    let loaded = try engine.model(settings.model)
    let again = try await PaintingSession(loaded.model, limit: .init(wished: 1 << 40), paintsSeveral: false)
      .paint(try engine.admit(settings, loaded), isLast: true)
    #expect(again.picture == first.painting.picture)
  }

  @Test("a picture's metadata paint it again, pixel by pixel", arguments: models, [nil, "", "fog"])
  func again(_ model: String, _ negative: String?) async throws {
    let studio = try Studio()
    let engine = studio.engine()
    var texts = ["guidance": "3"]
    texts["negative"] = negative
    let first = try #require(try await engine.pictures(texts, model: model, in: studio.folder).first)
    let parameters = try #require(try PictureReport(bytes: first.bytes, name: "fox.png").parameters)
    var settings = try PictureSettings(parameters.settingTexts, of: "picture")
    settings.model = Studio.fixture(model)
    let loaded = try engine.model(settings.model)
    let again = try await PaintingSession(loaded.model, limit: .init(wished: 1 << 40), paintsSeveral: false)
      .paint(try engine.admit(settings, loaded), isLast: true)
    #expect(again.picture == first.painting.picture)
  }
}
