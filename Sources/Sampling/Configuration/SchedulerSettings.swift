/// The values that a diffusers scheduler has after `from_config`: what the checkpoint's JSON names, and for
/// all other keys the defaults of the chosen class.
struct SchedulerSettings: Sendable {
  let scheduler: SchedulerClass
  private var values: [ConfigurationKey: ConfigurationValue]
  /// What the JSON names although the class's initialiser does not take it.
  private let inherited: SchedulerConfiguration

  /// - Parameters:
  ///   - overrides: what `from_config` is handed besides the configuration.
  init(
    _ scheduler: SchedulerClass, from configuration: SchedulerConfiguration,
    overrides: [ConfigurationKey: ConfigurationValue] = [:]
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

  private func value(_ key: ConfigurationKey) -> ConfigurationValue { values[key] ?? .null }

  private func mistake(_ key: ConfigurationKey, _ expected: String) -> SamplingError {
    .configuration("`\(key.rawValue)` is \(value(key)); \(scheduler.name) expects \(expected).")
  }

  /// A switch; null and keys that the class does not know are off.
  func flag(_ key: ConfigurationKey) throws -> Bool {
    switch value(key) {
    case .null: false
    case .flag(let flag): flag
    case .number(let number): number != 0
    default: throw mistake(key, "true or false")
    }
  }

  func number(_ key: ConfigurationKey) throws -> Double {
    guard case .number(let number) = value(key) else { throw mistake(key, "a number") }
    return number
  }

  func integer(_ key: ConfigurationKey) throws -> Int {
    guard case .number(let number) = value(key), let integer = Int(exactly: number) else {
      throw mistake(key, "a whole number")
    }
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
    case .number(let number): return number
    case .some(let other):
      throw SamplingError.configuration("`\(key.rawValue)` is \(other); expected a number.")
    }
  }

  /// A list of numbers that may be null.
  func optionalNumbers(_ key: ConfigurationKey) throws -> [Double]? {
    switch value(key) {
    case .null: return nil
    case .list(let list):
      return try list.map {
        guard case .number(let number) = $0 else { throw mistake(key, "a list of numbers") }
        return number
      }
    default: throw mistake(key, "a list of numbers")
    }
  }

  func optionalText(_ key: ConfigurationKey) throws -> String? {
    switch value(key) {
    case .null: return nil
    case .text(let text): return text
    default: throw mistake(key, "text")
    }
  }

  /// One of a few words, in the class's own spelling.
  func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: ConfigurationKey, of allowed: [Choice] = Array(Choice.allCases)
  ) throws -> Choice where Choice.RawValue == String {
    guard case .text(let word) = scheduler.translated(value(key), of: key),
      let choice = allowed.first(where: { $0.rawValue == word })
    else { throw mistake(key, allowed.map { "\"\($0.rawValue)\"" }.listedWithOr) }
    return choice
  }
}
