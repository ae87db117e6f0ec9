import ArgumentParser
import Images
import Painting
import System

/// Flags for the settings of a picture, made from the one table of them: a new setting is a new flag.
///
/// ArgumentParser looks for properties of a type by `Mirror`; this type shows it one option a setting.
package struct SettingOptions<Group: SettingGroup>: ParsableArguments, Sendable, CustomReflectable {
  /// What was typed, by the settings' names.
  package private(set) var texts: [String: String] = [:]

  package init() {}

  private struct Name: CodingKey {
    let stringValue: String
    let intValue: Int? = nil

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { return nil }
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Name.self)
    for setting in Group.settings {
      let key = Name(stringValue: setting.name)
      if setting.kind == .flag {
        if try values.decode(Flag<Bool>.self, forKey: key).wrappedValue { texts[setting.name] = true.settingText }
      } else if let separator = setting.separator {
        let list = try values.decode(Option<[String]>.self, forKey: key).wrappedValue
        if !list.isEmpty { texts[setting.name] = list.joined(separator: separator) }
      } else if let text = try values.decode(Option<String?>.self, forKey: key).wrappedValue {
        texts[setting.name] = text
      }
    }
  }

  package var customMirror: Mirror {
    Mirror(
      self,
      children: Group.settings.map {
        (
          label: "_\($0.name)",
          value: $0.kind == .flag ? $0.flag as Any : $0.separator != nil ? $0.options as Any : $0.option as Any
        )
      })
  }
}

/// Settings that stand together in help.
package protocol SettingGroup: Sendable {
  static var settings: [Setting] { get }
}

/// What the picture shall be.
package enum PictureGroup: SettingGroup {
  package static let settings = Setting.all.filter { $0.group == .picture }
}

/// How the picture is painted.
package enum SamplingGroup: SettingGroup {
  package static let settings = Setting.all.filter { $0.group == .sampling }
}

extension Setting {
  fileprivate var option: Option<String?> {
    // A number may be negative, and then look like a flag.
    let parsing: SingleValueParsingStrategy = kind == .number ? .unconditional : .next
    return Option(
      name: NameSpecification(optionNames), parsing: parsing,
      help: ArgumentHelp(helpText.asFlags, valueName: choices.isEmpty ? nil : "name"), completion: completion)
  }

  /// For one that is on or off.
  fileprivate var flag: Flag<Bool> {
    Flag(wrappedValue: false, name: NameSpecification(optionNames), help: ArgumentHelp(helpText.asFlags))
  }

  /// For one that may stand more than once.
  fileprivate var options: Option<[String]> {
    Option(
      wrappedValue: [], name: NameSpecification(optionNames), parsing: .singleValue,
      help: ArgumentHelp(helpText.asFlags, valueName: name), completion: completion)
  }

  private var optionNames: [NameSpecification.Element] {
    (letter.map { [.customShort($0)] } ?? []) + [.customLong(name)]
  }

  private var helpText: String {
    choices.isEmpty ? help : "\(help) (values: \(choices.joined(separator: ", ")))"
  }

  private var completion: CompletionKind? {
    if name == "style" { return .custom(SettingNames.styles) }
    if name == "model" { return .custom(SettingNames.models) }
    if name == "lora" { return .file(extensions: ["safetensors"]) }
    return switch kind {
    case .choice: .list(choices)
    case .aspect: .list(AspectRatio.common)
    case .picture: .file(extensions: ["png", "jpg", "jpeg"])
    case .text, .number, .flag: nil
    }
  }
}

extension PictureSettings {
  /// What flags say.
  /// - Throws: ``UserError/request(_:)`` naming the one that cannot be read.
  package init(
    _ picture: SettingOptions<PictureGroup>, _ sampling: SettingOptions<SamplingGroup>, prompt: String = ""
  ) throws(UserError) {
    var texts = picture.texts.merging(sampling.texts) { first, _ in first }
    texts["prompt"] = prompt
    try self.init(texts)
  }
}

extension String {
  /// A sentence whose settings are spelt as flags.
  package var asFlags: String {
    spellingSettings(and: ["max-memory", "clip", "best-of", "output", "ledger", "threads"]) { "--\($0)" }
  }
}
