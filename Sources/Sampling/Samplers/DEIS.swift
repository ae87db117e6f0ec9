import System
import Tensors

/// Diffusion exponential integrator sampler, log-rho multi-steps (Zhang and Chen 2022); diffusers' DEISMultistepScheduler.
struct DEIS: SolverMethod {
  static let scheduler = SchedulerClass(
    "DEISMultistepScheduler",
    aliases: [
      .algorithmType: ["dpmsolver": "deis", "dpmsolver++": "deis"],
      .solverType: ["midpoint": "logrho", "heun": "logrho", "bh1": "logrho", "bh2": "logrho"],
    ],
    parameters: [
      .solverOrder: 2, .thresholding: false, .thresholdingRatio: 0.995, .sampleMaxValue: 1.0,
      .algorithmType: "deis", .solverType: "logrho", .lowerOrderFinal: true, .usesKarrasSigmas: false,
      .usesExponentialSigmas: false, .usesBetaSigmas: false, .usesFlowSigmas: false, .flowShift: 1.0,
      .timestepSpacing: "linspace", .stepsOffset: 0, .usesDynamicShifting: false,
    ])

  private enum Algorithm: String, CaseIterable { case deis }
  private enum SolverType: String, CaseIterable { case logrho }

  let predictionType: PredictionType
  let levels: SolverLevels
  private let limit: CleanSampleLimit
  private let order: Int
  private let lowersOrderAtEnd: Bool
  /// The predicted noise, newest last.
  private var outputs: [Tensor] = []

  init(_ settings: SchedulerSettings, steps: Int) throws {
    let noise = try NoiseSchedule(settings)
    predictionType = try settings.choice(.predictionType)
    let _: Algorithm = try settings.choice(.algorithmType)
    let _: SolverType = try settings.choice(.solverType)
    limit = try CleanSampleLimit(settings)
    order = try settings.solverOrder()
    levels = try Self.levels(settings, noise, steps: steps)
    lowersOrderAtEnd = try settings.flag(.lowerOrderFinal) && levels.count < 15
  }

  mutating func step(_ output: Tensor, at index: Int, from latents: Tensor, noise: () -> Tensor) -> StepResult {
    let (start, end) = (levels.points[index], levels.points[index + 1])
    let clean = limit(clean(output, latents, at: index))
    outputs.append((latents - start.signal * clean) / start.noise)
    let last = outputs.count - 1

    let remaining = levels.count - index
    let available = min(order, outputs.count)
    let next: Tensor
    if available == 1 || (remaining == 1 && lowersOrderAtEnd) {
      let change = expf(end.logRatio - start.logRatio) - 1
      next = end.signal / start.signal * latents - end.noise * change * outputs[last]
    } else if order == 2 || available == 2 || (remaining == 2 && lowersOrderAtEnd) {
      let coefficients = coefficients(at: index, order: 2)
      next =
        end.signal
        * (latents / start.signal + coefficients[0] * outputs[last] + coefficients[1] * outputs[last - 1])
    } else {
      let coefficients = coefficients(at: index, order: 3)
      next =
        end.signal
        * (latents / start.signal + coefficients[0] * outputs[last] + coefficients[1] * outputs[last - 1]
          + coefficients[2] * outputs[last - 2])
    }
    outputs = outputs.suffix(order)
    return StepResult(latents: next, clean: clean)
  }

  /// Integrals over the step of the Lagrange polynomials in `log rho` through the newest `order` positions.
  private func coefficients(at index: Int, order: Int) -> [Float] {
    func rho(_ point: SignalAndNoise) -> Float { point.noise / point.signal }
    let (start, end) = (rho(levels.points[index]), rho(levels.points[index + 1]))
    let nodes = (0..<order).map { logf(rho(levels.points[index - $0])) }
    return (0..<order).map { own in
      let others = (1..<order).map { nodes[(own + $0) % order] }
      return Self.antiderivative(end, own: nodes[own], others: others)
        - Self.antiderivative(start, own: nodes[own], others: others)
    }
  }

  /// The antiderivative of the product of `(log rho - other) / (own - other)`, at `rho`.
  private static func antiderivative(_ rho: Float, own: Float, others: [Float]) -> Float {
    let logarithm = logf(rho)
    if others.count == 1 { return rho * (-others[0] + logarithm - 1) / (own - others[0]) }
    let (first, second) = (others[0], others[1])
    let numerator =
      rho
      * (first * (second - logarithm + 1) - second * logarithm + second + logarithm * logarithm - 2 * logarithm + 2)
    return numerator / ((own - first) * (own - second))
  }
}

extension DEIS {
  private static func levels(
    _ settings: SchedulerSettings, _ noise: NoiseSchedule, steps: Int
  ) throws -> SolverLevels {
    let schedule = try SigmaSchedule(settings)
    let isFlow = try settings.flag(.usesFlowSigmas)
    let spread: SolverLevels.Spread
    var final: Float?
    if schedule != .model {
      spread = try SolverLevels.spread(schedule, settings, noise, steps: steps)
    } else if isFlow {
      spread = try SolverLevels.flow(settings, steps: steps)
    } else {
      spread = try SolverLevels.spaced(settings, noise, steps: steps)
      final = noise.noiseLevels[0]
    }
    // Apart from spaced timesteps the last level comes twice.
    return try SolverLevels(
      levels: spread.levels, final: final ?? Float(spread.levels[spread.levels.count - 1]),
      timesteps: spread.timesteps, isFlow: isFlow)
  }
}
