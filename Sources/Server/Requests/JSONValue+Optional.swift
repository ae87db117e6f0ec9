import Foundation
import History
import JSON

/// `null` for what is not known.
extension JSONValue {
  static func text(_ value: String?) -> JSONValue { value.map(JSONValue.string) ?? .null }
  static func whole(_ value: Int?) -> JSONValue { value.map(JSONValue.integer) ?? .null }
  static func decimal(_ value: Double?, places: Int = 2) -> JSONValue {
    value.map { .number($0.rounded(toPlaces: places)) } ?? .null
  }
  static func time(_ value: Date?) -> JSONValue { value.map { .string($0.iso8601) } ?? .null }
  static func texts(_ values: [String]) -> JSONValue { .array(values.map(JSONValue.string)) }
}

extension Double {
  func rounded(toPlaces places: Int) -> Double {
    let scale = (0..<places).reduce(1.0) { power, _ in power * 10 }
    return (self * scale).rounded() / scale
  }
}
