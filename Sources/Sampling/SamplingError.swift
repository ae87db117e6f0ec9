/// A mistake in a scheduler's configuration or in what was asked of a sampler.
package struct SamplingError: Error, Equatable, CustomStringConvertible {
  /// Whose mistake it is.
  package enum Origin: Sendable {
    /// The checkpoint's `scheduler_config.json`.
    case configuration
    /// The sampler, schedule, spacing, steps or strength that were asked for.
    case request
  }

  package let origin: Origin
  /// A complete sentence: what is wrong, what was expected, what to do.
  package let description: String

  static func configuration(_ sentence: String) -> SamplingError {
    SamplingError(origin: .configuration, description: "scheduler_config.json: \(sentence)")
  }

  static func request(_ sentence: String) -> SamplingError {
    SamplingError(origin: .request, description: sentence)
  }
}

extension Sequence where Element: StringProtocol {
  /// "a, b or c", for messages.
  var listedWithOr: String {
    let words = map { String($0) }
    guard let last = words.last, words.count > 1 else { return words.first ?? "" }
    return words.dropLast().joined(separator: ", ") + " or " + last
  }
}
