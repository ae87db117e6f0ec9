import Foundation
import Images
import JSON
import Painting
import System

/// What somebody asks to have painted.
struct JobWish: Sendable {
  var settings: PictureSettings
  var references: [ReferenceWish] = []
  /// What is to be done to a picture that is there; nil where one is to be painted.
  var edit: EditWish?
  /// How painted pictures become files.
  var encoding = PictureEncoding()
  /// Whether somebody looks while the picture forms.
  var wantsPreviews = false

  /// A picture that was handed over, and what it is for.
  struct ReferenceWish: Sendable, Equatable {
    enum Role: String, Sendable {
      case start, edit, mask, style, control
    }

    let upload: String
    let role: Role
    /// How it controls; nil in other roles.
    var control: ControlReference?
  }

  /// What a picture that controls is taken for.
  struct ControlReference: Sendable, Equatable {
    var kind = ControlKind.canny
    var weight = 1.0
    /// The share of the steps in which it counts.
    var range = 0.0...1.0
    /// The network, by a name that the server was started with; nil for the first.
    var model: String?
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
      "references": .array(references.map(\.json)), "edit": edit?.stored ?? .null, "preview": .bool(wantsPreviews),
      "format": .string(encoding.format.rawValue), "quality": .integer(encoding.quality),
    ]
  }

  /// - Throws: A sentence where it is not as ``stored`` writes it.
  init(stored text: String) throws {
    let value = try JSONValue(parsing: Array(text.utf8))
    let texts = (value["settings"]?.object ?? [:]).compactMapValues(\.string)
    self.init(
      settings: try PictureSettings(texts),
      references: (value["references"]?.array ?? []).compactMap { reference in
        try? JobWish.reference(reference)
      }, wantsPreviews: value["preview"]?.bool ?? false)
    edit = EditWish(stored: value["edit"])
    if let format = value["format"]?.string.flatMap(PictureFormat.init(rawValue:)),
      let quality = value["quality"]?.integer, (1...100).contains(quality)
    {
      encoding = PictureEncoding(format, quality: quality)
    }
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
  private static let others: Set<String> = ["references", "preview", "prompt", "format", "quality"]

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
    switch members["references"] {
    case nil, .null: break
    case .array(let pictures): references = try pictures.map(JobWish.reference)
    default: throw Fault.request("`references` is a list of {id, role}.", field: "references")
    }
    encoding = try PictureEncoding(
      format: members["format"], quality: members["quality"], fields: ("format", "quality"))
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

  /// `{"id": …, "role": "start"}`; one that controls may have `kind`, `weight`, `start`, `end` and `model`.
  static func reference(_ value: JSONValue) throws -> ReferenceWish {
    guard let id = value["id"]?.string else {
      throw Fault.request("A reference names an upload by `id`.", field: "references")
    }
    guard let role = ReferenceWish.Role(rawValue: value["role"]?.string ?? "start") else {
      throw Fault.request("A reference's role is start, edit, mask, style or control.", field: "references")
    }
    var reference = ReferenceWish(upload: id, role: role)
    if role == .control { reference.control = try ControlReference(value) }
    return reference
  }
}

extension JobWish.ControlReference {
  init(_ value: JSONValue) throws {
    self.init()
    if let name = value["kind"], name != .null {
      guard let kind = name.string.flatMap(ControlKind.init(rawValue:)) else {
        let kinds = ControlKind.allCases.map(\.rawValue).joined(separator: ", ")
        throw Fault.request("The kind of a reference that controls is one of \(kinds).", field: "references")
      }
      self.kind = kind
    }
    let (start, end) = (value["start"]?.double ?? 0, value["end"]?.double ?? 1)
    weight = value["weight"]?.double ?? 1
    guard (0...1).contains(start), (0...1).contains(end), start < end, (-10...10).contains(weight) else {
      throw Fault.request(
        "A reference that controls has a weight of -10 to 10, and counts from a share of the steps (0 to 1) to another.",
        field: "references")
    }
    range = start...end
    model = value["model"]?.string
  }
}

extension JobWish.ReferenceWish {
  /// As it is asked for, kept and told.
  var json: JSONValue {
    var members: [String: JSONValue] = ["id": .string(upload), "role": .string(role.rawValue)]
    if let control {
      members["kind"] = .string(control.kind.rawValue)
      members["weight"] = .number(control.weight)
      members["start"] = .number(control.range.lowerBound)
      members["end"] = .number(control.range.upperBound)
      if let model = control.model { members["model"] = .string(model) }
    }
    return .object(members)
  }
}

extension PictureEncoding {
  /// What a request says of the file: `png`, `jpeg` or `webp`, and a quality from 1 to 100.
  ///
  /// - Parameter fields: What the two are called there.
  init(format: JSONValue?, quality: JSONValue?, fields: (format: String, quality: String)) throws {
    let name = format == .null ? "png" : format.map { $0.string ?? "" } ?? "png"
    guard let kind = PictureFormat.allCases.first(where: { $0.rawValue.lowercased() == name.lowercased() }) else {
      throw Fault.request("This server makes png, jpeg and webp, not \(name.harmlessName).", field: fields.format)
    }
    var value = Self.usualQuality
    if let quality, quality != .null {
      guard let number = quality.looseInteger, (0...100).contains(number) else {
        throw Fault.request("`\(fields.quality)` is 1 to 100.", field: fields.quality)
      }
      value = max(1, number)
    }
    self.init(kind, quality: value)
  }
}
