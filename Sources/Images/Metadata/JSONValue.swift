import Foundation

/// JSON of unknown shape, as other tools keep it in pictures. Whole numbers keep all 64 bits, for seeds need them.
enum JSONValue: Equatable {
  case null
  case flag(Bool)
  case whole(UInt64)
  case number(Double)
  case text(String)
  case list([JSONValue])
  case object([String: JSONValue])

  /// Parses a text; nil where it is not JSON. Python's `NaN` and `Infinity` are taken, as ComfyUI writes them.
  init?(_ text: String) {
    guard text.utf8.count <= PictureLimits.textBytes, Self.depth(of: text) <= 128 else { return nil }
    let decoder = JSONDecoder()
    decoder.allowsJSON5 = true
    guard let value = try? decoder.decode(JSONValue.self, from: Data(text.utf8)) else { return nil }
    self = value
  }

  /// The deepest nesting of brackets, those in strings included; bounds the recursion of the decoder.
  private static func depth(of text: String) -> Int {
    var depth = 0
    var deepest = 0
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        depth += 1
        deepest = max(deepest, depth)
      case UInt8(ascii: "]"), UInt8(ascii: "}"): depth = max(0, depth - 1)
      default: break
      }
    }
    return deepest
  }

  subscript(key: String) -> JSONValue? {
    if case .object(let members) = self { members[key] } else { nil }
  }

  subscript(index: Int) -> JSONValue? {
    if case .list(let values) = self, values.indices.contains(index) { values[index] } else { nil }
  }

  var text: String? { if case .text(let text) = self { text } else { nil } }
  var whole: UInt64? { if case .whole(let whole) = self { whole } else { nil } }
  var integer: Int? { whole.flatMap { Int(exactly: $0) } }

  var number: Double? {
    switch self {
    case .whole(let whole): Double(whole)
    case .number(let number) where number.isFinite: number
    default: nil
    }
  }
}

extension JSONValue: Decodable {
  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let object = try? value.decode([String: JSONValue].self) {
      self = .object(object)
    } else if let list = try? value.decode([JSONValue].self) {
      self = .list(list)
    } else if let text = try? value.decode(String.self) {
      self = .text(text)
    } else if let flag = try? value.decode(Bool.self) {
      self = .flag(flag)
    } else if let whole = try? value.decode(UInt64.self) {
      self = .whole(whole)
    } else {
      self = .number(try value.decode(Double.self))
    }
  }
}
