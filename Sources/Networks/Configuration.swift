import JSON

/// A network's shape, as the `config.json` beside its weights spells it (keys in snake case).
package protocol NetworkConfiguration: Decodable, Sendable {
  /// Refuses what limn does not run.
  func validate() throws
}

extension NetworkConfiguration {
  /// - Parameters:
  ///   - json: What a `config.json` says.
  ///   - origin: The file, for messages.
  /// - Throws: ``NetworkError/configuration(_:)``
  package init(_ json: JSONValue, origin: String) throws {
    do {
      self = try json.decoded()
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

extension NetworkConfiguration {
  /// Refuses sizes that are not positive, or so large that no product of two of them may be trusted.
  func requirePositive(_ sizes: [String: Int]) throws {
    for (name, size) in sizes.sorted(by: { $0.key < $1.key }) {
      // Room for all layers is made before the first of them is read.
      let most = name.contains("layers") || name.contains("blocks") ? 1 << 10 : 1 << 24
      guard !(1...most).contains(size) else { continue }
      throw NetworkError.configuration("`\(name)` is \(size); expected a number from 1 to \(most).")
    }
  }

  /// Refuses feature maps whose channels cannot be normalised in so many groups.
  func requireGroups(_ groups: Int, in channels: [Int]) throws {
    for count in channels where count % groups != 0 {
      throw NetworkError.configuration("`norm_num_groups` is \(groups), which does not divide \(count) channels.")
    }
  }

  /// Refuses networks without levels, or with so many that no picture is large enough to be halved as often.
  func requireLevels(_ count: Int) throws {
    guard (1...16).contains(count) else {
      throw NetworkError.configuration("there are \(count) levels of channels; expected 1 to 16.")
    }
  }
}

extension DecodingError {
  /// What is wrong and where, in words.
  fileprivate var sentence: String {
    func place(_ context: Context, _ key: (any CodingKey)? = nil) -> String {
      (context.codingPath + (key.map { [$0] } ?? [])).map(\.stringValue.snakeCased).joined(separator: ".")
    }
    return switch self {
    case .keyNotFound(let key, let context): "`\(place(context, key))` is missing."
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      context.codingPath.isEmpty ? "it is not an object." : "`\(place(context))` has a value of the wrong kind."
    case .dataCorrupted(let context): "`\(place(context))`: \(context.debugDescription)"
    @unknown default: "its values do not fit."
    }
  }
}
