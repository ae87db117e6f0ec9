import Tensors

/// Trajectory consistency distillation (Zheng et al. 2024); diffusers' TCDScheduler, whose eta is the paper's gamma.
struct TCD: AlphaMethod, EtaMethod {
  static let takesTimesteps = true
  static let scheduler = SchedulerClass("TCDScheduler", parameters: ConsistencyTimesteps.parameters)

  let schedule: NoiseSchedule
  let predictionType: PredictionType
  let timesteps: [Double]
  var eta: Float = 0

  init(_ settings: SchedulerSettings, steps: Int) throws {
    schedule = try NoiseSchedule(settings)
    predictionType = try settings.choice(.predictionType, of: [.epsilon, .sample, .velocity])
    let visited = try ConsistencyTimesteps.timesteps(settings, steps: steps)
    try schedule.check(visited)
    timesteps = visited.map { Double($0) }
  }

  mutating func step(_ output: Tensor, at index: Int, from latents: Tensor, noise: () -> Tensor) -> StepResult {
    let isLast = index + 1 == timesteps.count
    let target = isLast ? 0 : Int(timesteps[index + 1])
    let alphaProduct = schedule.alphaProduct(at: Int(timesteps[index]))
    let next = schedule.alphaProduct(at: target)
    // Beyond the next timestep, from where fresh noise leads back to it.
    let reached = schedule.alphaProduct(at: Int(((1 - eta) * Float(target)).rounded(.down)))
    let clean = predictionType.clean(output, latents, alphaProduct: alphaProduct)
    let predictedNoise = predictionType.noise(output, latents, clean: clean, alphaProduct: alphaProduct)
    let latents = reached.squareRoot() * clean + (1 - reached).squareRoot() * predictedNoise
    guard eta > 0, !isLast else { return StepResult(latents: latents, clean: clean) }
    let ratio = next / reached
    return StepResult(latents: ratio.squareRoot() * latents + (1 - ratio).squareRoot() * noise(), clean: clean)
  }
}
