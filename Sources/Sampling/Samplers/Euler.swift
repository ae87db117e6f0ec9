import System
import Tensors

/// Euler steps (Karras et al. 2022, algorithm 2, first order, no churn); diffusers' EulerDiscreteScheduler.
struct Euler: NoiseLevelMethod {
  static let takesTimesteps = true
  static let scheduler = SchedulerClass(
    "EulerDiscreteScheduler",
    aliases: [.predictionType: ["original_sample": "sample"]],
    parameters: [
      .interpolationType: "linear", .usesKarrasSigmas: false, .usesExponentialSigmas: false, .usesBetaSigmas: false,
      .sigmaMin: nil, .sigmaMax: nil, .timestepSpacing: "linspace", .timestepType: "discrete", .stepsOffset: 0,
      .rescalesToZeroSNR: false, .finalSigmasType: "zero",
    ])

  private enum Interpolation: String, CaseIterable {
    case linear
    case logarithmic = "log_linear"
  }

  let predictionType: PredictionType
  let timesteps: [Double]
  let levels: [Float]
  let initialNoiseScale: Float

  init(_ settings: SchedulerSettings, steps: Int) throws {
    let noise = try NoiseSchedule(settings, flooringTerminalSignal: true)
    predictionType = try settings.choice(.predictionType, of: [.epsilon, .sample, .velocity])
    let interpolation: Interpolation = try settings.choice(.interpolationType)
    let plan = try NoiseLevelPlan(
      settings, noise, steps: steps, interpolatesLogarithms: interpolation == .logarithmic)
    let final: FinalNoiseLevel = try settings.choice(.finalSigmasType)
    levels = plan.levels(endingWith: final == .zero ? 0 : noise.noiseLevels[0])
    if try settings.optionalText(.timestepType) == "continuous" && predictionType == .velocity {
      timesteps = levels.dropLast().map { Double(0.25 * logf($0)) }
    } else {
      timesteps = plan.timesteps.map { Double(Float($0)) }
    }
    initialNoiseScale = plan.initialNoiseScale
  }

  mutating func step(_ output: Tensor, at index: Int, from latents: Tensor, noise: () -> Tensor) -> StepResult {
    let level = levels[index]
    let clean = predictionType.clean(output, latents, noiseLevel: level)
    let derivative = (latents - clean) / level
    return StepResult(latents: latents + derivative * (levels[index + 1] - level), clean: clean)
  }
}

/// The noise level after the last step (diffusers' `final_sigmas_type`).
enum FinalNoiseLevel: String, CaseIterable {
  case zero
  case lowest = "sigma_min"
}
