import Engine
import Foundation
import JSON
import Painting
import System

/// The Model Context Protocol (https://modelcontextprotocol.io), without sessions: each message is answered by itself.
package struct MCP: Sendable {
  /// Paints a wish; returns PNGs with their seeds.
  typealias Paint = @Sendable (JobWish) async throws -> [(seed: UInt64, png: [UInt8])]

  private static let versions = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]
  private static let mostPictures = 4

  let styles: @Sendable () async -> [String]
  let models: @Sendable () async -> [String]
  let paint: Paint

  /// The answer to a message; nil where none is due.
  func answer(_ message: JSONValue) async -> JSONValue? {
    guard let method = message["method"]?.string else {
      return message["id"] == nil ? Self.error(nil, -32600, "The message has no method.") : nil
    }
    guard let id = message["id"], id != .null else { return nil }
    let parameters = message["params"] ?? [:]
    switch method {
    case "initialize": return Self.result(id, initialized(parameters))
    case "ping": return Self.result(id, [:])
    case "tools/list": return Self.result(id, ["tools": [await paintTool(), Self.listTool]])
    case "tools/call": return await call(id, parameters)
    case "resources/list": return Self.result(id, ["resources": []])
    case "resources/templates/list": return Self.result(id, ["resourceTemplates": []])
    case "prompts/list": return Self.result(id, ["prompts": []])
    default: return Self.error(id, -32601, "limn does not know \(method.harmlessName).")
    }
  }

  private func initialized(_ parameters: JSONValue) -> JSONValue {
    let wished = parameters["protocolVersion"]?.string ?? ""
    return [
      "protocolVersion": .string(Self.versions.contains(wished) ? wished : Self.versions[0]),
      "capabilities": ["tools": ["listChanged": false]],
      "serverInfo": ["name": "limn", "title": "limn", "version": .string(Version.number)],
      "instructions": "Paints pictures on this computer. Call `paint` with what the picture shows.",
    ]
  }

  // MARK: Tools

  private func paintTool() async -> JSONValue {
    let styles = await styles()
    let models = await models()
    func setting(_ name: String, _ type: String) -> JSONValue {
      ["type": .string(type), "description": .string(Setting.named(name)?.help.spellingSettings { $0 } ?? "")]
    }
    var style = setting("style", "string").object ?? [:]
    if !styles.isEmpty { style["enum"] = .array(styles.map(JSONValue.string)) }
    var model = setting("model", "string").object ?? [:]
    model["enum"] = .array(models.map(JSONValue.string))
    return [
      "name": "paint", "title": "Paint a picture",
      "description":
        "Paints a picture from a description, on this computer. Returns PNGs with the seeds that paint them again.",
      "inputSchema": [
        "type": "object",
        "properties": [
          "prompt": ["type": "string", "description": "What the picture shows."], "style": .object(style),
          "aspect": setting("aspect", "string"), "negative": setting("negative", "string"),
          "width": setting("width", "integer"), "height": setting("height", "integer"),
          "seed": setting("seed", "integer"), "steps": setting("steps", "integer"),
          "count": [
            "type": "integer", "minimum": 1, "maximum": .integer(Self.mostPictures), "description": "How many.",
          ],
          "model": .object(model),
        ], "required": ["prompt"],
      ], "annotations": ["readOnlyHint": false, "destructiveHint": false, "openWorldHint": false],
    ]
  }

  private static let listTool: JSONValue = [
    "name": "list_styles", "title": "List styles and models",
    "description": "Lists the styles and models that `paint` takes.",
    "inputSchema": ["type": "object", "properties": [:]], "annotations": ["readOnlyHint": true],
  ]

  private func call(_ id: JSONValue, _ parameters: JSONValue) async -> JSONValue {
    switch parameters["name"]?.string {
    case "paint":
      do {
        var members = parameters["arguments"]?.object ?? [:]
        members["references"] = nil
        let wish = try JobWish(.object(members))
        guard wish.settings.count <= Self.mostPictures else {
          throw Fault.request("`count` is 1 to \(Self.mostPictures).", field: "count")
        }
        let pictures = try await paint(wish)
        let texts = JSONValue.object([
          "type": "text",
          "text": .string(
            "Painted \"\(wish.settings.prompt)\", seed \(pictures.map { "\($0.seed)" }.joined(separator: ", "))."),
        ])
        let images = pictures.map { picture -> JSONValue in
          ["type": "image", "data": .string(Data(picture.png).base64EncodedString()), "mimeType": "image/png"]
        }
        return Self.result(id, ["content": .array([texts] + images), "isError": false])
      } catch {
        // What a model can mend it is told as a result.
        return Self.result(
          id, ["content": [["type": "text", "text": .string(Fault(error).message)]], "isError": true])
      }
    case "list_styles":
      let text =
        "Styles: \((await styles()).joined(separator: ", ")). Models: \((await models()).joined(separator: ", "))."
      return Self.result(id, ["content": [["type": "text", "text": .string(text)]], "isError": false])
    default: return Self.error(id, -32602, "limn has no such tool.")
    }
  }

  static func result(_ id: JSONValue, _ result: JSONValue) -> JSONValue {
    ["jsonrpc": "2.0", "id": id, "result": result]
  }

  static func error(_ id: JSONValue?, _ code: Int, _ message: String) -> JSONValue {
    ["jsonrpc": "2.0", "id": id ?? .null, "error": ["code": .integer(code), "message": .string(message)]]
  }
}
