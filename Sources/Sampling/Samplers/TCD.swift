import Tensors

/// Trajectory consistency distillation (Zheng et al. 2024) with eta 0, as StableDiffusionPipeline calls diffusers'
/// TCDScheduler.
struct TCD: AlphaMethod {
  static let takesTimesteps = true
  static let scheduler = SchedulerClass("TCDScheduler", parameters: ConsistencyTimesteps.parameters)

  let schedule: NoiseSchedule
  let predictionType: PredictionType
  let timesteps: [Double]

  init(_ settings: SchedulerSettings, steps: Int) throws {
    schedule = try NoiseSchedule(settings)
    predictionType = try settings.choice(.predictionType, of: [.epsilon, .sample, .velocity])
    let visited = try ConsistencyTimesteps.timesteps(settings, steps: steps)
    try schedule.check(visited)
    timesteps = visited.map { Double($0) }
  }

  mutating func step(_ output: Tensor, at index: Int, from latents: Tensor, noise: () -> Tensor) -> StepResult {
    let target = index + 1 < timesteps.count ? Int(timesteps[index + 1]) : 0
    let alphaProduct = schedule.alphaProduct(at: Int(timesteps[index]))
    let next = schedule.alphaProduct(at: target)
    let clean = predictionType.clean(output, latents, alphaProduct: alphaProduct)
    let predictedNoise = predictionType.noise(output, latents, clean: clean, alphaProduct: alphaProduct)
    return StepResult(
      latents: next.squareRoot() * clean + (1 - next).squareRoot() * predictedNoise, clean: clean)
  }
}
