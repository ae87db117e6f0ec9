import Tensors

/// Heun's method (Karras et al. 2022, algorithm 2, no churn), two evaluations a step; diffusers' HeunDiscreteScheduler.
struct Heun: NoiseLevelMethod {
  static let order = 2
  static let takesTimesteps = true
  static let scheduler = SchedulerClass(
    "HeunDiscreteScheduler",
    parameters: [
      .betaStart: 0.00085, .betaEnd: 0.012, .usesKarrasSigmas: false, .usesExponentialSigmas: false,
      .usesBetaSigmas: false, .clipsSample: false, .clipSampleRange: 1.0, .timestepSpacing: "linspace",
      .stepsOffset: 0,
    ])

  let predictionType: PredictionType
  let timesteps: [Double]
  let levels: [Float]
  let initialNoiseScale: Float
  private let limit: CleanSampleLimit

  /// What the second evaluation of a step corrects.
  private var firstHalf: (latents: Tensor, derivative: Tensor, change: Float)?

  init(_ settings: SchedulerSettings, steps: Int) throws {
    let noise = try NoiseSchedule(settings, known: BetaSchedule.common + [.exponential])
    predictionType = try settings.choice(.predictionType, of: [.epsilon, .sample, .velocity])
    limit = try CleanSampleLimit(settings)
    let plan = try NoiseLevelPlan(settings, noise, steps: steps)
    timesteps = plan.timesteps.map { Double(Float($0)) }.doubledAfterFirst
    let final = plan.levels(endingWith: 0)
    levels = final.dropLast().doubledAfterFirst + [0]
    initialNoiseScale = plan.initialNoiseScale
  }

  mutating func step(_ output: Tensor, at index: Int, from latents: Tensor, noise: () -> Tensor) -> StepResult {
    let level = levels[index]
    let clean = limit(predictionType.clean(output, latents, noiseLevel: level))
    let derivative = (latents - clean) / level
    if let first = firstHalf {
      firstHalf = nil
      let mean = (first.derivative + derivative) / 2
      return StepResult(latents: first.latents + mean * first.change, clean: clean)
    }
    let change = levels[index + 1] - level
    firstHalf = (latents, derivative, change)
    return StepResult(latents: latents + derivative * change, clean: clean)
  }
}

extension Collection {
  /// `a, b, b, c, c ...`
  var doubledAfterFirst: [Element] { prefix(1) + dropFirst().flatMap { [$0, $0] } }
}
