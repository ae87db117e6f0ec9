/// A value of a configuration file: `config.json`, `model_index.json`, `scheduler_config.json`.
package enum JSONValue: Sendable, Equatable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  /// The member of that name, where this is an object that has one.
  package subscript(name: String) -> JSONValue? {
    if case .object(let members) = self { members[name] } else { nil }
  }

  package var string: String? { if case .string(let text) = self { text } else { nil } }
  package var bool: Bool? { if case .bool(let truth) = self { truth } else { nil } }
  package var integer: Int? { if case .integer(let number) = self { number } else { nil } }
  package var array: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }
  package var object: [String: JSONValue]? { if case .object(let members) = self { members } else { nil } }

  /// The number, whole or not.
  package var double: Double? {
    switch self {
    case .integer(let number): Double(number)
    case .number(let number): number
    default: nil
    }
  }
}

// MARK: Reading

extension JSONValue {
  /// Parses a whole text. Of members with one name the last counts, as in Python.
  ///
  /// - Throws: `CheckpointError` naming `origin` and the byte where the text stops being JSON.
  package init(parsing bytes: [UInt8], origin: String) throws(CheckpointError) {
    var scanner = JSONScanner(bytes)
    do {
      self = try scanner.value()
      try scanner.expectEnd()
    } catch {
      throw CheckpointError(origin, "is not valid JSON: \(error.problem)")
    }
  }

  /// The largest configuration that is read; the biggest of published models is below 3 MB.
  static let largestFile = 64 << 20

  /// Reads and parses the file at `path`.
  package init(contentsOf path: String) throws(CheckpointError) {
    let file = try MappedFile(path: path)
    guard file.count <= JSONValue.largestFile else {
      throw CheckpointError(path, "is \(file.count) bytes long, which no configuration is")
    }
    try self.init(parsing: file.copy(0..<file.count), origin: path)
  }
}

extension JSONScanner {
  /// Reads whatever value comes next.
  mutating func value() throws(Fault) -> JSONValue {
    switch peek() {
    case UInt8(ascii: "{"):
      var found: [String: JSONValue] = [:]
      try members { (name, scanner) throws(Fault) in found[name] = try scanner.value() }
      return .object(found)
    case UInt8(ascii: "["):
      var found: [JSONValue] = []
      try elements { (scanner) throws(Fault) in found.append(try scanner.value()) }
      return .array(found)
    case UInt8(ascii: "\""):
      return .string(try string())
    default:
      if take(word: "null") { return .null }
      if take(word: "true") { return .bool(true) }
      if take(word: "false") { return .bool(false) }
      return try number()
    }
  }
}

// MARK: Writing

extension JSONValue {
  /// The value as JSON text, members in the order of their names.
  ///
  /// JSON has no infinities; they are written as `null`, which optional settings read as "not given". diffusers writes
  /// them only where they are the default (`lambda_min_clipped` of DPM-Solver).
  package var text: String {
    switch self {
    case .null: "null"
    case .bool(let truth): truth ? "true" : "false"
    case .integer(let number): String(number)
    case .number(let number): number.isFinite ? String(number) : "null"
    case .string(let text): JSONValue.literal(text)
    case .array(let elements): "[" + elements.map(\.text).joined(separator: ",") + "]"
    case .object(let members):
      "{"
        + members.sorted { $0.key < $1.key }.map { JSONValue.literal($0.key) + ":" + $0.value.text }.joined(
          separator: ",")
        + "}"
    }
  }

  private static func literal(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\":
        quoted += "\\"
        quoted.unicodeScalars.append(scalar)
      case "\u{0}"..<"\u{20}":
        let hex = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  package init(nilLiteral: ()) { self = .null }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(integerLiteral value: Int) { self = .integer(value) }
  package init(floatLiteral value: Double) { self = .number(value) }
  package init(stringLiteral value: String) { self = .string(value) }
  package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  package init(dictionaryLiteral members: (String, JSONValue)...) {
    self = .object(Dictionary(members) { _, last in last })
  }
}
