import System

/// How noise levels are spread between the highest and the lowest, where not by spacing timesteps.
package enum SigmaSchedule: String, Sendable, CaseIterable {
  /// Those of the visited timesteps, or what the checkpoint's configuration says.
  case model
  case karras
  case exponential
  case beta

  /// The key that switches the schedule on, or nil for ``model``.
  var key: ConfigurationKey? {
    switch self {
    case .model: nil
    case .karras: .usesKarrasSigmas
    case .exponential: .usesExponentialSigmas
    case .beta: .usesBetaSigmas
    }
  }

  /// The schedule that the settings switch on.
  /// - Throws: ``SamplingError`` where they switch on several.
  init(_ settings: SchedulerSettings) throws {
    var chosen: [SigmaSchedule] = []
    for schedule in Self.allCases {
      if let key = schedule.key, try settings.flag(key) { chosen.append(schedule) }
    }
    guard chosen.count < 2 else {
      let names = chosen.compactMap { $0.key.map { "`\($0.rawValue)`" } }
      throw SamplingError.configuration(
        "\(names.joined(separator: " and ")) are both true; at most one schedule of noise levels can be used.")
    }
    self = chosen.first ?? .model
  }

  /// `count` noise levels from the highest to the lowest.
  func levels(from highest: Double, to lowest: Double, count: Int) -> [Double] {
    switch self {
    case .model:
      preconditionFailure("levels: the model's own schedule follows its timesteps")
    case .karras:
      // Karras et al. 2022, equation 5, with rho 7.
      let (first, last) = (pow(highest, 1 / 7), pow(lowest, 1 / 7))
      return EvenSpacing.closed(from: 0, to: 1, count: count).map { pow(first + $0 * (last - first), 7) }
    case .exponential:
      return EvenSpacing.closed(from: log(highest), to: log(lowest), count: count).map { exp($0) }
    case .beta:
      // Lee et al. 2024, "Beta Sampling is All You Need", with both parameters 0.6.
      let distribution = BetaDistribution(alpha: 0.6, beta: 0.6)
      return EvenSpacing.closed(from: 0, to: 1, count: count)
        .map { lowest + distribution.quantile(1 - $0) * (highest - lowest) }
    }
  }
}
