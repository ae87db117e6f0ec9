import Tensors

/// DPM-Solver-2 steps to less noise than the next level has, and fresh noise in place of the rest; diffusers'
/// KDPM2AncestralDiscreteScheduler.
struct DPM2Ancestral: NoiseLevelMethod {
  static let order = 2
  static let scheduler = SchedulerClass("KDPM2AncestralDiscreteScheduler", parameters: DPM2.parameters)

  let predictionType: PredictionType
  let timesteps: [Double]
  let levels: [Float]
  let initialNoiseScale: Float
  /// For each position: the level half-way down, the level stepped down to, and the level of the fresh noise.
  private let middleLevels: [Float]
  private let lowerLevels: [Float]
  private let freshLevels: [Float]
  /// The latents before the first half of a step.
  private var stepLatents: Tensor?

  init(_ settings: SchedulerSettings, steps: Int) throws {
    let noise = try NoiseSchedule(settings)
    predictionType = try settings.choice(.predictionType, of: [.epsilon, .velocity])
    let plan = try NoiseLevelPlan(settings, noise, steps: steps, roundsKarrasTimesteps: true)
    let single = plan.levels(endingWith: 0)
    let splits = zip(single, single.dropFirst()).map { AncestralLevels.split(from: $0, to: $1) }
    // The last step goes straight to zero.
    let middles = splits.indices.map {
      $0 == splits.count - 1 ? 0 : DPM2.geometricMean(single[$0], splits[$0].down)
    }
    levels = single.doubledAfterFirst
    middleLevels = middles.doubledAfterFirst
    lowerLevels = splits.map(\.down).doubledAfterFirst
    freshLevels = splits.map(\.up).doubledAfterFirst
    timesteps =
      plan.timesteps.prefix(1)
      + (1..<plan.timesteps.count).flatMap {
        [Double(noise.timestep(ofNoiseLevel: middles[$0 - 1])), plan.timesteps[$0]]
      }
    initialNoiseScale = plan.initialNoiseScale
  }

  func scaledInput(_ latents: Tensor, at index: Int) -> Tensor {
    latents.scaled(toNoiseLevel: stepLatents == nil ? levels[index] : middleLevels[index - 1])
  }

  mutating func step(_ output: Tensor, at index: Int, from latents: Tensor, noise: () -> Tensor) -> StepResult {
    if let before = stepLatents {
      stepLatents = nil
      let middle = middleLevels[index - 1]
      let clean = predictionType.clean(output, latents, noiseLevel: middle)
      let derivative = (latents - clean) / middle
      let down = before + derivative * (lowerLevels[index - 1] - levels[index - 1])
      return StepResult(latents: down + noise() * freshLevels[index - 1], clean: clean)
    }
    stepLatents = latents
    let clean = predictionType.clean(output, latents, noiseLevel: levels[index])
    let derivative = (latents - clean) / levels[index]
    return StepResult(latents: latents + derivative * (middleLevels[index] - levels[index]), clean: clean)
  }
}
