import Tensors

/// DPM-Solver and DPM-Solver++ by single steps of up to three evaluations (Lu et al. 2022); diffusers' DPMSolverSinglestepScheduler.
struct DPMSolverSinglestep: SolverMethod {
  static let scheduler = SchedulerClass(
    "DPMSolverSinglestepScheduler",
    aliases: [.algorithmType: ["deis": "dpmsolver++"], .solverType: DPMSolverType.aliases],
    parameters: [
      .solverOrder: 2, .thresholding: false, .thresholdingRatio: 0.995, .sampleMaxValue: 1.0,
      .algorithmType: "dpmsolver++", .solverType: "midpoint", .lowerOrderFinal: false, .usesKarrasSigmas: false,
      .usesExponentialSigmas: false, .usesBetaSigmas: false, .usesFlowSigmas: false, .flowShift: 1.0,
      .finalSigmasType: "zero", .lambdaMinClipped: .number(-.infinity), .varianceType: nil,
      .usesDynamicShifting: false,
    ])

  let predictionType: PredictionType
  let levels: SolverLevels
  private let conversion: DPMSolverConversion
  private let solverType: DPMSolverType
  private let order: Int
  /// The order of the update at each position.
  private let orders: [Int]
  /// The converted outputs, newest last.
  private var outputs: [Tensor] = []
  /// The latents where the present group of evaluations begins.
  private var groupLatents: Tensor?

  init(_ settings: SchedulerSettings, steps: Int) throws {
    let noise = try NoiseSchedule(settings)
    conversion = try DPMSolverConversion(settings, algorithms: [.noise, .clean, .stochasticClean])
    if case .thresholding = conversion.limit, !conversion.algorithm.predictsClean {
      throw SamplingError.configuration(
        "`thresholding` is true; DPMSolverSinglestepScheduler supports it with `algorithm_type` \"dpmsolver++\" only.")
    }
    predictionType = conversion.predictionType
    solverType = try settings.choice(.solverType)
    order = try settings.solverOrder()
    guard order <= 3 else {
      throw SamplingError.configuration("`solver_order` is \(order); DPMSolverSinglestepScheduler has orders 1 to 3.")
    }
    levels = try Self.levels(settings, noise, steps: steps)
    let endsAtZero = try settings.choice(.finalSigmasType) == FinalNoiseLevel.zero
    let lowersOrderAtEnd = try settings.flag(.lowerOrderFinal) || steps % order != 0 || endsAtZero
    orders = Self.orders(order, steps: steps, lowersOrderAtEnd: lowersOrderAtEnd, endsAtZero: endsAtZero)
    guard orders.count >= levels.count else {
      throw SamplingError.request(
        "dpm++2s of order \(order) cannot take \(steps) steps; use a multiple of \(order).")
    }
  }

  /// diffusers' `get_order_list`.
  private static func orders(_ order: Int, steps: Int, lowersOrderAtEnd: Bool, endsAtZero: Bool) -> [Int] {
    let group = Array(1...order)
    func groups(_ count: Int) -> [Int] { (0..<max(count, 0)).flatMap { _ in group } }
    var orders: [Int]
    if !lowersOrderAtEnd || order == 1 {
      orders = groups(steps / order)
    } else if steps % order == 0 {
      orders = groups(steps / order - 1) + (order == 3 ? [1, 2, 1] : [1, 1])
    } else {
      orders = groups(steps / order) + (steps % order == 1 ? [1] : [1, 2])
    }
    if endsAtZero, !orders.isEmpty { orders[orders.count - 1] = 1 }
    return orders
  }

  mutating func step(_ output: Tensor, at index: Int, from latents: Tensor, noise: () -> Tensor) -> StepResult {
    let clean = conversion.limit(clean(output, latents, at: index))
    outputs.append(conversion.quantity(output, latents, clean: clean, at: levels.points[index]))
    outputs = outputs.suffix(order)
    let fresh = conversion.algorithm.isStochastic ? noise() : nil

    // A run that starts in the middle of a group has fewer outputs than the group asks for.
    let taken = min(orders[index], outputs.count)
    if taken == 1 { groupLatents = latents }
    let start = levels.points[index - taken + 1]
    let update = DPMSolverUpdate(conversion.algorithm, from: start, to: levels.points[index + 1])
    let value = outputs[outputs.count - taken]
    var next = update.first(groupLatents ?? latents, value: value)
    if taken > 1 {
      let (slope, curve) = differences(taken, at: index)
      switch (taken, solverType) {
      case (2, .midpoint): next = next + update.midpoint(slope)
      case (2, .heun), (_, .midpoint): next = next + update.trapezoid(slope)
      default: next = next + update.trapezoid(slope) + update.cubic(curve ?? slope)
      }
    }
    return StepResult(latents: update.noised(next, fresh), clean: clean)
  }

  /// Finite differences over the group's outputs, in units of the whole step.
  private func differences(_ taken: Int, at index: Int) -> (slope: Tensor, curve: Tensor?) {
    let points = levels.points
    let start = points[index - taken + 1].logRatio
    let whole = points[index + 1].logRatio - start
    let newest = (points[index].logRatio - start) / whole
    let value = outputs[outputs.count - taken]
    let newestSlope = 1 / newest * (outputs[outputs.count - 1] - value)
    guard taken == 3, solverType == .heun else { return (newestSlope, nil) }
    let middle = (points[index - 1].logRatio - start) / whole
    let middleSlope = 1 / middle * (outputs[outputs.count - 2] - value)
    return (
      (newest * middleSlope - middle * newestSlope) / (newest - middle),
      2 * (newestSlope - middleSlope) / (newest - middle)
    )
  }
}

extension DPMSolverSinglestep {
  private static func levels(
    _ settings: SchedulerSettings, _ noise: NoiseSchedule, steps: Int
  ) throws -> SolverLevels {
    let schedule = try SigmaSchedule(settings)
    let isFlow = try settings.flag(.usesFlowSigmas)
    let spread: SolverLevels.Spread
    if schedule != .model {
      spread = try SolverLevels.spread(schedule, settings, noise, steps: steps)
    } else if isFlow {
      spread = try SolverLevels.flow(settings, steps: steps)
    } else {
      let trainTimesteps = try NoiseSchedule.trainTimesteps(settings)
      let visitable = trainTimesteps - noise.clippedCount(try settings.number(.lambdaMinClipped))
      let timesteps = TimestepSpacing.linspace.timestepsBeforeLast(
        steps: steps, visitable: visitable, trainTimesteps: trainTimesteps, offset: 0)
      spread = SolverLevels.at(timesteps, noise)
    }
    let final: FinalNoiseLevel = try settings.choice(.finalSigmasType)
    return try SolverLevels(
      levels: spread.levels, final: final == .zero ? 0 : noise.noiseLevels[0], timesteps: spread.timesteps,
      isFlow: isFlow)
  }
}
