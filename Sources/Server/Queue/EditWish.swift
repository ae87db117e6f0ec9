import JSON
import Painting
import System

/// That a picture which is there is to be changed, as `limn enlarge` and `limn restyle` do. How far stands among the settings
/// (`upscale`, `upscaler`, `style-strength`), the styles among the references.
struct EditWish: Sendable, Equatable {
  enum Command: String, Sendable, CaseIterable {
    case enlarge, restyle
  }

  let command: Command
  /// The picture of the history; nil for the upload that the wish starts from.
  var picture: String?
  /// Whether only light and dark are taken from the styles.
  var keepsColours = false
}

extension EditWish {
  /// As the table of jobs keeps it.
  var stored: JSONValue {
    [
      "command": .string(command.rawValue), "picture": picture.map(JSONValue.string) ?? .null,
      "keep_colours": .bool(keepsColours),
    ]
  }

  /// Nil where there is none.
  init?(stored value: JSONValue?) {
    guard let command = value?["command"]?.string.flatMap(Command.init(rawValue:)) else { return nil }
    self.init(
      command: command, picture: value?["picture"]?.string, keepsColours: value?["keep_colours"]?.bool ?? false)
  }

  /// The command that does the same to a file of that name.
  func commandLine(_ settings: PictureSettings, of file: String, styles: Int) -> String {
    var words = ["limn", command.rawValue, file]
    switch command {
    case .enlarge:
      words += ["--factor", "\(settings.upscale ?? 4)"]
      if let upscaler = settings.upscaler { words += ["--upscaler", upscaler] }
    case .restyle:
      for index in 0..<max(1, styles) { words += ["--style-from", "style-\(index + 1).png"] }
      if settings.styleStrength != 1 { words += ["--style-strength", settings.styleStrength.settingText] }
      if keepsColours { words.append("--keep-colours") }
    }
    return words.map(\.shellQuoted).joined(separator: " ")
  }

  /// Those of the settings that decide the outcome.
  func fields(_ settings: PictureSettings) -> JSONValue {
    let names = command == .enlarge ? ["upscale", "upscaler"] : ["style-strength"]
    var fields: [String: JSONValue] = [:]
    for name in names {
      if let setting = Setting.named(name), setting.text(settings) != nil {
        fields[name.replacing("-", with: "_")] = setting.json(settings)
      }
    }
    if keepsColours { fields["keep_colours"] = true }
    return .object(fields)
  }
}

extension JobWish {
  private static let editFields: [EditWish.Command: Set<String>] = [
    .enlarge: ["factor", "upscaler"], .restyle: ["style_from", "style_strength", "keep_colours"],
  ]

  /// What a request of limn's own API asks to be done to a picture: `factor` and `upscaler`, or `style_from` (uploads),
  /// `style_strength` and `keep_colours`.
  ///
  /// - Parameter prompt: What the picture was painted from.
  /// - Throws: ``Fault`` naming the field.
  init(_ body: JSONValue, _ edit: EditWish, prompt: String) throws {
    guard let members = body.object else { throw Fault.request("The body is not a JSON object.") }
    var edit = edit
    if let other = members.keys.first(where: { Self.editFields[edit.command]?.contains($0) != true }) {
      throw Fault.request(
        "\(other.harmlessName) says nothing of how to \(edit.command.rawValue) a picture.", field: other)
    }
    func text(_ name: String) throws -> String? {
      guard let value = members[name], value != .null else { return nil }
      guard let text = value.loose else {
        throw Fault.request("\(name) has a value of a kind that it cannot have.", field: name)
      }
      return text
    }
    var texts: [String: String] = [:]
    switch edit.command {
    case .enlarge:
      texts["upscale"] = try text("factor") ?? "4"
      texts["upscaler"] = try text("upscaler")
      guard Setting.factors.contains(texts["upscale"] ?? "") else {
        throw Fault.request("`factor` is 2, 3, 4 or 8.", field: "factor")
      }
    case .restyle:
      texts["style-strength"] = try text("style_strength")
      guard members["keep_colours"].map({ $0.bool != nil || $0 == .null }) ?? true else {
        throw Fault.request("`keep_colours` is true or false.", field: "keep_colours")
      }
      edit.keepsColours = members["keep_colours"]?.bool ?? false
    }
    try self.init(texts: texts)
    settings.prompt = prompt
    self.edit = edit
    guard edit.command == .restyle else { return }
    let named = members["style_from"]
    let styles = named?.array?.map(\.string) ?? named.map { [$0.string] } ?? []
    guard (1...4).contains(styles.count), !styles.contains(nil) else {
      throw Fault.request("`style_from` names one to four uploads whose style to take.", field: "style_from")
    }
    references = styles.compactMap(\.self).map { ReferenceWish(upload: $0, role: .style) }
  }
}

extension Setting {
  fileprivate static let factors = PictureSettings.factors.map(String.init)
}
