import Painting
import System

/// What a batch line can say of a picture: every setting by its name, and where the picture goes.
package struct Field: Hashable, Sendable, CaseIterable {
  /// As flags spell it.
  package let rawValue: String

  private init(_ name: String) { rawValue = name }

  /// The name of the picture's file.
  package static let output = Field("output")

  // Those that reading and naming know by themselves.
  package static let prompt = Field("prompt")
  package static let negative = Field("negative")
  package static let count = Field("count")
  package static let seed = Field("seed")
  package static let model = Field("model")
  package static let reference = Field("reference")
  static let batchSize = "batch-size"
  static let width = Field("width")
  static let height = Field("height")
  static let steps = Field("steps")
  static let guidance = Field("guidance")
  static let sampler = Field("sampler")
  static let strength = Field("strength")

  /// Whether it holds one number.
  var isNumber: Bool { Setting.named(rawValue)?.kind == .number }

  /// The prompts first: choices within them are made in this order.
  package static let allCases: [Field] = {
    let others = Setting.all.map { Field($0.name) }.filter { $0 != prompt && $0 != negative }
    return [prompt, negative] + others + [output]
  }()

  /// Reads limn's name, however its words are joined ("clip_skip", "clipSkip"), or what other tools call the same.
  package init?(name: String) {
    if let setting = Setting.named(name) {
      self.init(setting.name)
    } else if SettingName.joined(name) == Field.output.rawValue {
      self = .output
    } else {
      return nil
    }
  }
}

extension PictureSettings {
  /// What the fields of a batch line ask for; ``Field/output`` is not theirs.
  ///
  /// - Throws: ``UserError/request(_:)`` naming the field that cannot be read.
  init(_ fields: [Field: String]) throws {
    try self.init(Dictionary(uniqueKeysWithValues: fields.map { ($0.key.rawValue, $0.value) }))
    guard fields[.prompt] != nil else { throw UserError.request("There is no prompt: say what to paint.") }
  }
}
