import System
import Tensors

/// Unified predictor-corrector (Zhao et al. 2023); diffusers' UniPCMultistepScheduler.
struct UniPC: SolverMethod {
  static let scheduler = SchedulerClass(
    "UniPCMultistepScheduler",
    aliases: [.solverType: ["midpoint": "bh2", "heun": "bh2", "logrho": "bh2"]],
    parameters: [
      .solverOrder: 2, .thresholding: false, .thresholdingRatio: 0.995, .sampleMaxValue: 1.0, .predictsX0: true,
      .solverType: "bh2", .lowerOrderFinal: true, .disabledCorrector: [], .usesKarrasSigmas: false,
      .usesExponentialSigmas: false, .usesBetaSigmas: false, .usesFlowSigmas: false, .flowShift: 1.0,
      .timestepSpacing: "linspace", .stepsOffset: 0, .finalSigmasType: "zero", .rescalesToZeroSNR: false,
      .usesDynamicShifting: false, .sigmaMin: nil, .sigmaMax: nil, .shiftTerminal: nil,
    ])

  /// The function `B(h)` of the paper.
  private enum SolverType: String, CaseIterable { case bh1, bh2 }

  let predictionType: PredictionType
  let levels: SolverLevels
  private let limit: CleanSampleLimit
  private let solverType: SolverType
  private let order: Int
  private let predictsClean: Bool
  private let lowersOrderAtEnd: Bool
  private let uncorrected: Set<Int>
  /// The converted outputs, newest last.
  private var outputs: [Tensor] = []
  /// The latents and the order of the latest prediction.
  private var latest: (latents: Tensor, order: Int)?

  init(_ settings: SchedulerSettings, steps: Int) throws {
    let noise = try NoiseSchedule(settings, flooringTerminalSignal: true)
    predictsClean = try settings.flag(.predictsX0)
    predictionType = try settings.choice(
      .predictionType, of: predictsClean ? PredictionType.allCases : [.epsilon, .sample, .velocity])
    limit = predictsClean ? try CleanSampleLimit(settings) : .none
    solverType = try settings.choice(.solverType)
    order = try settings.solverOrder()
    lowersOrderAtEnd = try settings.flag(.lowerOrderFinal)
    uncorrected = Set(try settings.optionalNumbers(.disabledCorrector)?.map { Int($0) } ?? [])
    levels = try Self.levels(settings, noise, steps: steps)
    if try solverType == .bh1 && settings.choice(.finalSigmasType) == FinalNoiseLevel.zero {
      throw SamplingError.configuration(
        "`solver_type` \"bh1\" cannot end at noise level zero; use \"bh2\" or set `final_sigmas_type` to \"sigma_min\"."
      )
    }
  }

  mutating func step(_ output: Tensor, at index: Int, from latents: Tensor, noise: () -> Tensor) -> StepResult {
    let clean = limit(clean(output, latents, at: index))
    let value = predictsClean ? clean : predictedNoise(output, latents, clean: clean, at: index)
    var corrected = latents
    if let latest, index > 0, !uncorrected.contains(index - 1) {
      corrected = transfer(
        latest.latents, from: index - 1, order: latest.order, correctingWith: value)
    }
    outputs = outputs.suffix(order - 1) + [value]
    let remaining = levels.count - index
    let taken = min(lowersOrderAtEnd ? min(order, remaining) : order, outputs.count)
    latest = (corrected, taken)
    return StepResult(latents: transfer(corrected, from: index, order: taken, correctingWith: nil), clean: clean)
  }

  private func predictedNoise(_ output: Tensor, _ latents: Tensor, clean: Tensor, at index: Int) -> Tensor {
    let point = levels.points[index]
    return switch predictionType {
    case .epsilon: output
    case .velocity: point.signal * output + point.noise * latents
    case .sample, .flow: (latents - point.signal * clean) / point.noise
    }
  }

  /// The predictor's step from a position to the next, or the corrector's, which also knows the output there.
  private func transfer(_ latents: Tensor, from index: Int, order: Int, correctingWith value: Tensor?) -> Tensor {
    let (start, end) = (levels.points[index], levels.points[index + 1])
    let h = end.logRatio - start.logRatio
    let signed = predictsClean ? -h : h
    let growth = expm1f(signed)
    let newest = outputs[outputs.count - 1]

    var ratios = (1..<max(order, 1)).map { (levels.points[index - $0].logRatio - start.logRatio) / h }
    let differences = ratios.enumerated().map { back, ratio in
      (outputs[outputs.count - 2 - back] - newest) / ratio
    }
    ratios.append(1)
    let unit = solverType == .bh1 ? signed : growth
    let targets = Self.targets(order, signed: signed, growth: growth, unit: unit)

    var residue: Tensor?
    func add(_ term: Tensor) { residue = residue.map { $0 + term } ?? term }
    if let value {
      let weights = order == 1 ? [0.5] : Self.weights(ratios, targets)
      for (weight, difference) in zip(weights, differences) { add(weight * difference) }
      add(weights[order - 1] * (value - newest))
    } else if order > 1 {
      let weights = order == 2 ? [0.5] : Self.weights(Array(ratios.dropLast()), Array(targets.dropLast()))
      for (weight, difference) in zip(weights, differences) { add(weight * difference) }
    }

    let (keep, scale) = predictsClean ? (end.noise / start.noise, end.signal) : (end.signal / start.signal, end.noise)
    let plain = keep * latents - scale * growth * newest
    return residue.map { plain - scale * unit * $0 } ?? plain
  }

  /// The right-hand sides of the order conditions: `phi_k(h) * k! / B(h)`.
  private static func targets(_ order: Int, signed: Float, growth: Float, unit: Float) -> [Float] {
    var phi = growth / signed - 1
    var factorial: Float = 1
    return (1...max(order, 1)).map { power in
      let target = phi * factorial / unit
      factorial *= Float(power + 1)
      phi = phi / signed - 1 / factorial
      return target
    }
  }

  /// Solves the order conditions `sum of weight * ratio^k = target[k]` by elimination with pivoting.
  private static func weights(_ ratios: [Float], _ targets: [Float]) -> [Float] {
    let size = ratios.count
    var rows = (0..<size).map { power in ratios.map { powf($0, Float(power)) } + [targets[power]] }
    for column in 0..<size {
      let pivot = (column..<size).max { rows[$0][column].magnitude < rows[$1][column].magnitude } ?? column
      rows.swapAt(column, pivot)
      for row in (column + 1)..<max(size, column + 1) {
        let factor = rows[row][column] / rows[column][column]
        for entry in column...size { rows[row][entry] -= factor * rows[column][entry] }
      }
    }
    var weights = [Float](repeating: 0, count: size)
    for row in (0..<size).reversed() {
      let known = (row + 1..<max(size, row + 1)).reduce(0) { $0 + rows[row][$1] * weights[$1] }
      weights[row] = (rows[row][size] - known) / rows[row][row]
    }
    return weights
  }
}
