import Images
import SettingSamples
import Testing

@testable import Painting

/// Settings in a picture's metadata: written as A1111 writes them, and read back.
@Suite struct SettingMetadataTests {
  /// What a picture's text says, by the names of settings.
  private func texts(_ settings: PictureSettings) -> [String: String] {
    var parameters = GenerationParameters()
    settings.write(into: &parameters)
    parameters.prompt = settings.prompt
    parameters.negativePrompt = settings.negative ?? ""
    return GenerationParameters(parsing: parameters.text).settingTexts
  }

  /// Those that a picture need not keep: its own size says more, and it is one of those asked for; LoRAs stand in the prompt as tags,
  /// which its writer adds.
  private static let left = [
    "aspect", "size", "megapixels", "count", "reference", "mask", "control", "ip-reference", "style-from", "lora",
  ]

  @Test(arguments: Setting.all.map(\.name)) func eachComesBack(_ name: String) throws {
    let setting = try #require(Setting.named(name))
    // A picture always says its steps and its size.
    var said = ["prompt": "a fox", "steps": "20", "width": "64", "height": "64"]
    said[setting.name] = SettingSample.of(setting.name).text
    // What a picture of two passes always says.
    if name.hasPrefix("hires") {
      for other in ["hires", "hires-steps"] { said[other] = SettingSample.of(other).text }
    }
    let settings = try PictureSettings(said)
    if Self.left.contains(setting.name) { said[setting.name] = nil }
    #expect(texts(settings) == said)
    #expect(try PictureSettings(texts(settings)) == PictureSettings(said))
  }

  /// But for those of a reference and those of a second pass, which are one key to A1111.
  @Test(arguments: [["hires"], ["strength", "mask"]]) func allComeBackTogether(but apart: [String]) throws {
    let said = SettingSample.all.mapValues(\.text).filter { name, _ in !apart.contains { name.hasPrefix($0) } }
    #expect(try texts(PictureSettings(said)) == said.filter { !Self.left.contains($0.key) })
  }

  @Test(
    "A1111's second passes are read",
    arguments: [
      ("Denoising strength: 0.5, Hires upscale: 2, Hires upscaler: Latent", "20", "latent"),
      (
        "Denoising strength: 0.5, Hires upscale: 2, Hires steps: 7, Hires upscaler: R-ESRGAN 4x+", "7",
        "realesrgan-x4plus"
      ),
      ("Denoising strength: 0.5, Hires upscale: 2, Hires upscaler: 4x-UltraSharp", "20", "4x-UltraSharp"),
    ]) func secondPasses(said: String, steps: String, upscaler: String) throws
  {
    let parameters = GenerationParameters(parsing: "a fox\nSteps: 20, Size: 64x64, \(said)")
    let texts = parameters.settingTexts
    #expect(texts["hires"] == "2" && texts["hires-strength"] == "0.5" && texts["strength"] == nil)
    #expect(texts["hires-steps"] == steps && texts["hires-upscaler"] == upscaler)
    #expect(parameters.unfollowed.isEmpty)
  }

  @Test(arguments: Setting.all.filter { !$0.choices.isEmpty && !left.contains($0.name) }.map(\.name))
  func everyChoiceComesBack(_ name: String) throws {
    let setting = try #require(Setting.named(name))
    for choice in setting.choices {
      let settings = try PictureSettings(["prompt": "a fox", "steps": "20", "seed": "1", setting.name: choice])
      #expect(try PictureSettings(texts(settings)) == settings, "\(choice)")
    }
  }

  @Test func anEmptyNegativePromptIsNotNone() throws {
    var settings = try PictureSettings(["prompt": "a fox", "steps": "20", "seed": "1"])
    #expect(texts(settings)["negative"] == nil)
    settings.negative = ""
    #expect(texts(settings)["negative"] == "")
    #expect(try PictureSettings(texts(settings)) == settings)
  }
}
