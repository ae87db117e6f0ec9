import System
import Tensors

/// Signal and noise at one noise level, as the solvers over log-SNR see it: latents are `signal * clean + noise * epsilon`.
struct SignalAndNoise: Sendable {
  let signal: Float
  let noise: Float
  /// Half the logarithm of the signal-to-noise ratio ("lambda").
  let logRatio: Float

  init(level: Float, isFlow: Bool) {
    signal = isFlow ? 1 - level : 1 / (level * level + 1).squareRoot()
    noise = isFlow ? level : level * signal
    logRatio = logf(signal) - logf(noise)
  }
}

/// The levels and timesteps that diffusers' solvers over log-SNR visit (the DPM-Solver family, DEIS, UniPC).
struct SolverLevels: Sendable {
  /// Descending levels and the final one.
  let points: [SignalAndNoise]
  let levels: [Float]
  /// Whole numbers.
  let timesteps: [Double]
  let isFlow: Bool
  let startIndex: Int

  /// - Parameter timesteps: truncated to whole numbers, as diffusers keeps them.
  init(levels: [Double], final: Float, timesteps: [Double], isFlow: Bool) throws {
    self.levels = levels.map { Float($0) } + [final]
    points = self.levels.map { SignalAndNoise(level: $0, isFlow: isFlow) }
    self.timesteps = timesteps.map { $0.rounded(.towardZero) }
    self.isFlow = isFlow
    startIndex = self.timesteps.startIndexOfRun
  }

  /// The number of steps.
  var count: Int { timesteps.count }
}

/// Rounding of the timesteps that belong to a schedule of noise levels.
enum TimestepRounding {
  case none
  case nearest

  func callAsFunction(_ timesteps: [Double]) -> [Double] {
    self == .nearest ? timesteps.map { $0.rounded(.toNearestOrEven) } : timesteps
  }
}

extension SolverLevels {
  typealias Spread = (levels: [Double], timesteps: [Double])

  /// Levels of the Karras, exponential or beta schedule over all training levels.
  static func spread(
    _ schedule: SigmaSchedule, _ settings: SchedulerSettings, _ noise: NoiseSchedule, steps: Int,
    karrasRounding: TimestepRounding = .nearest
  ) throws -> Spread {
    let levels = schedule.levels(
      from: try settings.inheritedNumber(.sigmaMax) ?? Double(noise.noiseLevels[noise.noiseLevels.count - 1]),
      to: try settings.inheritedNumber(.sigmaMin) ?? Double(noise.noiseLevels[0]), count: steps)
    let timesteps = levels.map { noise.timestep(ofNoiseLevel: $0) }
    return (levels, schedule == .karras ? karrasRounding(timesteps) : timesteps)
  }

  /// Levels of rectified flow, evenly spaced and shifted (`use_flow_sigmas`), as DPM-Solver and DEIS space them.
  static func flow(_ settings: SchedulerSettings, steps: Int) throws -> Spread {
    let trainTimesteps = Double(try NoiseSchedule.trainTimesteps(settings))
    let shift = try settings.number(.flowShift)
    let levels = EvenSpacing.closed(from: 1, to: 1 / trainTimesteps, count: steps + 1).dropFirst().reversed()
      .map { 1 - $0 }.map { shift * $0 / (1 + (shift - 1) * $0) }
    return (levels, levels.map { $0 * trainTimesteps })
  }

  /// The levels at timesteps spaced as the settings say, the first of them among the `visitable` ones (all, when nil).
  static func spaced(
    _ settings: SchedulerSettings, _ noise: NoiseSchedule, steps: Int, visitable: Int? = nil
  ) throws -> Spread {
    let trainTimesteps = try NoiseSchedule.trainTimesteps(settings)
    let spacing: TimestepSpacing = try settings.choice(.timestepSpacing)
    let timesteps = try spacing.timestepsBeforeLast(
      steps: steps, visitable: visitable ?? trainTimesteps, trainTimesteps: trainTimesteps,
      offset: settings.integer(.stepsOffset))
    return at(timesteps, noise)
  }

  /// The levels at the given whole timesteps.
  static func at(_ timesteps: [Double], _ noise: NoiseSchedule) -> Spread {
    (timesteps.map { noise.noiseLevel(at: $0) }, timesteps)
  }
}

/// A method over ``SolverLevels``.
protocol SolverMethod: SamplingMethod {
  var levels: SolverLevels { get }
}

extension SolverMethod {
  var timesteps: [Double] { levels.timesteps }
  var initialNoiseScale: Float { 1 }
  var startIndex: Int { levels.startIndex }

  func noised(_ original: Tensor, with noise: Tensor, at index: Int) -> Tensor {
    let point = levels.points[index]
    return point.signal * original + point.noise * noise
  }

  /// The clean latents that the denoiser's output stands for.
  func clean(_ output: Tensor, _ latents: Tensor, at index: Int) -> Tensor {
    let point = levels.points[index]
    return switch predictionType {
    case .epsilon: (latents - point.noise * output) / point.signal
    case .velocity: point.signal * latents - point.noise * output
    case .flow: latents - levels.levels[index] * output
    case .sample: output
    }
  }
}
