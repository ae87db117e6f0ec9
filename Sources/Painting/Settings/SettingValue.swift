import Families
import Foundation
import Images
import JSON
import Sampling
import Tensors
import Tokenizers

/// What a setting can hold, as text: the one spelling that flags, fields, metadata and records share.
package protocol SettingValue: Sendable, Equatable {
  /// Nil where the text says no such value.
  init?(setting text: String)
  var settingText: String { get }
  /// What `--json` prints.
  var settingJSON: JSONValue { get }
  /// The end of "... is not": "a whole number".
  static var expectation: String { get }
  /// Every value, where there are few.
  static var choices: [String] { get }
}

extension SettingValue {
  package var settingJSON: JSONValue { .string(settingText) }
  package static var choices: [String] { [] }
}

extension SettingValue where Self: RawRepresentable, RawValue == String, Self: CaseIterable {
  package init?(setting text: String) { self.init(rawValue: text) }
  package var settingText: String { rawValue }
  package static var choices: [String] { allCases.map(\.rawValue) }
  package static var expectation: String { "one of \(choices.joined(separator: ", "))" }
}

extension String: SettingValue {
  package init?(setting text: String) { self = text }
  package var settingText: String { self }
  package static var expectation: String { "a text" }
}

extension FixedWidthInteger {
  /// A whole number, also as spreadsheets write it: blanks around it, 42.0, 20,00.
  fileprivate init?(wholeNumber text: String) {
    let trimmed = text.trimmingCharacters(in: .whitespaces)
    let digits = trimmed.replacing(/[.,]0+$/, with: "")
    self.init(digits)
  }
}

extension Int: SettingValue {
  package init?(setting text: String) { self.init(wholeNumber: text) }
  package var settingText: String { description }
  package var settingJSON: JSONValue { .integer(self) }
  package static var expectation: String { "a whole number" }
}

extension UInt64: SettingValue {
  package init?(setting text: String) { self.init(wholeNumber: text) }
  package var settingText: String { description }
  package var settingJSON: JSONValue { Int(exactly: self).map { .integer($0) } ?? .natural(self) }
  package static var expectation: String { "a number from 0 to \(UInt64.max)" }
}

extension Double: SettingValue {
  package init?(setting text: String) {
    guard let value = Double(text.trimmingCharacters(in: .whitespaces)), value.isFinite else { return nil }
    self = value
  }
  package var settingText: String { description }
  package var settingJSON: JSONValue { .number(self) }
  package static var expectation: String { "a number" }
}

extension Bool: SettingValue {
  package init?(setting text: String) {
    switch text.lowercased() {
    case "true", "yes", "on", "1": self = true
    case "false", "no", "off", "0": self = false
    default: return nil
    }
  }
  package var settingText: String { self ? "true" : "false" }
  package var settingJSON: JSONValue { .bool(self) }
  package static var expectation: String { "true or false" }
}

extension AspectRatio: SettingValue {
  package init?(setting text: String) { self.init(text) }
  package var settingText: String { description }
  package static var expectation: String { "two whole numbers such as 16:9, at most 21 to 1" }
}

extension SizeClass: SettingValue {}
extension RandomKind: SettingValue {}
extension SamplerName: SettingValue {}
extension SigmaSchedule: SettingValue {}
extension PromptSyntax: SettingValue {}

/// `left=64,top=32`, each side at most once.
extension Outpainting: SettingValue {
  package init?(setting text: String) {
    self.init()
    var said: Set<Substring> = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let sides = part.split(separator: "=", omittingEmptySubsequences: false)
      guard sides.count == 2, let pixels = Int(sides[1]), let path = Self.sides[String(sides[0])],
        said.insert(sides[0]).inserted
      else { return nil }
      self[keyPath: path] = pixels
    }
  }
  package var settingText: String {
    Self.sides.sorted { $0.key < $1.key }.filter { self[keyPath: $0.value] != 0 }
      .map { "\($0.key)=\(self[keyPath: $0.value])" }.joined(separator: ",")
  }
  package static var expectation: String { "sides with pixels such as left=128,bottom=64" }

  private static var sides: [String: WritableKeyPath<Outpainting, Int>] {
    ["left": \.left, "right": \.right, "top": \.top, "bottom": \.bottom]
  }
}

