import Foundation
import History
import Images
import JSON
import Painting
import System

/// How a run of the history keeps what was asked for: what reports and searches look for in columns of its own, every other
/// setting in ``Run/settings``, so that a new setting needs nothing here.
extension Run {
  private typealias Column = (get: @Sendable (Run) -> String?, set: @Sendable (inout Run, String?) -> Void)

  private static func column<Value: SettingValue>(
    _ path: any WritableKeyPath<Run, Value?> & Sendable, standard: Value? = nil
  ) -> Column {
    (
      { run in run[keyPath: path].flatMap { $0 == standard ? nil : $0.settingText } },
      { $0[keyPath: path] = $1.flatMap { Value(setting: $0) } ?? standard }
    )
  }

  private static let columns: [String: Column] = [
    "prompt": ({ $0.typedPrompt ?? $0.prompt }, { $0.prompt = $1 ?? "" }),
    "negative": (
      { run in (run.typedNegative ?? run.negative).isEmpty ? nil : run.typedNegative ?? run.negative },
      { $0.negative = $1 ?? "" }
    ),
    "style": column(\.style), "aspect": column(\.aspect), "width": column(\.width), "height": column(\.height),
    "reference": column(\.referencePath), "strength": column(\.strength), "model": column(\.model),
    "seed": (
      { $0.seed.map { "\($0)" } }, { run, text in run.seed = text.flatMap { UInt64($0) }.map { Seed($0) } }
    ),
    "steps": column(\.steps), "guidance": column(\.guidance), "clip-skip": column(\.clipSkip, standard: 0),
    "rng": column(\.rng, standard: "torch"), "sampler": column(\.sampler, standard: "model"),
    "schedule": column(\.schedule, standard: "model"), "spacing": column(\.spacing),
    "prompt-syntax": column(\.promptSyntax, standard: "plain"),
  ]

  /// Takes what was asked for.
  mutating func take(_ settings: PictureSettings) {
    var others: [String: JSONValue] = [:]
    for setting in Setting.all where setting.name != "count" {
      let text = setting.text(settings)
      if let column = Run.columns[setting.name] {
        column.set(&self, text)
      } else if let text {
        others[setting.name] = .string(text)
      }
    }
    // These columns say the size of the picture as written.
    if let width, let height {
      let size = settings.finished(PictureSize(width: width, height: height))
      (self.width, self.height) = (size.width, size.height)
    }
    // An empty one differs from none for some families; the column cannot tell them apart.
    if settings.negative == "" { others["negative"] = "" }
    self.settings = others.isEmpty ? nil : JSONValue.object(others).text
  }

  /// How the column keeps settings.
  static func text(of others: [String: String]) -> String { JSONValue.object(others.mapValues { .string($0) }).text }

  /// The command that changed a picture of somebody's own, such as `enlarge`; nil where one was painted.
  package var editCommand: String? { otherSettings[Run.commandKey] }

  /// What was asked for, by the names of settings: what paints the picture again.
  package var settingTexts: [String: String] {
    var texts = otherSettings
    for (name, column) in Run.columns {
      if let text = column.get(self) { texts[name] = text }
    }
    // The picture's own size says all that an aspect and a size class said.
    if let width, let height {
      for name in ["aspect", "size", "megapixels"] { texts[name] = nil }
      // Where the picture was painted again larger, or enlarged afterwards, its size is that before.
      var enlarging = PictureSettings()
      enlarging.hires = texts["hires"].flatMap { Double($0) }
      enlarging.upscale = texts["upscale"].flatMap { Int($0) }
      let size = enlarging.begun(PictureSize(width: width, height: height))
      (texts["width"], texts["height"]) = ("\(size.width)", "\(size.height)")
    }
    return texts
  }

  /// A JSON object; `name=value` between blanks in runs of limn 0.1.
  private var otherSettings: [String: String] {
    guard let settings else { return [:] }
    if settings.hasPrefix("{") {
      let object = (try? JSONValue(parsing: Array(settings.utf8)))?.object ?? [:]
      return object.compactMapValues(\.string)
    }
    let pairs = settings.split(separator: " ").compactMap { pair -> (String, String)? in
      guard let equals = pair.firstIndex(of: "=") else { return nil }
      return (String(pair[..<equals]), String(pair[equals...].dropFirst()))
    }
    return Dictionary(pairs) { first, _ in first }
  }
}

extension PictureSettings {
  /// What paints a run's picture again.
  /// - Throws: ``UserError/request(_:)`` where the run keeps a value that limn does not have.
  package init(_ run: Run) throws(UserError) { try self.init(run.settingTexts) }
}
