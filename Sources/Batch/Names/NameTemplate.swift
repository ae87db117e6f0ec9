import Images
import System

/// How pictures are named: `{index:05}-{slug}-{seed}.png`.
///
/// A number fills up with zeros to the width after its colon, a text is cut to that many characters. Slashes of the
/// template make folders; those of values become hyphens.
package struct NameTemplate: Equatable, Sendable {
  package static let standard = "{index:05}-{slug}-{seed}.png"

  private enum Part: Equatable {
    case literal(String)
    case value(String, width: Int?)
  }

  private let parts: [Part]

  /// Names beside those of ``Field`` and `$variables`.
  private static let ownNames = ["index", "line", "copy", "slug", "key"]

  /// - Throws: ``UserError/request(_:)`` where a brace is not closed or holds no known name.
  package init(parsing text: String) throws(UserError) {
    guard !text.isEmpty, !text.hasSuffix("/") else { throw .request("--name \"\(text)\" names no file.") }
    var parts: [Part] = []
    var rest = text[...]
    while let open = rest.firstIndex(of: "{") {
      if open > rest.startIndex { parts.append(.literal(String(rest[..<open]))) }
      guard let close = rest[open...].firstIndex(of: "}") else {
        throw .request("--name \(text): a { is never closed.")
      }
      parts.append(try NameTemplate.value(rest[open..<close].dropFirst(), of: text))
      rest = rest[close...].dropFirst()
    }
    if !rest.isEmpty { parts.append(.literal(String(rest))) }
    self.parts = parts
  }

  /// What stands between braces: a name, perhaps a colon and a width.
  private static func value(_ text: Substring, of template: String) throws(UserError) -> Part {
    let pieces = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(pieces[0])
    let isOwn = ownNames.contains(name) || (name.hasPrefix("$") && VariableName.isOne(name.dropFirst()))
    guard let canonical = isOwn ? name : Field(name: name)?.rawValue else {
      throw .request(
        "--name \(template): there is nothing called {\(name)}; there are \(ownNames.joined(separator: ", ")), the fields of a line, and $name."
      )
    }
    guard pieces.count > 1 else { return .value(canonical, width: nil) }
    guard let width = Int(pieces[1]), (1...100).contains(width) else {
      throw .request("--name \(template): \"\(pieces[1])\" is no width from 1 to 100.")
    }
    return .value(canonical, width: width)
  }

  /// The name for these values; ends as one of ``PictureFormat``'s does, ".png" where the template names none.
  package func name(_ values: [String: String]) -> String {
    var name = ""
    for part in parts {
      switch part {
      case .literal(let text): name += text
      case .value(let key, let width):
        let value = NameTemplate.safe(values[key] ?? "")
        guard let width else {
          name += value
          continue
        }
        let isNumber = !value.isEmpty && value.allSatisfy(\.isNumber)
        let zeros = String(repeating: "0", count: max(0, width - value.count))
        name += isNumber ? zeros + value : String(value.prefix(width))
      }
    }
    return NameTemplate.finished(name)
  }

  /// Each folder's and the file's name shortened to what disks take, with the extension.
  package static func finished(_ name: String) -> String {
    let format = PictureFormat(path: name)
    let ending = format == nil ? "png" : name[name.lastIndex(of: ".")!...].dropFirst().lowercased()
    let stem = format == nil ? name[...] : name.dropLast(ending.count + 1)
    var pieces = stem.split(separator: "/", omittingEmptySubsequences: false).map { piece in
      var piece = String(piece)
      while piece.utf8.count > 200 { piece.removeLast() }
      return piece
    }
    if pieces[pieces.count - 1].isEmpty { pieces[pieces.count - 1] = "picture" }
    return pieces.joined(separator: "/") + ".\(ending)"
  }

  /// A value must not lead into another folder, nor hide the file.
  private static func safe(_ value: String) -> String {
    let text = String(value.map { $0 == "/" || $0 == "\\" || $0.isNewline || $0 == "\0" ? "-" : $0 })
    return text.hasPrefix(".") ? "-" + text.dropFirst() : text
  }
}
