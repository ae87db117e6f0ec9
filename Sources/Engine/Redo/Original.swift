import Crypto
import Families
import Foundation
import History
import Images
import Painting
import System

/// What is painted again.
package struct Original: Sendable {
  /// Nil where only the file tells.
  package let run: Run?
  package let settings: PictureSettings
  /// Nil where it is gone, or no longer what was painted.
  package let picture: Picture?
  /// Nil where the history knows the run.
  package let parameters: GenerationParameters?

  package var pixelHash: String? { run?.pixelHash ?? picture?.pixelHash }

  /// - Parameters:
  ///   - name: A run, or a picture file, of which the history may know more than it says itself.
  ///   - replacements: What takes the place of what was recorded, by the names of settings.
  package init(named name: String, replacing replacements: [String: String]) throws {
    if FileManager.default.fileExists(atPath: name) {
      try self.init(file: name, replacements)
    } else {
      let history = try OpenHistory(requiring: .seeOwnHistory)
      let run = try history.run(named: name)
      guard !run.shown(to: history.access).prompt.isEmpty else {
        throw Forbidden(permission: .seePrompts, access: history.access)
      }
      let picture = run.picture
      try self.init(run, picture: picture.flatMap { $0.pixelHash == run.pixelHash ? $0 : nil }, replacements)
    }
  }

  private init(run: Run?, settings: PictureSettings, picture: Picture?, parameters: GenerationParameters?) {
    self.run = run
    self.settings = settings
    self.picture = picture
    self.parameters = parameters
  }

  private init(_ run: Run, picture: Picture?, _ replacements: [String: String]) throws {
    if let command = run.editCommand {
      let file = run.referencePath ?? "FILE"
      throw UserError.request(
        "That run painted nothing: `limn \(command)` changed \(file.harmlessName); say that again.")
    }
    let settings = try PictureSettings(run.settingTexts.merging(replacements) { $1 })
    self.init(run: run, settings: settings, picture: picture, parameters: nil)
  }

  private init(file: String, _ replacements: [String: String]) throws {
    let bytes = FileManager.default.contents(atPath: file) ?? Data()
    let report = try PictureReport(contentsOf: file)
    let picture = try Picture(contentsOf: file)
    if let known = try? Original.recorded(SHA256.hash(data: bytes).hexadecimal) {
      try self.init(known, picture: picture, replacements)
      return
    }
    guard let parameters = report.completed, !parameters.prompt.isEmpty else {
      throw UserError.input(Original.sentence(noPromptIn: report))
    }
    let settings = try Original.settings(parameters, replacements)
    self.init(run: nil, settings: settings, picture: picture, parameters: parameters)
  }

  /// The run that wrote such a file, where this person may see it.
  private static func recorded(_ hash: String) throws -> Run? {
    let history = try OpenHistory()
    guard let run = try history.store.run(outputHash: hash) else { return nil }
    let isVisible = try? history.run(named: run.id).shown(to: history.access).prompt.isEmpty
    return isVisible == false ? run : nil
  }

  private static func sentence(noPromptIn report: PictureReport) -> String {
    guard let tool = report.tool, !report.texts.isEmpty, !tool.hasPrefix("limn ") else {
      return "\(report.name) does not say how it was made, and the history does not know it."
    }
    return "What \(tool) wrote into \(report.name) names no prompt that limn understands; `limn inspect` shows it."
  }

  /// What the picture says and no setting follows, in one sentence; nil where there is nothing.
  package var unfollowedSentence: String? {
    guard let parameters, parameters.version?.hasPrefix("limn ") != true else { return nil }
    let others = parameters.unfollowed
    guard !others.isEmpty else { return nil }
    let told = others.prefix(12).map { other in
      let value = other.value.harmlessLine
      return "\(other.key.harmlessName) \(value.count > 60 ? value.prefix(57) + "..." : value[...])"
    }
    let rest = others.count > 12 ? " and \(others.count - 12) more" : ""
    return "Not followed, so that the picture may differ: \(told.joined(separator: "; "))\(rest)."
  }

  /// What a picture says of itself.
  private static func settings(
    _ parameters: GenerationParameters, _ replacements: [String: String]
  ) throws -> PictureSettings {
    let names = parameters[other: "References"]
    guard parameters.strength == nil && names == nil || replacements["reference"] != nil else {
      throw UserError.request(
        "The picture began as another one\(names.map { " (\($0))" } ?? ""), which it does not hold; name that by --reference."
      )
    }
    if let mask = parameters[other: "Mask"], mask != PictureSettings.alphaMask, replacements["mask"] == nil {
      throw UserError.request(
        "A part of another picture was painted anew, by the mask \(mask), which it does not hold; name that by --mask.")
    }
    if let control = parameters[other: "Control"], replacements["control"] == nil {
      throw UserError.request(
        "The picture followed another one (\(control)), which it does not hold; name that by --control.")
    }
    if let followed = parameters[other: "IP references"], replacements["ip-reference"] == nil {
      throw UserError.request(
        "The picture followed other ones (\(followed)), which it does not hold; name them by --ip-reference.")
    }
    var texts = parameters.settingTexts
    if replacements["lora"] != nil {
      texts["prompt"] = PictureSettings.withoutLoRATags(parameters.prompt)
    }
    var settings = try PictureSettings(texts.merging(replacements) { $1 }, of: "picture")
    restoreStyle(&settings)
    return settings
  }

  /// The prompt holds the words of a style already; one that finishes the picture is asked for again by its name.
  private static func restoreStyle(_ settings: inout PictureSettings) {
    let catalog = Installation.current.catalog
    let style = settings.style.flatMap { name in
      (try? catalog.open(catalog.find(settings.model)))?.defaults.styles.first { $0.name == name }
    }
    settings.style = nil
    guard let style, style.finish != nil, let typed = style.typed(settings.prompt) else { return }
    settings.prompt = typed
    settings.style = style.name
  }
}
