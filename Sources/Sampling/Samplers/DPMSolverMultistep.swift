import System
import Tensors

/// DPM-Solver and DPM-Solver++ by multi-steps, also stochastic (Lu et al. 2022); diffusers' DPMSolverMultistepScheduler.
struct DPMSolverMultistep: SolverMethod {
  static let takesTimesteps = true
  static let scheduler = SchedulerClass(
    "DPMSolverMultistepScheduler",
    aliases: [.algorithmType: ["deis": "dpmsolver++"], .solverType: DPMSolverType.aliases],
    parameters: [
      .solverOrder: 2, .thresholding: false, .thresholdingRatio: 0.995, .sampleMaxValue: 1.0,
      .algorithmType: "dpmsolver++", .solverType: "midpoint", .lowerOrderFinal: true, .eulerAtFinal: false,
      .usesKarrasSigmas: false, .usesExponentialSigmas: false, .usesBetaSigmas: false, .usesLuLambdas: false,
      .usesFlowSigmas: false, .flowShift: 1.0, .finalSigmasType: "zero", .lambdaMinClipped: .number(-.infinity),
      .varianceType: nil, .timestepSpacing: "linspace", .stepsOffset: 0, .rescalesToZeroSNR: false,
      .usesDynamicShifting: false,
    ])

  let predictionType: PredictionType
  let levels: SolverLevels
  private let conversion: DPMSolverConversion
  private let solverType: DPMSolverType
  private let order: Int
  private let lowersOrderAtEnd: Bool
  private let takesEulerLast: Bool
  /// The converted outputs, newest last.
  private var outputs: [Tensor] = []

  init(_ settings: SchedulerSettings, steps: Int) throws {
    let noise = try NoiseSchedule(settings, flooringTerminalSignal: true)
    conversion = try DPMSolverConversion(settings)
    predictionType = conversion.predictionType
    solverType = try settings.choice(.solverType)
    order = try settings.solverOrder()
    if conversion.algorithm == .stochasticNoise && order > 2 {
      throw SamplingError.configuration("`solver_order` is \(order); sde-dpmsolver has orders 1 and 2 only.")
    }
    levels = try Self.levels(settings, noise, steps: steps)
    let endsAtZero = try settings.choice(.finalSigmasType) == FinalNoiseLevel.zero
    lowersOrderAtEnd = try settings.flag(.lowerOrderFinal) && levels.count < 15
    takesEulerLast = try settings.flag(.eulerAtFinal) || lowersOrderAtEnd || endsAtZero
  }

  mutating func step(_ output: Tensor, at index: Int, from latents: Tensor, noise: () -> Tensor) -> StepResult {
    let clean = conversion.limit(clean(output, latents, at: index))
    outputs.append(conversion.quantity(output, latents, clean: clean, at: levels.points[index]))
    let fresh = conversion.algorithm.isStochastic ? noise() : nil
    let update = DPMSolverUpdate(conversion.algorithm, from: levels.points[index], to: levels.points[index + 1])

    let remaining = levels.count - index
    var next = update.first(latents, value: outputs[outputs.count - 1])
    let available = min(order, outputs.count)
    if available >= 2 && !(remaining == 1 && takesEulerLast) {
      if order == 2 || available == 2 || (remaining == 2 && lowersOrderAtEnd) {
        let slope = difference(at: index)
        next = next + (solverType == .midpoint ? update.midpoint(slope) : update.trapezoid(slope))
      } else {
        let (slope, curve) = differences(at: index)
        next = next + update.trapezoid(slope) + update.cubic(curve)
      }
    }
    outputs = outputs.suffix(order)
    return StepResult(latents: update.noised(next, fresh), clean: clean)
  }

  /// The distance in log-SNR between a position and the next.
  private func distance(from index: Int) -> Float {
    levels.points[index + 1].logRatio - levels.points[index].logRatio
  }

  /// The slope by the two newest outputs, in units of the step.
  private func difference(at index: Int) -> Tensor {
    let ratio = distance(from: index - 1) / distance(from: index)
    return 1 / ratio * (outputs[outputs.count - 1] - outputs[outputs.count - 2])
  }

  /// Slope and curve by the three newest outputs.
  private func differences(at index: Int) -> (slope: Tensor, curve: Tensor) {
    let (last, step) = (outputs.count - 1, distance(from: index))
    let (newer, older) = (distance(from: index - 1) / step, distance(from: index - 2) / step)
    let newerSlope = 1 / newer * (outputs[last] - outputs[last - 1])
    let olderSlope = 1 / older * (outputs[last - 1] - outputs[last - 2])
    let change = newerSlope - olderSlope
    return (newerSlope + newer / (newer + older) * change, 1 / (newer + older) * change)
  }
}

extension DPMSolverMultistep {
  private static func levels(
    _ settings: SchedulerSettings, _ noise: NoiseSchedule, steps: Int
  ) throws -> SolverLevels {
    let schedule = try SigmaSchedule(settings)
    let isFlow = try settings.flag(.usesFlowSigmas)
    let rounding: TimestepRounding =
      try settings.optionalText(.betaSchedule) == BetaSchedule.squaredCosine.rawValue ? .none : .nearest
    let spread: SolverLevels.Spread
    if schedule == .karras {
      spread = try SolverLevels.spread(schedule, settings, noise, steps: steps, karrasRounding: rounding)
    } else if try settings.flag(.usesLuLambdas) {
      // Lu et al. 2022, evenly spaced logarithms.
      let logarithms = noise.logNoiseLevels
      let (first, last) = (Double(logarithms[logarithms.count - 1]), Double(logarithms[0]))
      let levels = EvenSpacing.closed(from: 0, to: 1, count: steps).map { exp(first + $0 * (last - first)) }
      spread = (levels, rounding(levels.map { noise.timestep(ofNoiseLevel: $0) }))
    } else if schedule != .model {
      spread = try SolverLevels.spread(schedule, settings, noise, steps: steps)
    } else if let named = settings.timesteps {
      spread = SolverLevels.at(named.map { Double($0) }, noise)
    } else if isFlow {
      spread = try SolverLevels.flow(settings, steps: steps)
    } else {
      let visitable = noise.alphaProducts.count - noise.clippedCount(try settings.number(.lambdaMinClipped))
      spread = try SolverLevels.spaced(settings, noise, steps: steps, visitable: visitable)
    }
    let final: FinalNoiseLevel = try settings.choice(.finalSigmasType)
    return try SolverLevels(
      levels: spread.levels, final: final == .zero ? 0 : noise.noiseLevels[0], timesteps: spread.timesteps,
      isFlow: isFlow)
  }
}

extension NoiseSchedule {
  /// How many of the noisiest training timesteps lie below a log-SNR.
  func clippedCount(_ leastLogRatio: Double) -> Int {
    let least = Float(leastLogRatio)
    let visible = alphaProducts.reversed().firstIndex { product in
      logf(product.squareRoot()) - logf((1 - product).squareRoot()) >= least
    }
    return visible.map { alphaProducts.count - $0.base } ?? alphaProducts.count
  }
}