extension TimestepSpacing: SettingValue {
  package init?(setting text: String) { self.init(rawValue: text) }
  package var settingText: String { rawValue }
  package static var choices: [String] { allCases.map(\.rawValue) }
  package static var expectation: String { "one of \((["model"] + choices).joined(separator: ", "))" }
}

extension Precision: SettingValue {
  package init?(setting text: String) { self.init(rawValue: text) }
  package var settingText: String { rawValue }
  package static var choices: [String] { allCases.map(\.rawValue) }
  package static var expectation: String { "one of \((["auto"] + choices).joined(separator: ", "))" }
}

extension TimestepList: SettingValue {
  package init?(setting text: String) {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false).map {
      Int($0.drop { $0 == " " })
    }
    guard !parts.isEmpty, parts.count <= 1000, !parts.contains(nil) else { return nil }
    self.init(parts.compactMap(\.self))
  }
  package var settingText: String { values.map(\.description).joined(separator: ",") }
  package static var expectation: String { "whole numbers between commas such as 999,749,499,249" }
}

extension ReferenceList: SettingValue {
  package init?(setting text: String) {
    self.init(
      text.isEmpty ? [] : text.split(separator: Self.separator, omittingEmptySubsequences: false).map(String.init))
    guard !paths.contains("") else { return nil }
  }
  package var settingText: String { paths.joined(separator: Self.separator) }
  package var settingJSON: JSONValue { paths.count == 1 ? .string(paths[0]) : .array(paths.map(JSONValue.string)) }
  package static var expectation: String { "a path" }
}

/// `style:0.8,other`
extension AdapterList: SettingValue {
  package init?(setting text: String) {
    let wishes = SeparatedList.items(of: text).map(AdapterWish.init(setting:))
    guard !wishes.contains(nil) else { return nil }
    self.init(wishes.compactMap(\.self))
  }

  package var settingText: String {
    wishes.map { "\(SeparatedList.escaped($0.name)):\($0.weightText)" }.joined(separator: ",")
  }
  package static var expectation: String { "names or files, each with a weight such as style:0.8, between commas" }
}

extension NameList: SettingValue {
  package init?(setting text: String) {
    let names = SeparatedList.items(of: text).map { String($0.trimmingPrefix { $0 == " " }) }
    guard !names.contains("") else { return nil }
    self.init(names)
  }

  package var settingText: String { names.map(SeparatedList.escaped).joined(separator: ",") }
  package static var expectation: String { "names or files between commas" }
}

/// Texts between commas: a backslash stands before a comma, or before another one, that is part of a text.
private enum SeparatedList {
  static func items(of text: String) -> [String] {
    guard !text.isEmpty else { return [] }
    var items = [""]
    var isEscaped = false
    for character in text {
      if isEscaped || (character != "," && character != "\\") {
        items[items.count - 1].append(character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else {
        items.append("")
      }
    }
    return items
  }

  static func escaped(_ item: String) -> String {
    item.replacing("\\", with: "\\\\").replacing(",", with: "\\,")
  }
}

extension AdapterWish {
  /// `name`, `name:weight` or `name:textEncoderWeight:weight`; nil where there is no name.
  fileprivate init?(setting text: String) {
    var name = text.trimmingPrefix { $0 == " " }
    var weights: [Double] = []
    while weights.count < 2, let colon = name.lastIndex(of: ":"),
      let weight = Double(name[name.index(after: colon)...]), weight.isFinite
    {
      weights.insert(weight, at: 0)
      name = name[..<colon]
    }
    guard !name.isEmpty else { return nil }
    self.init(
      name: String(name), weight: weights.last ?? 1, textEncoderWeight: weights.count == 2 ? weights[0] : nil)
  }
}
