import Tensors

/// Latent consistency models (Luo et al. 2023), multi-step consistency sampling; diffusers' LCMScheduler.
struct LCM: AlphaMethod {
  static let takesTimesteps = true
  static let scheduler = SchedulerClass("LCMScheduler", parameters: ConsistencyTimesteps.parameters)

  let schedule: NoiseSchedule
  let predictionType: PredictionType
  let timesteps: [Double]
  private let limit: CleanSampleLimit
  private let timestepScaling: Float
  private let finalAlphaProduct: Float
  private let steps: Int

  init(_ settings: SchedulerSettings, steps: Int) throws {
    try self.init(settings, steps: steps, strength: 1)
  }

  /// - Parameter strength: the share of the distillation timesteps that is visited, from the end of least noise.
  init(_ settings: SchedulerSettings, steps: Int, strength: Double) throws {
    schedule = try NoiseSchedule(settings)
    predictionType = try settings.choice(.predictionType, of: [.epsilon, .sample, .velocity])
    limit = try CleanSampleLimit(settings)
    timestepScaling = Float(try settings.number(.timestepScaling))
    let visited = try ConsistencyTimesteps.timesteps(settings, steps: steps, strength: strength)
    try schedule.check(visited)
    timesteps = visited.map { Double($0) }
    finalAlphaProduct = try settings.flag(.setsAlphaToOne) ? 1 : schedule.alphaProduct(at: 0)
    self.steps = steps
  }

  mutating func step(_ output: Tensor, at index: Int, from latents: Tensor, noise: () -> Tensor) -> StepResult {
    let timestep = Int(timesteps[index])
    let previous = index + 1 < timesteps.count ? Int(timesteps[index + 1]) : timestep
    let alphaProduct = schedule.alphaProduct(at: timestep)
    let previousAlphaProduct = previous >= 0 ? schedule.alphaProduct(at: previous) : finalAlphaProduct

    // The boundary condition of consistency models: nothing changes at timestep 0.
    let dataDeviation: Float = 0.5
    let scaled = Float(timestep) * timestepScaling
    let norm = scaled * scaled + dataDeviation * dataDeviation
    let clean = limit(predictionType.clean(output, latents, alphaProduct: alphaProduct))
    let denoised =
      scaled / norm.squareRoot() * clean + dataDeviation * dataDeviation / norm * latents
    guard index != steps - 1 else { return StepResult(latents: denoised, clean: denoised) }
    let next =
      previousAlphaProduct.squareRoot() * denoised + (1 - previousAlphaProduct).squareRoot() * noise()
    return StepResult(latents: next, clean: denoised)
  }
}
