/// A JSON value of any shape, as a tree.
package enum JSONValue: Sendable, Equatable {
  case null
  case bool(Bool)
  case integer(Int)
  /// A whole number above `Int.max`; seeds need all 64 bits.
  case natural(UInt64)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  /// Parses a whole text. Of members with one name the last counts, as in Python, whose `NaN` and `Infinity` are taken.
  ///
  /// - Throws: ``JSONFault`` naming the byte where the text stops being JSON.
  package init(parsing bytes: [UInt8]) throws(JSONFault) {
    var scanner = JSONScanner(bytes)
    self = try scanner.value()
    try scanner.expectEnd()
  }

  /// The member of that name, where this is an object that has one.
  package subscript(name: String) -> JSONValue? {
    if case .object(let members) = self { members[name] } else { nil }
  }

  /// The element at that place, where this is an array that is long enough.
  package subscript(index: Int) -> JSONValue? {
    if case .array(let elements) = self, elements.indices.contains(index) { elements[index] } else { nil }
  }

  package var string: String? { if case .string(let text) = self { text } else { nil } }
  package var bool: Bool? { if case .bool(let truth) = self { truth } else { nil } }
  package var array: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }
  package var object: [String: JSONValue]? { if case .object(let members) = self { members } else { nil } }

  /// The number, whole or not.
  package var double: Double? {
    switch self {
    case .integer(let number): Double(number)
    case .natural(let number): Double(number)
    case .number(let number): number
    default: nil
    }
  }

  /// The number where it is whole, be it written as 20, 20.0 or 2e1.
  package var integer: Int? {
    switch self {
    case .integer(let number): number
    case .number(let number): Int(exactly: number)
    default: nil
    }
  }

  /// The number where it is whole and at least zero.
  package var natural: UInt64? {
    switch self {
    case .integer(let number): UInt64(exactly: number)
    case .natural(let number): number
    case .number(let number): UInt64(exactly: number)
    default: nil
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
    case .natural(let number): String(number)
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
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
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
