import Foundation

/// A network's shape, as the `config.json` beside its weights spells it (keys in snake case).
package protocol NetworkConfiguration: Decodable, Sendable {
  /// Refuses what limn does not run.
  func validate() throws
}

extension NetworkConfiguration {
  /// - Parameters:
  ///   - json: The contents of a `config.json`.
  ///   - origin: The file, for messages.
  /// - Throws: ``NetworkError/configuration(_:)``
  package init(json: Data, origin: String) throws {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    do {
      self = try decoder.decode(Self.self, from: json)
    } catch let error as DecodingError {
      throw NetworkError.configuration("\(origin) is not a configuration that limn can read: \(error.sentence)")
    }
    do {
      try validate()
    } catch NetworkError.configuration(let sentence) {
      throw NetworkError.configuration("\(origin): \(sentence)")
    }
  }
}

extension DecodingError {
  /// What is wrong and where, in words.
  fileprivate var sentence: String {
    func place(_ context: Context, _ key: (any CodingKey)? = nil) -> String {
      (context.codingPath + (key.map { [$0] } ?? [])).map(\.stringValue).joined(separator: ".")
    }
    return switch self {
    case .keyNotFound(let key, let context): "`\(place(context, key))` is missing."
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "`\(place(context))` has a value of the wrong kind."
    case .dataCorrupted(let context):
      context.codingPath.isEmpty ? "it is not JSON." : "`\(place(context))`: \(context.debugDescription)"
    @unknown default: "its values do not fit."
    }
  }
}

/// A value that diffusers' configurations write once for all levels of a network or once for each.
struct PerLevel<Value: Decodable & Sendable>: Decodable, Sendable {
  private let values: [Value]

  init(_ value: Value) { values = [value] }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let list = try? container.decode([Value].self) {
      values = list
    } else {
      values = [try container.decode(Value.self)]
    }
  }

  /// One value for each of `count` levels; nil when the list has another length.
  func expanded(to count: Int) -> [Value]? {
    values.count == 1 ? Array(repeating: values[0], count: count) : (values.count == count ? values : nil)
  }
}
