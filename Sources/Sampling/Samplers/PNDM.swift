import Tensors

/// Pseudo numerical methods for diffusion models (Liu et al. 2022); diffusers' PNDMScheduler.
///
/// Runge-Kutta steps first unless `skip_prk_steps`, then linear multi-steps. Counters and histories behave as in
/// diffusers also where a run starts in the middle.
struct PNDM: AlphaMethod {
  static let scheduler = SchedulerClass(
    "PNDMScheduler",
    parameters: [
      .skipsPRKSteps: false, .setsAlphaToOne: false, .timestepSpacing: "leading", .stepsOffset: 0,
    ])

  let schedule: NoiseSchedule
  let predictionType: PredictionType
  let timesteps: [Double]
  private let stride: Int
  private let finalAlphaProduct: Float
  /// How many of the timesteps belong to Runge-Kutta steps, four evaluations each.
  private let rungeKuttaCount: Int

  private var evaluations = 0
  private var outputs: [Tensor] = []
  private var weightedOutput: Tensor?
  private var stepLatents: Tensor?

  init(_ settings: SchedulerSettings, steps: Int) throws {
    schedule = try NoiseSchedule(settings)
    predictionType = try settings.choice(.predictionType, of: [.epsilon, .velocity])
    let trainTimesteps = try NoiseSchedule.trainTimesteps(settings)
    stride = trainTimesteps / steps
    let spacing: TimestepSpacing = try settings.choice(.timestepSpacing)
    let ascending = try spacing.timesteps(
      steps: steps, trainTimesteps: trainTimesteps, offset: settings.integer(.stepsOffset)
    ).reversed().map { Int($0.rounded(.toNearestOrEven)) }

    let visited: [Int]
    if try settings.flag(.skipsPRKSteps) {
      rungeKuttaCount = 0
      visited = (ascending.dropLast() + ascending.dropLast().suffix(1) + ascending.suffix(1)).reversed()
    } else {
      let rungeKutta = try Self.rungeKuttaTimesteps(ascending, half: stride / 2)
      rungeKuttaCount = rungeKutta.count
      visited = rungeKutta + ascending.dropLast(3).reversed()
    }
    try schedule.check(visited)
    timesteps = visited.map { Double($0) }
    finalAlphaProduct = try settings.flag(.setsAlphaToOne) ? 1 : schedule.alphaProduct(at: 0)
  }

  /// The evaluations of the first three steps: each at its start, twice half-way, and at its end.
  private static func rungeKuttaTimesteps(_ ascending: [Int], half: Int) throws -> [Int] {
    guard ascending.count >= 4 else {
      throw SamplingError.request(
        "pndm with Runge-Kutta steps (`skip_prk_steps` false) takes at least 4 steps, not \(ascending.count); use more."
      )
    }
    let halves = ascending.suffix(4).flatMap { [$0, $0 + half] }.dropLast()
    return halves.flatMap { [$0, $0] }.dropFirst().dropLast().reversed()
  }

  mutating func step(_ output: Tensor, at index: Int, from latents: Tensor, noise: () -> Tensor) -> StepResult {
    defer { evaluations += 1 }
    let timestep = Int(timesteps[index])
    return evaluations < rungeKuttaCount
      ? rungeKuttaStep(output, timestep: timestep, from: latents)
      : multiStep(output, timestep: timestep, from: latents)
  }

  private mutating func rungeKuttaStep(_ output: Tensor, timestep: Int, from latents: Tensor) -> StepResult {
    let target = timestep - (evaluations % 2 == 0 ? stride / 2 : 0)
    let start = Int(timesteps[evaluations / 4 * 4])
    var direction = output
    switch evaluations % 4 {
    case 0:
      accumulate(1 / 6, output)
      outputs.append(output)
      stepLatents = latents
    case 1, 2:
      accumulate(1 / 3, output)
    default:
      let last = (1 / 6) * output
      direction = weightedOutput.map { $0 + last } ?? last
      weightedOutput = nil
    }
    return transfer(stepLatents ?? latents, from: start, to: target, along: direction)
  }

  private mutating func accumulate(_ weight: Float, _ output: Tensor) {
    weightedOutput = weightedOutput.map { $0 + weight * output } ?? weight * output
  }

  private mutating func multiStep(_ output: Tensor, timestep: Int, from latents: Tensor) -> StepResult {
    var (start, target, latents) = (timestep, timestep - stride, latents)
    if evaluations != 1 {
      outputs = outputs.suffix(3) + [output]
    } else {
      (start, target) = (timestep + stride, timestep)
    }

    let last = outputs[outputs.count - 1]
    func before(_ count: Int) -> Tensor { outputs[outputs.count - 1 - count] }
    let direction: Tensor
    switch outputs.count {
    case 1 where evaluations == 0:
      direction = output
      stepLatents = latents
    case 1 where evaluations == 1:
      direction = (output + last) / 2
      latents = stepLatents ?? latents
      stepLatents = nil
    case 2: direction = (3 * last - before(1)) / 2
    case 3: direction = (23 * last - 16 * before(1) + 5 * before(2)) / 12
    default: direction = (1 / 24) * (55 * last - 59 * before(1) + 37 * before(2) - 9 * before(3))
    }
    return transfer(latents, from: start, to: target, along: direction)
  }

  /// Formula 9 of the paper.
  private func transfer(_ latents: Tensor, from start: Int, to target: Int, along output: Tensor) -> StepResult {
    let alphaProduct = schedule.alphaProduct(at: start)
    let next = target >= 0 ? schedule.alphaProduct(at: target) : finalAlphaProduct
    let (betaProduct, nextBetaProduct) = (1 - alphaProduct, 1 - next)
    let predictedNoise = predictionType.noise(output, latents, clean: output, alphaProduct: alphaProduct)
    let scale = (next / alphaProduct).squareRoot()
    let divisor = alphaProduct * nextBetaProduct.squareRoot() + (alphaProduct * betaProduct * next).squareRoot()
    let clean = PredictionType.epsilon.clean(predictedNoise, latents, alphaProduct: alphaProduct)
    return StepResult(latents: scale * latents - (next - alphaProduct) * predictedNoise / divisor, clean: clean)
  }
}
