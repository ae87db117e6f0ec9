import JSON
import Tensors

/// Euler steps along rectified flow (Esser et al. 2024); diffusers' FlowMatchEulerDiscreteScheduler.
struct FlowEuler: FlowMethod {
  static let scheduler = SchedulerClass(
    "FlowMatchEulerDiscreteScheduler",
    parameters: FlowEuler.parameters.merging([.stochasticSampling: false]) { $1 })

  /// What the initialisers of the classes of rectified flow take. diffusers calls ``ConfigurationKey/flowShift`` `shift` in
  /// these and `flow_shift` in others; pipelines hand it over as the picture's size asks.
  static let parameters: [ConfigurationKey: JSONValue] = [
    .shift: nil, .flowShift: 1.0, .usesDynamicShifting: false, .baseShift: 0.5, .maxShift: 1.15,
    .baseImageTokens: 256, .maxImageTokens: 4096, .invertsSigmas: false, .shiftTerminal: nil, .usesKarrasSigmas: false,
    .usesExponentialSigmas: false, .usesBetaSigmas: false, .timeShiftType: "exponential",
  ]

  let timesteps: [Double]
  let levels: [Float]
  /// Whether each step draws fresh noise, as ``FlowLCM`` does.
  private let isStochastic: Bool

  init(_ settings: SchedulerSettings, steps: Int) throws {
    let plan = try FlowLevels(settings, steps: steps)
    (levels, timesteps) = (plan.levels, plan.timesteps)
    isStochastic = try settings.flag(.stochasticSampling)
  }

  mutating func step(_ output: Tensor, at index: Int, from latents: Tensor, noise: () -> Tensor) -> StepResult {
    let (level, next) = (levels[index], levels[index + 1])
    let clean = latents - level * output
    let moved = isStochastic ? (1 - next) * clean + next * noise() : latents + (next - level) * output
    return StepResult(latents: moved, clean: clean)
  }
}
