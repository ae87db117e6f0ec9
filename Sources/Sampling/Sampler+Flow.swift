import System

extension Sampler.Pipeline {
  /// Whether the models of the pipeline are of rectified flow.
  var isFlow: Bool {
    switch self {
    case .stableDiffusion, .latentConsistency, .stableDiffusionXL: false
    case .flux2, .zImage: true
    }
  }

  /// How far noise levels are shifted towards more noise: `shift * level / (1 + (shift - 1) * level)`; nil for models of
  /// other kinds. Dynamic shifts follow from the size of the picture.
  func flowShift(_ configuration: SchedulerConfiguration, steps: Int) throws -> Double? {
    let settings = SchedulerSettings(FlowEuler.scheduler, from: configuration)
    let dynamic: Double
    switch self {
    case .stableDiffusion, .latentConsistency, .stableDiffusionXL: return nil
    case .flux2(let tokens): dynamic = Self.empiricalShift(tokens: tokens, steps: steps)
    case .zImage(let tokens): dynamic = try Self.linearShift(settings, tokens: tokens)
    }
    guard try settings.flag(.usesDynamicShifting) else {
      let shift = try settings.optionalNumber(.shift) ?? settings.number(.flowShift)
      guard shift > 0, shift.isFinite else {
        throw SamplingError.configuration("`shift` is \(shift); expected a number above 0.")
      }
      return shift
    }
    let type: TimeShift = try settings.choice(.timeShiftType)
    return type == .exponential ? exp(dynamic) : dynamic
  }

  /// What becomes of a dynamic shift (diffusers' `time_shift_type`).
  private enum TimeShift: String, CaseIterable { case exponential, linear }

  /// FLUX.2's own fit of good shifts (diffusers' `compute_empirical_mu`).
  private static func empiricalShift(tokens: Int, steps: Int) -> Double {
    let atManySteps = 0.00016927 * Double(tokens) + 0.45666666
    guard tokens <= 4300 else { return atManySteps }
    let atTenSteps = 8.73809524e-05 * Double(tokens) + 1.89833333
    let slope = (atManySteps - atTenSteps) / 190
    return slope * Double(steps) + (atManySteps - 200 * slope)
  }

  /// By a straight line between two sizes (diffusers' `calculate_shift`).
  private static func linearShift(_ settings: SchedulerSettings, tokens: Int) throws -> Double {
    let (least, most) = (try settings.number(.baseImageTokens), try settings.number(.maxImageTokens))
    let (base, highest) = (try settings.number(.baseShift), try settings.number(.maxShift))
    guard most > least else {
      throw SamplingError.configuration("`max_image_seq_len` is \(most); expected more than \(least).")
    }
    let slope = (highest - base) / (most - least)
    return Double(tokens) * slope + base - slope * least
  }
}

extension Sampler {
  /// Refuses what models of rectified flow have no use for.
  static func checkFlow(
    _ entry: CatalogueEntry, schedule: SigmaSchedule, spacing: TimestepSpacing?, timesteps: [Int]?
  ) throws {
    guard schedule == .model || entry.method is any FlowMethod.Type else {
      throw SamplingError.request(
        "\(entry.name.rawValue) has no \(schedule.rawValue) schedule for models of rectified flow; use `model`.")
    }
    guard spacing == nil, timesteps == nil else {
      throw SamplingError.request(
        "Models of rectified flow visit noise levels, not timesteps of their training: they take no `\(spacing == nil ? "timesteps" : "spacing")`."
      )
    }
  }
}
