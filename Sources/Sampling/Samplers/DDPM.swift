import System
import Tensors

/// Denoising diffusion probabilistic models (Ho et al. 2020), formula 7; diffusers' DDPMScheduler.
struct DDPM: AlphaMethod {
  static let scheduler = SchedulerClass(
    "DDPMScheduler",
    parameters: [
      .varianceType: "fixed_small", .clipsSample: true, .thresholding: false, .thresholdingRatio: 0.995,
      .clipSampleRange: 1.0, .sampleMaxValue: 1.0, .timestepSpacing: "leading", .stepsOffset: 0,
      .rescalesToZeroSNR: false,
    ])

  let schedule: NoiseSchedule
  let predictionType: PredictionType
  let timesteps: [Double]
  private let limit: CleanSampleLimit
  private let varianceType: String?

  init(_ settings: SchedulerSettings, steps: Int) throws {
    schedule = try NoiseSchedule(settings, known: BetaSchedule.common + [.laplace, .sigmoid])
    predictionType = try settings.choice(.predictionType, of: [.epsilon, .sample, .velocity])
    limit = try CleanSampleLimit(settings)
    varianceType = try settings.fixedVarianceType()
    let visited = try settings.wholeTimesteps(steps: steps)
    try schedule.check(visited)
    timesteps = visited.map { Double($0) }
  }

  mutating func step(_ output: Tensor, at index: Int, from latents: Tensor, noise: () -> Tensor) -> StepResult {
    let timestep = Int(timesteps[index])
    let previous = previousTimestep(of: timestep)
    let alphaProduct = schedule.alphaProduct(at: timestep)
    let previousAlphaProduct = previous >= 0 ? schedule.alphaProduct(at: previous) : 1
    let (betaProduct, previousBetaProduct) = (1 - alphaProduct, 1 - previousAlphaProduct)
    let alpha = alphaProduct / previousAlphaProduct
    let beta = 1 - alpha

    let clean = limit(predictionType.clean(output, latents, alphaProduct: alphaProduct))
    let cleanShare = previousAlphaProduct.squareRoot() * beta / betaProduct
    let latentsShare = alpha.squareRoot() * previousBetaProduct / betaProduct
    var next = cleanShare * clean + latentsShare * latents
    if timestep > 0 {
      let variance = max(previousBetaProduct / betaProduct * beta, 1e-20)
      next = next + deviation(smallVariance: variance, beta: beta) * noise()
    }
    return StepResult(latents: next, clean: clean)
  }

  /// The timestep visited next, or -1 after the last.
  private func previousTimestep(of timestep: Int) -> Int {
    let next = (timesteps.firstIndex(of: Double(timestep)) ?? 0) + 1
    return next < timesteps.count ? Int(timesteps[next]) : -1
  }

  /// The factor of the noise. `fixed_large_log` takes the root of a logarithm, as diffusers does.
  private func deviation(smallVariance: Float, beta: Float) -> Float {
    switch varianceType {
    case "fixed_small_log": expf(0.5 * logf(smallVariance))
    case "fixed_large": beta.squareRoot()
    case "fixed_large_log": logf(beta).squareRoot()
    default: smallVariance.squareRoot()
    }
  }
}

extension SchedulerSettings {
  /// The `variance_type`, unless the network would have to predict it.
  func fixedVarianceType() throws -> String? {
    let type = try optionalText(.varianceType)
    guard type != "learned", type != "learned_range" else {
      throw SamplingError.configuration(
        "`variance_type` is \"\(type ?? "")\", for networks that predict their variance; only fixed variances are supported."
      )
    }
    return type
  }
}
