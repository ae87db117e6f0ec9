import Tensors

/// Euler steps to less noise than the next level has, and fresh noise in place of the rest; diffusers'
/// EulerAncestralDiscreteScheduler, and with the schedules that k-diffusion gives `sample_euler_ancestral` and diffusers does
/// not; a file that names one is read as diffusers reads it (``CatalogueEntry/hasOwnSchedules``).
struct EulerAncestral: NoiseLevelMethod {
  static let scheduler = SchedulerClass(
    "EulerAncestralDiscreteScheduler",
    parameters: [
      .timestepSpacing: "linspace", .stepsOffset: 0, .rescalesToZeroSNR: false, .usesKarrasSigmas: false,
      .usesExponentialSigmas: false, .usesBetaSigmas: false,
    ])

  let predictionType: PredictionType
  let timesteps: [Double]
  let levels: [Float]
  let initialNoiseScale: Float

  init(_ settings: SchedulerSettings, steps: Int) throws {
    let noise = try NoiseSchedule(settings, flooringTerminalSignal: true)
    predictionType = try settings.choice(.predictionType, of: [.epsilon, .velocity])
    let plan = try NoiseLevelPlan(settings, noise, steps: steps)
    timesteps = plan.timesteps
    levels = plan.levels(endingWith: 0)
    initialNoiseScale = plan.initialNoiseScale
  }

  mutating func step(_ output: Tensor, at index: Int, from latents: Tensor, noise: () -> Tensor) -> StepResult {
    let level = levels[index]
    let clean = predictionType.clean(output, latents, noiseLevel: level)
    let (down, up) = AncestralLevels.split(from: level, to: levels[index + 1])
    let derivative = (latents - clean) / level
    return StepResult(latents: latents + derivative * (down - level) + noise() * up, clean: clean)
  }
}

/// How an ancestral step divides the next noise level.
enum AncestralLevels {
  /// The level to step down to and the level of the fresh noise; their squares add up to that of `next`.
  static func split(from level: Float, to next: Float) -> (down: Float, up: Float) {
    let (from, to) = (level * level, next * next)
    let up = (to * (from - to) / from).squareRoot()
    return ((to - up * up).squareRoot(), up)
  }
}
