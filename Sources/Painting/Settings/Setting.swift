import Images
import JSON
import System

/// One thing that can be said of a picture: how it is called, read, checked and written. Flags, batch fields, requests,
/// records, metadata, redo and documents all follow from ``all``.
package struct Setting: Sendable {
  /// As flags spell it: `guidance-end`.
  package let name: String
  /// One letter for the command line.
  package let letter: Character?
  package let group: Group
  package let help: String
  package let kind: Kind
  /// Every value, where there are few.
  package let choices: [String]
  /// What other tools call it.
  package let otherNames: [String]
  /// Its place in a picture's metadata.
  package let metadata: Metadata
  /// Whether it stands in keys of jobs even where nobody said it; what came later does only where somebody did, so that keys
  /// of older batches stay what they were.
  package let isInEveryKey: Bool
  /// What stands between the values of a setting whose flag may stand more than once; nil for others.
  package let separator: String?

  /// What values may be, as a sentence says it: "0 to 1"; nil where any of its kind will do.
  package let expected: String?

  /// The value as text; nil where it is left to the model or as it always is.
  package let text: @Sendable (PictureSettings) -> String?
  /// The value as text, what holds without a word included; nil where that is the model's choice.
  package let effectiveText: @Sendable (PictureSettings) -> String?
  /// The value as `--json` prints it.
  package let json: @Sendable (PictureSettings) -> JSONValue?
  fileprivate let assign: @Sendable (inout PictureSettings, String) throws(UserError) -> Void

  /// Takes a value from text.
  /// - Throws: ``UserError/request(_:)`` where it is none, or out of range.
  package func set(_ text: String, in settings: inout PictureSettings) throws(UserError) {
    try assign(&settings, text)
  }

  /// Where it stands in help.
  package enum Group: Sendable {
    case prompt, picture, sampling
  }

  /// What a value looks like, for whoever offers a way to type it.
  package enum Kind: Sendable {
    case text, number, choice, aspect
    /// On or off; off without a word.
    case flag
    /// A picture's path.
    case picture
  }

  /// Its place in a picture's metadata.
  package enum Metadata: Sendable {
    case none
    /// A property that A1111 has too.
    case property(
      write: @Sendable (inout GenerationParameters, String) -> Void,
      read: @Sendable (GenerationParameters) -> String?)
    /// A key of limn's own on the line of settings.
    case key(String)
    /// A key on the line of settings whose values are spelt otherwise there.
    case translated(
      String, write: @Sendable (String) -> String, read: @Sendable (GenerationParameters) -> String?)
  }
}

extension Setting {
  /// A setting that always has a value: where nobody says one, that of `PictureSettings()`.
  init<Value: SettingValue>(
    _ name: String, _ path: any WritableKeyPath<PictureSettings, Value> & Sendable, letter: Character? = nil,
    _ group: Group, _ kind: Kind, otherNames: [String] = [], metadata: Metadata = .none, isInEveryKey: Bool = false,
    separator: String? = nil, expected: String? = nil,
    where isValid: @escaping @Sendable (Value) -> Bool = { _ in true }, help: String
  ) {
    let standard = PictureSettings()[keyPath: path]
    self.init(
      name: name, letter: letter, group: group, help: help, kind: kind, choices: Value.choices,
      otherNames: otherNames, metadata: metadata, isInEveryKey: isInEveryKey, separator: separator, expected: expected,
      text: { $0[keyPath: path] == standard ? nil : $0[keyPath: path].settingText },
      effectiveText: { $0[keyPath: path].settingText }, json: { $0[keyPath: path].settingJSON },
      assign: { (settings, text) throws(UserError) in
        settings[keyPath: path] = try Setting.read(text, name, expected, isValid)
      })
  }

  /// A setting that may be left to the model.
  ///
  /// - Parameter leftOpen: A word that says so, such as `model`.
  init<Value: SettingValue>(
    _ name: String, _ path: any WritableKeyPath<PictureSettings, Value?> & Sendable, letter: Character? = nil,
    _ group: Group, _ kind: Kind, otherNames: [String] = [], metadata: Metadata = .none, isInEveryKey: Bool = false,
    leftOpen: String? = nil, expected: String? = nil,
    where isValid: @escaping @Sendable (Value) -> Bool = { _ in true }, help: String
  ) {
    self.init(
      name: name, letter: letter, group: group, help: help, kind: kind,
      choices: Value.choices.isEmpty ? [] : (leftOpen.map { [$0] } ?? []) + Value.choices, otherNames: otherNames,
      metadata: metadata, isInEveryKey: isInEveryKey, separator: nil, expected: expected,
      text: { $0[keyPath: path]?.settingText },
      effectiveText: { $0[keyPath: path]?.settingText ?? leftOpen }, json: { $0[keyPath: path]?.settingJSON },
      assign: { (settings, text) throws(UserError) in
        settings[keyPath: path] = text == leftOpen ? nil : try Setting.read(text, name, expected, isValid)
      })
  }

  private static func read<Value: SettingValue>(
    _ text: String, _ name: String, _ expected: String?, _ isValid: (Value) -> Bool
  ) throws(UserError) -> Value {
    guard let value = Value(setting: text) else {
      throw .request("`\(name)` \"\(excerpt(of: text))\" is not \(Value.expectation).")
    }
    guard isValid(value) else {
      throw .request("`\(name)` \(excerpt(of: text)) is not \(expected ?? Value.expectation).")
    }
    return value
  }

  /// What a sentence quotes of a text that may be long.
  private static func excerpt(of text: String) -> String {
    text.utf8.count <= 100 ? text : "\(text.prefix(60))…"
  }

  /// The same setting, reading text in another way.
  func reading(_ assign: @escaping @Sendable (inout PictureSettings, String) throws(UserError) -> Void) -> Setting {
    Setting(
      name: name, letter: letter, group: group, help: help, kind: kind, choices: choices, otherNames: otherNames,
      metadata: metadata, isInEveryKey: isInEveryKey, separator: separator, expected: expected, text: text,
      effectiveText: effectiveText, json: json, assign: assign)
  }
}

extension Setting.Metadata {
  /// A property that holds the value itself.
  static func property<Value: SettingValue>(
    _ path: any WritableKeyPath<GenerationParameters, Value?> & Sendable
  ) -> Setting.Metadata {
    .property(
      write: { $0[keyPath: path] = Value(setting: $1) }, read: { $0[keyPath: path]?.settingText })
  }
}
