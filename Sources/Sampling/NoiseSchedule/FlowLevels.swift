import System
import Tensors

/// The noise levels that pipelines of rectified flow visit: latents are `(1 - level) * clean + level * noise` (Liu et al. 2022).
struct FlowLevels: Sendable {
  /// Descending levels, and the final 0.
  let levels: [Float]
  /// What the denoiser is told at each level but the final one.
  let timesteps: [Double]

  /// - Parameter settings: With ``ConfigurationKey/flowShift`` as ``Sampler/Pipeline/flowShift(_:steps:)`` finds it.
  init(_ settings: SchedulerSettings, steps: Int) throws {
    guard try !settings.flag(.invertsSigmas) else {
      throw SamplingError.configuration("`invert_sigmas` is true, which limn does not run; expected false.")
    }
    let trainTimesteps = Float(try NoiseSchedule.trainTimesteps(settings))
    let shift = Float(try settings.number(.flowShift))
    var levels = EvenSpacing.closed(from: 1, to: 1 / Double(steps), count: steps).map { Float($0) }
      .map { shift * $0 / (1 + (shift - 1) * $0) }
    if let terminal = try settings.optionalNumber(.shiftTerminal), terminal != 0 {
      guard (0..<1).contains(terminal), let last = levels.last, last < 1 else {
        throw SamplingError.request(
          "`shift_terminal` \(terminal) cannot be the last of \(steps) noise level\(steps == 1 ? "" : "s").")
      }
      let stretch = (1 - last) / (1 - Float(terminal))
      levels = levels.map { 1 - (1 - $0) / stretch }
    }
    let schedule = try SigmaSchedule(settings)
    if schedule != .model, let highest = levels.first, let lowest = levels.last {
      levels = schedule.levels(from: Double(highest), to: Double(lowest), count: steps).map { Float($0) }
    }
    self.levels = levels + [0]
    timesteps = levels.map { Double($0 * trainTimesteps) }
  }
}

/// A method over ``FlowLevels``.
protocol FlowMethod: SamplingMethod {
  /// The noise level at each position of the timesteps, and the final one.
  var levels: [Float] { get }
}

extension FlowMethod {
  var predictionType: PredictionType { .flow }
  var initialNoiseScale: Float { 1 }

  func noised(_ original: Tensor, with noise: Tensor, at index: Int) -> Tensor {
    levels[index] * noise + (1 - levels[index]) * original
  }
}
