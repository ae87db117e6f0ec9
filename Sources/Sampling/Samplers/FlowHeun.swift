import JSON
import Tensors

/// Heun's method along rectified flow, two evaluations a step; diffusers' FlowMatchHeunDiscreteScheduler, at the noise levels
/// that pipelines choose for ``FlowEuler``.
struct FlowHeun: FlowMethod {
  static let order = 2
  static let scheduler = SchedulerClass(
    "FlowMatchHeunDiscreteScheduler",
    parameters: FlowEuler.parameters.filter { SigmaSchedule.allCases.compactMap(\.key).contains($0.key) == false })

  let timesteps: [Double]
  let levels: [Float]
  /// What the second evaluation of a step corrects.
  private var firstHalf: (latents: Tensor, output: Tensor, change: Float)?

  init(_ settings: SchedulerSettings, steps: Int) throws {
    let plan = try FlowLevels(settings, steps: steps)
    timesteps = plan.timesteps.doubledAfterFirst
    levels = plan.levels.dropLast().doubledAfterFirst + [0]
  }

  mutating func step(_ output: Tensor, at index: Int, from latents: Tensor, noise: () -> Tensor) -> StepResult {
    let clean = latents - levels[index] * output
    if let first = firstHalf {
      firstHalf = nil
      return StepResult(latents: first.latents + (0.5 * first.change) * (first.output + output), clean: clean)
    }
    let change = levels[index + 1] - levels[index]
    firstHalf = (latents, output, change)
    return StepResult(latents: latents + change * output, clean: clean)
  }
}
