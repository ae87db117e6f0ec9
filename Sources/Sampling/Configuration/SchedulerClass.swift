import JSON

/// What diffusers' class of a sampler is called and what its initialiser takes.
struct SchedulerClass: Sendable {
  /// The class's name in diffusers.
  let name: String
  /// Every key that the initialiser knows, with its default there.
  let defaults: [ConfigurationKey: JSONValue]
  /// Other schedulers' values that the class understands as one of its own.
  let aliases: [ConfigurationKey: [String: String]]

  /// - Parameter parameters: what the class adds to, or has otherwise than, the parameters that all classes share.
  init(
    _ name: String, aliases: [ConfigurationKey: [String: String]] = [:],
    parameters: [ConfigurationKey: JSONValue]
  ) {
    self.name = name
    self.aliases = aliases
    defaults = Self.shared.merging(parameters) { _, own in own }
  }

  private static let shared: [ConfigurationKey: JSONValue] = [
    .trainTimesteps: 1000, .betaStart: 0.0001, .betaEnd: 0.02, .betaSchedule: "linear", .trainedBetas: nil,
    .predictionType: "epsilon",
  ]

  /// The class's own word for another scheduler's value.
  func translated(_ value: JSONValue, of key: ConfigurationKey) -> JSONValue {
    guard let word = value.string, let own = aliases[key]?[word] else { return value }
    return .string(own)
  }

  func knows(_ key: ConfigurationKey) -> Bool { defaults[key] != nil }
}
