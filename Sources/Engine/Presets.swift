import Foundation
import JSON
import Painting
import System

/// Settings kept under a name, a file of JSON each: `$XDG_CONFIG_HOME/limn/presets/NAME.json`.
///
/// The one called `default` holds wherever no other is named.
package struct Presets: Sendable {
  package static let standardName = "default"
  /// Names none, not even the one that always holds.
  package static let none = "none"
  private static let mostBytes = 1 << 20

  package let folder: String

  package init(_ installation: Installation) { folder = installation.configurationFolder + "/presets" }

  /// Sorted.
  package var names: [String] {
    FileTree.names(in: folder).filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }
  }

  /// What a preset says, as texts by the names of settings.
  ///
  /// - Parameter name: Nil for the one that always holds, where there is one.
  /// - Throws: ``UserError``: it is not there, is damaged, or says what no setting takes.
  package func texts(_ name: String?) throws(UserError) -> [String: String] {
    if name == Presets.none { return [:] }
    let path = try path(name ?? Presets.standardName)
    // Most people have none.
    if name == nil, PathKind(path) != .file { return [:] }
    let bytes: [UInt8]
    do {
      bytes = try FileTree.read(path, atMost: Presets.mostBytes)
    } catch {
      let known = names.isEmpty ? "there are none yet" : "there are \(names.joined(separator: ", "))"
      throw error == .missing
        ? .request("There is no preset \"\(name ?? Presets.standardName)\"; \(known).")
        : .input("The preset \(path) cannot be read.")
    }
    guard let object = (try? JSONValue(parsing: bytes))?.object else {
      throw .input("The preset \(path) is not one object of JSON.")
    }
    var texts: [String: String] = [:]
    for (key, value) in object {
      guard let setting = Setting.named(key), setting.name != "prompt" else {
        throw .input("The preset \(path) names \"\(key.harmlessLine)\", which is no setting.")
      }
      guard let text = Presets.text(value, setting) else {
        throw .input("The preset \(path) has a \(setting.name) that is neither a text nor a number.")
      }
      texts[setting.name] = text
    }
    do throws(UserError) {
      _ = try PictureSettings(texts)
    } catch {
      throw .input("The preset \(path) cannot be used: \(error)")
    }
    return texts
  }

  private static func text(_ value: JSONValue, _ setting: Setting) -> String? {
    if let separator = setting.separator, case .array(let values) = value {
      let texts = values.compactMap { text($0, setting) }
      return texts.count == values.count ? texts.joined(separator: separator) : nil
    }
    return switch value {
    case .string(let text): text
    case .bool(let flag): "\(flag)"
    case .integer(let number): "\(number)"
    case .natural(let number): "\(number)"
    case .number(let number): "\(number)"
    case .null, .array, .object: nil
    }
  }

  /// Keeps settings under a name, in the place of what it meant before.
  /// - Throws: ``UserError``, `AtomicFileError`
  package func save(_ settings: PictureSettings, as name: String) throws {
    let path = try path(name)
    let texts = settings.texts.filter { $0.name != "prompt" }
    guard !texts.isEmpty else {
      throw UserError.request("A preset of nothing helps nobody: name a setting by its flag.")
    }
    var object: [String: JSONValue] = [:]
    for (name, text) in texts {
      object[name] = Setting.named(name).flatMap { $0.separator == nil ? $0.json(settings) : nil } ?? .string(text)
    }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.save(Array(try encoder.encode(object)) + [0x0A], to: path, ifTaken: .replace)
  }

  /// - Throws: ``UserError`` where there is no such preset, or it cannot be removed.
  package func remove(_ name: String) throws(UserError) {
    let path = try path(name)
    guard PathKind(path) == .file else { throw .request("There is no preset \"\(name)\".") }
    do {
      try FileManager.default.removeItem(atPath: path)
    } catch {
      throw .input("The preset \(path) cannot be removed.")
    }
  }

  /// Names are the user's own, and never lead elsewhere.
  private func path(_ name: String) throws(UserError) -> String {
    let isPlain = name.allSatisfy { $0.isLetter || $0.isNumber || "-_. ".contains($0) }
    guard isPlain, !name.isEmpty, !name.hasPrefix("."), name != Presets.none, name.utf8.count <= 100 else {
      throw .request(
        "\"\(name.harmlessLine)\" cannot name a preset: use letters, digits, '-', '_' and '.', and not \"none\".")
    }
    return "\(folder)/\(name).json"
  }
}
