import Foundation
import JSON

/// Reads what another tool keeps as a flat JSON object: each member is taken once, under any of the names that versions of
/// the tool gave it; those that nobody took are told as they stand.
struct ForeignRecord {
  private let members: [String: JSONValue]
  private var taken: Set<String> = []

  init(_ members: [String: JSONValue]) { self.members = members }

  /// The member; nil where it is missing or says nothing (null, "None", an empty text).
  mutating func value(_ names: String...) -> JSONValue? { value(names) }

  mutating func text(_ names: String...) -> String? {
    switch value(names) {
    case .string(let text)?: text
    case .integer(let number)?: String(number)
    case .natural(let number)?: String(number)
    case .number(let number)?: String(number)
    default: nil
    }
  }

  /// A number, or a text that is one.
  mutating func number(_ names: String...) -> Double? {
    let value = value(names)
    return value?.finite ?? value?.string.flatMap(Double.init).flatMap { $0.isFinite ? $0 : nil }
  }

  mutating func whole(_ names: String...) -> Int? {
    let value = value(names)
    return value?.integer ?? value?.string.flatMap { Int($0.trimmingCharacters(in: .whitespaces)) }
  }

  mutating func natural(_ names: String...) -> UInt64? {
    let value = value(names)
    return value?.natural ?? value?.string.flatMap { UInt64($0.trimmingCharacters(in: .whitespaces)) }
  }

  /// Members that decide nothing of the picture, or say again what others say.
  mutating func pass(over names: String...) { taken.formUnion(names) }

  /// What nobody took and says something, in the order of the names.
  var others: [GenerationParameters.Other] {
    members.filter { !taken.contains($0.key) && $0.value.saysSomething }.sorted { $0.key < $1.key }.map {
      GenerationParameters.Other($0.key, $0.value.string ?? $0.value.text)
    }
  }

  private mutating func value(_ names: [String]) -> JSONValue? {
    for name in names {
      guard let value = members[name] else { continue }
      taken.insert(name)
      if value.saysSomething || value.isZero || value == .bool(false) { return value }
    }
    return nil
  }
}

extension JSONValue {
  fileprivate var isZero: Bool { double == 0 }

  /// Whether something is switched on or set: neither null nor false, no zero, nothing empty; as Python writes these too.
  var saysSomething: Bool {
    switch self {
    case .null, .bool(false): false
    case .string(let text): !["", "None", "False", "null", "[]", "{}"].contains(text)
    case .array(let elements): elements.contains(where: \.saysSomething)
    case .object(let members): members.values.contains(where: \.saysSomething)
    default: double != 0
    }
  }

  /// The name of a model, which may be a text or an object that holds one.
  var modelName: String? {
    string ?? self["name"]?.string ?? self["model_name"]?.string ?? self["lora_name"]?.string
  }
}
