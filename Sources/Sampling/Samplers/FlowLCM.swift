import Tensors

/// Multi-step consistency sampling along rectified flow: to the clean latents, and back with fresh noise; diffusers'
/// FlowMatchLCMScheduler.
struct FlowLCM: FlowMethod {
  static let scheduler = SchedulerClass("FlowMatchLCMScheduler", parameters: FlowEuler.parameters)

  let timesteps: [Double]
  let levels: [Float]

  init(_ settings: SchedulerSettings, steps: Int) throws {
    let plan = try FlowLevels(settings, steps: steps)
    (levels, timesteps) = (plan.levels, plan.timesteps)
  }

  mutating func step(_ output: Tensor, at index: Int, from latents: Tensor, noise: () -> Tensor) -> StepResult {
    let next = levels[index + 1]
    let clean = latents - levels[index] * output
    return StepResult(latents: (1 - next) * clean + next * noise(), clean: clean)
  }
}
