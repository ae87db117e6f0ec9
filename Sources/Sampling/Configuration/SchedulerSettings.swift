import JSON

/// The values that a diffusers scheduler has after `from_config`: what the checkpoint's JSON names, and for
/// all other keys the defaults of the chosen class.
struct SchedulerSettings: Sendable {
  let scheduler: SchedulerClass
  private var values: [ConfigurationKey: JSONValue]
  /// Timesteps that somebody names, in place of those that the settings lead to.
  var timesteps: [Int]?
  /// What the JSON names although the class's initialiser does not take it.
  private let inherited: SchedulerConfiguration

  /// - Parameters:
  ///   - overrides: what `from_config` is handed besides the configuration.
  init(
    _ scheduler: SchedulerClass, from configuration: SchedulerConfiguration,
    overrides: [ConfigurationKey: JSONValue] = [:]
  ) {
    self.scheduler = scheduler
    inherited = configuration
    values = scheduler.defaults
    for key in scheduler.defaults.keys {
      if let value = overrides[key] ?? configuration[key] { values[key] = value }
    }
  }

  /// StableDiffusionPipeline's correction of "outdated" schedulers, made on whatever scheduler it is given.
  mutating func correctAsStableDiffusionPipeline() {
    if scheduler.knows(.stepsOffset) { values[.stepsOffset] = 1 }
    if scheduler.knows(.clipsSample), values[.clipsSample] == true { values[.clipsSample] = false }
  }

  private func value(_ key: ConfigurationKey) -> JSONValue { values[key] ?? .null }

  private func mistake(_ key: ConfigurationKey, _ expected: String) -> SamplingError {
    .configuration("`\(key.rawValue)` is \(value(key).summary); \(scheduler.name) expects \(expected).")
  }

  /// A switch; null and keys that the class does not know are off.
  func flag(_ key: ConfigurationKey) throws -> Bool {
    let value = value(key)
    if value == .null { return false }
    guard let flag = value.bool ?? value.double.map({ $0 != 0 }) else { throw mistake(key, "true or false") }
    return flag
  }

  func number(_ key: ConfigurationKey) throws -> Double {
    guard let number = value(key).double else { throw mistake(key, "a number") }
    return number
  }

  func integer(_ key: ConfigurationKey) throws -> Int {
    guard let integer = value(key).integer else { throw mistake(key, "a whole number") }
    return integer
  }

  /// A number that may be null or absent.
  func optionalNumber(_ key: ConfigurationKey) throws -> Double? {
    if case .null = value(key) { return nil }
    return try number(key)
  }

  /// A number that diffusers reads from the configuration whether or not the class's initialiser takes it.
  func inheritedNumber(_ key: ConfigurationKey) throws -> Double? {
    if scheduler.knows(key) { return try optionalNumber(key) }
    switch inherited[key] {
    case nil, .null: return nil
    case let value?:
      if let number = value.double { return number }
      throw SamplingError.configuration("`\(key.rawValue)` is \(value.summary); expected a number.")
    }
  }

  /// A list of numbers that may be null.
  func optionalNumbers(_ key: ConfigurationKey) throws -> [Double]? {
    let value = value(key)
    if value == .null { return nil }
    guard let list = value.array else { throw mistake(key, "a list of numbers") }
    return try list.map {
      guard let number = $0.double else { throw mistake(key, "a list of numbers") }
      return number
    }
  }

  func optionalText(_ key: ConfigurationKey) throws -> String? {
    switch value(key) {
    case .null: return nil
    case .string(let text): return text
    default: throw mistake(key, "text")
    }
  }

  /// One of a few words, in the class's own spelling.
  func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: ConfigurationKey, of allowed: [Choice] = Array(Choice.allCases)
  ) throws -> Choice where Choice.RawValue == String {
    guard let word = scheduler.translated(value(key), of: key).string,
      let choice = allowed.first(where: { $0.rawValue == word })
    else { throw mistake(key, allowed.map { "\"\($0.rawValue)\"" }.listedWithOr) }
    return choice
  }
}

extension JSONValue {
  /// The value as messages show it.
  fileprivate var summary: String {
    switch self {
    case .number(let number): "\(number)"
    case .array(let list) where list.count > 8: "a list of \(list.count) values"
    case .object: "an object"
    default: text
    }
  }
}
