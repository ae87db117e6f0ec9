import JSON

/// The timesteps of diffusers' LCMScheduler and TCDScheduler: some of those that the model was distilled on.
enum ConsistencyTimesteps {
  /// What the initialisers of both classes take.
  static let parameters: [ConfigurationKey: JSONValue] = [
    .betaStart: 0.00085, .betaEnd: 0.012, .betaSchedule: "scaled_linear", .originalInferenceSteps: 50,
    .clipsSample: false, .clipSampleRange: 1.0, .setsAlphaToOne: true, .stepsOffset: 0, .thresholding: false,
    .thresholdingRatio: 0.995, .sampleMaxValue: 1.0, .timestepSpacing: "leading", .timestepScaling: 10.0,
    .rescalesToZeroSNR: false,
  ]

  /// - Parameter strength: the share of the distillation timesteps, from the end of least noise, that is visited.
  static func timesteps(_ settings: SchedulerSettings, steps: Int, strength: Double = 1) throws -> [Int] {
    let trainTimesteps = try NoiseSchedule.trainTimesteps(settings)
    let originalSteps = try settings.integer(.originalInferenceSteps)
    guard (1...trainTimesteps).contains(originalSteps) else {
      throw SamplingError.configuration(
        "`original_inference_steps` is \(originalSteps); expected 1 to \(trainTimesteps), the training timesteps.")
    }
    if let named = settings.timesteps {
      // As StableDiffusionImg2ImgPipeline.get_timesteps takes a share of them.
      return Array(named.dropFirst(named.count - min(Int(Double(named.count) * strength), named.count)))
    }
    let usable = Int(Double(originalSteps) * strength)
    guard steps <= usable else {
      throw SamplingError.request(
        "\(steps) steps are more than the \(usable) timesteps of distillation that can be visited; use at most \(usable)."
      )
    }
    let width = trainTimesteps / originalSteps
    let descending = (1...usable).reversed().map { $0 * width - 1 }
    let spacing = Double(usable) / Double(steps)
    return (0..<steps).map { descending[Int(Double($0) * spacing)] }
  }
}
