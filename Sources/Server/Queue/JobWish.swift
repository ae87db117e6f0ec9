import Foundation
import JSON
import Painting
import System

/// What somebody asks to have painted.
struct JobWish: Sendable {
  var settings: PictureSettings
  var references: [ReferenceWish] = []
  /// Whether somebody looks while the picture forms.
  var wantsPreviews = false

  /// A picture that was handed over, and what it is for.
  struct ReferenceWish: Sendable, Equatable {
    enum Role: String, Sendable {
      case start, edit, mask, style
    }

    let upload: String
    let role: Role
  }

  init(settings: PictureSettings, references: [ReferenceWish] = [], wantsPreviews: Bool = false) {
    self.settings = settings
    self.references = references
    self.wantsPreviews = wantsPreviews
  }
}

extension JobWish {
  /// As the table of jobs keeps it.
  var stored: JSONValue {
    [
      "settings": .object(
        Dictionary(settings.texts.map { ($0.name, JSONValue.string($0.text)) }) { $1 }),
      "references": .array(
        references.map { ["id": .string($0.upload), "role": .string($0.role.rawValue)] }),
      "preview": .bool(wantsPreviews),
    ]
  }

  /// - Throws: A sentence where it is not as ``stored`` writes it.
  init(stored text: String) throws {
    let value = try JSONValue(parsing: Array(text.utf8))
    let texts = (value["settings"]?.object ?? [:]).compactMapValues(\.string)
    self.init(
      settings: try PictureSettings(texts),
      references: (value["references"]?.array ?? []).compactMap { reference in
        guard let id = reference["id"]?.string, let role = reference["role"]?.string.flatMap(ReferenceWish.Role.init)
        else { return nil }
        return ReferenceWish(upload: id, role: role)
      }, wantsPreviews: value["preview"]?.bool ?? false)
  }
}

extension Setting {
  /// Whether a request may say it: what names a picture or a network by its file never comes from one.
  var isTakenOverHTTP: Bool {
    kind != .picture && !["prompt", "control", "control-model", "ip-reference", "ip-adapter"].contains(name)
  }
}

extension JobWish {
  /// Fields that are no settings.
  private static let others: Set<String> = ["references", "preview", "prompt"]

  /// What a request of limn's own API asks for. Its fields are the settings, in snake case or as flags spell them.
  ///
  /// - Throws: ``Fault`` naming the field.
  init(_ body: JSONValue) throws {
    guard let members = body.object else { throw Fault.request("The body is not a JSON object.") }
    var texts: [String: String] = [:]
    for (name, value) in members where !Self.others.contains(name) && value != .null {
      guard let setting = Setting.named(name) else {
        throw Fault.request("\(name.harmlessName) is no setting of limn's.", field: name)
      }
      guard setting.isTakenOverHTTP else {
        throw Fault.request(
          "Pictures are handed over by /api/v1/uploads and named in `references`, never by a path.", field: name)
      }
      texts[setting.name] = try JobWish.text(value, of: setting, field: name)
    }
    guard let prompt = members["prompt"], let text = prompt.string else {
      throw Fault.request("The request has no prompt.", field: "prompt")
    }
    texts["prompt"] = text
    try self.init(texts: texts)
    references = try (members["references"]?.array ?? []).map(JobWish.reference)
    wantsPreviews = members["preview"]?.bool ?? false
  }

  /// - Throws: ``Fault`` where a value is none, or longer than anybody reads.
  init(texts: [String: String]) throws {
    for name in ["prompt", "negative"] where (texts[name]?.count ?? 0) > RequestLimits.prompt {
      throw Fault(
        .contentTooLarge, "too_large", "The \(name) is longer than \(RequestLimits.prompt) characters.", field: name)
    }
    for (name, text) in texts where !["prompt", "negative"].contains(name) && text.utf8.count > 2_000 {
      throw Fault(.contentTooLarge, "too_large", "\(name) is too long.", field: name)
    }
    self.init(settings: try PictureSettings(texts))
  }

  private static func text(_ value: JSONValue, of setting: Setting, field: String) throws -> String {
    switch value {
    case .string(let text): return text
    case .integer(let number): return "\(number)"
    case .natural(let number): return "\(number)"
    case .number(let number): return number.rounded() == number && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
    case .array(let elements):
      guard let separator = setting.separator, case let texts = elements.compactMap(\.string),
        texts.count == elements.count
      else { break }
      return texts.joined(separator: separator)
    case .bool(let flag) where setting.kind == .flag: return "\(flag)"
    case .bool, .object, .null: break
    }
    throw Fault.request("\(field) has a value of a kind that it cannot have.", field: field)
  }

  private static func reference(_ value: JSONValue) throws -> ReferenceWish {
    guard let id = value["id"]?.string else {
      throw Fault.request("A reference names an upload by `id`.", field: "references")
    }
    let role = value["role"]?.string ?? "start"
    guard let role = ReferenceWish.Role(rawValue: role) else {
      guard role == "control" else {
        throw Fault.request("A reference's role is start, edit, mask or style.", field: "references")
      }
      throw Fault(
        .notImplemented, "not_available", "This limn takes no pictures as \(role) yet.", field: "references")
    }
    return ReferenceWish(upload: id, role: role)
  }
}
