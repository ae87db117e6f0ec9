import JSON
import System
import Tensors

/// DPM-Solver-2 steps (Karras et al. 2022, algorithm 2 at the geometric mid-point, no churn), two evaluations a step; diffusers'
/// KDPM2DiscreteScheduler.
struct DPM2: NoiseLevelMethod {
  static let order = 2
  static let scheduler = SchedulerClass("KDPM2DiscreteScheduler", parameters: parameters)
  static let parameters: [ConfigurationKey: JSONValue] = [
    .betaStart: 0.00085, .betaEnd: 0.012, .usesKarrasSigmas: false, .usesExponentialSigmas: false,
    .usesBetaSigmas: false, .timestepSpacing: "linspace", .stepsOffset: 0,
  ]

  let predictionType: PredictionType
  let timesteps: [Double]
  let levels: [Float]
  let initialNoiseScale: Float
  /// The level half-way to that of each position.
  private let middleLevels: [Float]
  /// The latents before the first half of a step.
  private var stepLatents: Tensor?

  init(_ settings: SchedulerSettings, steps: Int) throws {
    let noise = try NoiseSchedule(settings)
    predictionType = try settings.choice(.predictionType, of: [.epsilon, .velocity])
    let plan = try NoiseLevelPlan(settings, noise, steps: steps, roundsKarrasTimesteps: true)
    let single = plan.levels(endingWith: 0)
    let middles = single.indices.map { index in
      index == 0 ? Float.nan : Self.geometricMean(single[index], single[index - 1])
    }
    levels = single.doubledAfterFirst
    middleLevels = middles.doubledAfterFirst
    timesteps =
      plan.timesteps.prefix(1)
      + (1..<plan.timesteps.count).flatMap {
        [Double(noise.timestep(ofNoiseLevel: middles[$0])), plan.timesteps[$0]]
      }
    initialNoiseScale = plan.initialNoiseScale
  }

  /// By logarithms, as torch's `lerp` with weight 1/2 rounds it.
  static func geometricMean(_ first: Float, _ second: Float) -> Float {
    let (from, to) = (logf(first), logf(second))
    return expf(to - (to - from) * 0.5)
  }

  func scaledInput(_ latents: Tensor, at index: Int) -> Tensor {
    latents.scaled(toNoiseLevel: stepLatents == nil ? levels[index] : middleLevels[index])
  }

  mutating func step(_ output: Tensor, at index: Int, from latents: Tensor, noise: () -> Tensor) -> StepResult {
    if let before = stepLatents {
      stepLatents = nil
      let clean = predictionType.clean(output, latents, noiseLevel: middleLevels[index])
      let derivative = (latents - clean) / middleLevels[index]
      return StepResult(latents: before + derivative * (levels[index] - levels[index - 1]), clean: clean)
    }
    stepLatents = latents
    let clean = predictionType.clean(output, latents, noiseLevel: levels[index])
    let derivative = (latents - clean) / levels[index]
    return StepResult(latents: latents + derivative * (middleLevels[index + 1] - levels[index]), clean: clean)
  }
}
