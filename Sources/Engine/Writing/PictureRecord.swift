import Foundation
import Images
import JSON
import Painting
import System

/// What `--json` prints of a picture: one object on one line.
package struct PictureRecord: Encodable, Sendable {
  private let path: String
  private let prompt: String
  private let negative: String
  private let style: String?
  private let model: String
  private let modelHash: String?
  private let width: Int
  private let height: Int
  private let sampler: String
  /// The settings that hold, by the names of JSON.
  private let settings: [String: JSONValue]
  /// Seconds by stage.
  private let timings: StageTimings
  /// The largest resident size of the process so far, in bytes.
  private let peakMemory: Int
  private let warnings: [String]
  /// How well it matches its prompt; nil where nobody looked.
  private let likeness: Double?
  /// Nil where the model brings none.
  private let safetyChecker: SafetyRecord?
  /// Nil where limn was built without.
  private let pictureFilter: SafetyRecord?
  /// Where it was judged by its match.
  private let match: BestOf.Record?

  init(_ picture: PaintedPicture, path: String) {
    let painting = picture.painting
    self.path = path
    prompt = picture.order.prompt.prompt.text
    negative = picture.parameters.negativePrompt
    style = picture.parameters[other: "Style"]
    model = picture.parameters.model ?? ""
    modelHash = picture.parameters.modelHash
    width = painting.picture.width
    height = painting.picture.height
    sampler = painting.sampler.rawValue
    settings = PictureRecord.settings(picture.order.settings)
    timings = painting.timings
    warnings = painting.warnings
    likeness = painting.likeness
    safetyChecker = painting.safety.record
    pictureFilter = painting.filter.record
    match = picture.match
    peakMemory = Machine.current.peakMemory ?? 0
  }

  /// Numbers that always hold, and whatever else was said; what the picture itself tells stands in fields of its own.
  private static func settings(_ settings: PictureSettings) -> [String: JSONValue] {
    var values: [String: JSONValue] = [:]
    for setting in Setting.all where !["reference", "count", "size", "aspect", "megapixels"].contains(setting.name) {
      let isSaid = setting.text(settings) != nil || ["guidance-end", "deep-cache"].contains(setting.name)
      if isSaid, let value = setting.json(settings) { values[setting.name.replacing("-", with: "_")] = value }
    }
    return values
  }

  private struct Name: CodingKey {
    let stringValue: String
    let intValue: Int? = nil

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { return nil }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Name.self)
    for (name, value) in settings { try container.encode(value, forKey: Name(name)) }
    // What the picture tells stands in the place of what was said.
    try container.encode(path, forKey: Name("path"))
    try container.encode(prompt, forKey: Name("prompt"))
    try container.encode(negative, forKey: Name("negative"))
    try container.encodeIfPresent(style, forKey: Name("style"))
    try container.encode(model, forKey: Name("model"))
    try container.encodeIfPresent(modelHash, forKey: Name("modelHash"))
    try container.encode(width, forKey: Name("width"))
    try container.encode(height, forKey: Name("height"))
    try container.encode(sampler, forKey: Name("sampler"))
    try container.encode(timings, forKey: Name("timings"))
    try container.encode(peakMemory, forKey: Name("peakMemory"))
    try container.encode(warnings, forKey: Name("warnings"))
    try container.encodeIfPresent(likeness, forKey: Name("likeness"))
    try container.encodeIfPresent(safetyChecker, forKey: Name("safetyChecker"))
    try container.encodeIfPresent(pictureFilter, forKey: Name("pictureFilter"))
    try container.encodeIfPresent(match, forKey: Name("match"))
  }
}

/// What somebody who looked at a picture made of it.
private struct SafetyRecord: Encodable, Sendable {
  /// passed, blurred or off
  let result: String
  let score: Double?
}

extension Painting.Safety {
  /// What `--json` prints of it; nil where nobody looked.
  fileprivate var record: SafetyRecord? {
    switch self {
    case .unchecked: nil
    case .switchedOff: SafetyRecord(result: "off", score: nil)
    case .passed(let finding): SafetyRecord(result: "passed", score: finding.score)
    case .blurred(let finding, _): SafetyRecord(result: "blurred", score: finding.score)
    }
  }
}

extension JSONValue: Encodable {
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .natural(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .array(let values): try container.encode(values)
    case .object(let values): try container.encode(values)
    }
  }
}

extension Encodable {
  /// One line of JSON, keys sorted and in snake case, as `--json` prints it.
  package var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.keyEncodingStrategy = .convertToSnakeCase
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }
}
