import Foundation
import Testing

/// docs/events.schema.json and as much of JSON Schema as it uses.
struct EventSchema {
  private let root: [String: Any]

  init() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/events.schema.json")
    let json = try JSONSerialization.jsonObject(with: Data(contentsOf: file.standardizedFileURL))
    root = try #require(json as? [String: Any])
  }

  /// What of the event is not as the schema says; nothing where all is.
  func faults(of event: [String: Any]) -> [String] {
    let kinds = (root["$defs"] as? [String: [String: Any]]) ?? [:]
    guard let name = event["event"] as? String, let schema = kinds[name] else { return ["unknown event \(event)"] }
    return faults(of: event, schema, at: name)
  }

  /// Names in the event that the schema does not describe.
  func undescribed(in event: [String: Any]) -> [String] {
    let kinds = (root["$defs"] as? [String: [String: Any]]) ?? [:]
    let schema = (event["event"] as? String).flatMap { kinds[$0] }
    let known = (schema?["properties"] as? [String: Any]) ?? [:]
    return event.keys.filter { known[$0] == nil }
  }

  private func faults(of value: Any, _ schema: [String: Any], at place: String) -> [String] {
    var faults: [String] = []
    func require(_ holds: Bool, _ what: String) {
      if !holds { faults.append("\(place) is \(value), not \(what)") }
    }
    if let reference = schema["$ref"] as? String {
      let name = reference.split(separator: "/").last.map(String.init) ?? ""
      let referenced = (root["$defs"] as? [String: [String: Any]])?[name] ?? [:]
      faults += self.faults(of: value, referenced, at: place)
    }
    if let expected = schema["const"] { require("\(value)" == "\(expected)", "\(expected)") }
    if let minimum = schema["minimum"] as? Double {
      require((value as? Double ?? -1) >= minimum, "at least \(minimum)")
    }
    if let pattern = schema["pattern"] as? String, let text = value as? String {
      require((try? Regex(pattern).firstMatch(in: text)) != nil, pattern)
    }
    switch schema["type"] as? String {
    case "string": require(value is String, "a string")
    case "number": require(value is Double, "a number")
    case "integer": require(value is UInt64 || value is Int, "a whole number")
    case "array":
      require(value is [Any], "an array")
      let items = schema["items"] as? [String: Any] ?? [:]
      for item in value as? [Any] ?? [] { faults += self.faults(of: item, items, at: "\(place)[]") }
    case "object":
      guard let object = value as? [String: Any] else { return faults + ["\(place) is no object"] }
      for name in schema["required"] as? [String] ?? [] where object[name] == nil {
        faults.append("\(place) has no \(name)")
      }
      for (name, schema) in schema["properties"] as? [String: [String: Any]] ?? [:] {
        if let value = object[name] { faults += self.faults(of: value, schema, at: "\(place).\(name)") }
      }
    default: break
    }
    return faults
  }
}
