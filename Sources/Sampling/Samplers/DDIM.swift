import Tensors

/// Denoising diffusion implicit models (Song et al. 2020), formulas 12 and 16; diffusers' DDIMScheduler.
struct DDIM: AlphaMethod, EtaMethod {
  static let scheduler = SchedulerClass(
    "DDIMScheduler",
    parameters: [
      .clipsSample: true, .setsAlphaToOne: true, .stepsOffset: 0, .thresholding: false, .thresholdingRatio: 0.995,
      .clipSampleRange: 1.0, .sampleMaxValue: 1.0, .timestepSpacing: "leading", .rescalesToZeroSNR: false,
    ])

  let schedule: NoiseSchedule
  let predictionType: PredictionType
  let timesteps: [Double]
  var eta: Float = 0
  private let limit: CleanSampleLimit
  private let stride: Int
  private let finalAlphaProduct: Float

  init(_ settings: SchedulerSettings, steps: Int) throws {
    schedule = try NoiseSchedule(settings)
    predictionType = try settings.choice(.predictionType, of: [.epsilon, .sample, .velocity])
    limit = try CleanSampleLimit(settings)
    let visited = try settings.wholeTimesteps(steps: steps)
    try schedule.check(visited)
    timesteps = visited.map { Double($0) }
    stride = try NoiseSchedule.trainTimesteps(settings) / steps
    finalAlphaProduct = try settings.flag(.setsAlphaToOne) ? 1 : schedule.alphaProduct(at: 0)
  }

  mutating func step(_ output: Tensor, at index: Int, from latents: Tensor, noise: () -> Tensor) -> StepResult {
    let timestep = Int(timesteps[index])
    let previous = timestep - stride
    let alphaProduct = schedule.alphaProduct(at: timestep)
    let previousAlphaProduct = previous >= 0 ? schedule.alphaProduct(at: previous) : finalAlphaProduct

    let unlimited = predictionType.clean(output, latents, alphaProduct: alphaProduct)
    let predictedNoise = predictionType.noise(output, latents, clean: unlimited, alphaProduct: alphaProduct)
    let clean = limit(unlimited)
    let variance =
      (1 - previousAlphaProduct) / (1 - alphaProduct) * (1 - alphaProduct / previousAlphaProduct)
    let deviation = eta * variance.squareRoot()
    let direction = (1 - previousAlphaProduct - deviation * deviation).squareRoot() * predictedNoise
    let next = previousAlphaProduct.squareRoot() * clean + direction
    return StepResult(latents: eta > 0 ? next + deviation * noise() : next, clean: clean)
  }
}

/// A method that can put fresh noise in place of some of the predicted: 0 for none, 1 for as much as its paper has.
protocol EtaMethod: SamplingMethod {
  var eta: Float { get set }
}

extension SchedulerSettings {
  /// The descending whole timesteps of DDIM and DDPM, which refuse more steps than there are training timesteps.
  func wholeTimesteps(steps: Int) throws -> [Int] {
    let trainTimesteps = try NoiseSchedule.trainTimesteps(self)
    guard steps <= trainTimesteps else {
      throw SamplingError.request(
        "\(steps) steps are more than the \(trainTimesteps) timesteps that the network was trained for; use at most \(trainTimesteps)."
      )
    }
    let spacing: TimestepSpacing = try choice(.timestepSpacing)
    return try spacing.timesteps(steps: steps, trainTimesteps: trainTimesteps, offset: integer(.stepsOffset))
      .map { Int($0.rounded(.toNearestOrEven)) }
  }
}
