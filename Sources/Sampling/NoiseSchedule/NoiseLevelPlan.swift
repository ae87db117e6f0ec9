import System
import Tensors

/// The noise levels and timesteps that diffusers' ports of k-diffusion visit, one of each a step.
struct NoiseLevelPlan: Sendable {
  /// Descending noise levels, without the final one.
  var levels: [Double]
  /// The timestep of each level, as the denoiser is told it.
  var timesteps: [Double]
  /// The standard deviation of the latents to start from.
  let initialNoiseScale: Float

  /// - Parameters:
  ///   - roundsKarrasTimesteps: KDPM2's classes round them.
  ///   - boundsKarrasByKeys: whether `sigma_min` and `sigma_max` bound the Karras schedule; in LMSDiscreteScheduler they do not.
  ///   - interpolatesLogarithms: EulerDiscreteScheduler's `interpolation_type` "log_linear".
  init(
    _ settings: SchedulerSettings, _ noise: NoiseSchedule, steps: Int, roundsKarrasTimesteps: Bool = false,
    boundsKarrasByKeys: Bool = true, interpolatesLogarithms: Bool = false
  ) throws {
    let spacing: TimestepSpacing = try settings.choice(.timestepSpacing)
    timesteps =
      try settings.timesteps?.map { Double($0) }
      ?? spacing.timesteps(
        steps: steps, trainTimesteps: NoiseSchedule.trainTimesteps(settings), offset: settings.integer(.stepsOffset)
      ).map { Double(Float($0)) }
    levels = timesteps.map { noise.noiseLevel(at: $0) }
    if interpolatesLogarithms {
      let (lowest, highest) = (noise.logNoiseLevels[0], noise.logNoiseLevels[noise.logNoiseLevels.count - 1])
      levels = EvenSpacing.closedFloats(from: highest, to: lowest, count: steps + 1).map { Double(expf($0)) }
    }

    let schedule = try SigmaSchedule(settings)
    if schedule != .model {
      let bounds = boundsKarrasByKeys || schedule != .karras
      let highest = bounds ? try settings.inheritedNumber(.sigmaMax) : nil
      let lowest = bounds ? try settings.inheritedNumber(.sigmaMin) : nil
      levels = schedule.levels(
        from: highest ?? levels[0], to: lowest ?? levels[levels.count - 1], count: steps)
      timesteps = levels.map { noise.timestep(ofNoiseLevel: $0) }
      if roundsKarrasTimesteps && schedule == .karras {
        timesteps = timesteps.map { $0.rounded(.toNearestOrEven) }
      }
    }
    let highest = Float(levels.max() ?? 0)
    initialNoiseScale = spacing == .leading ? (highest * highest + 1).squareRoot() : highest
  }

  /// The levels in float32, followed by `final`.
  func levels(endingWith final: Float) -> [Float] { levels.map { Float($0) } + [final] }
}

/// A method whose latents are `clean + noiseLevel * noise` (Karras et al. 2022).
protocol NoiseLevelMethod: SamplingMethod {
  /// The noise level at each position of the timesteps, and the final one.
  var levels: [Float] { get }
}

extension NoiseLevelMethod {
  var startIndex: Int { timesteps.startIndexOfRun }

  func noised(_ original: Tensor, with noise: Tensor, at index: Int) -> Tensor {
    original + noise * levels[index]
  }

  func scaledInput(_ latents: Tensor, at index: Int) -> Tensor { latents.scaled(toNoiseLevel: levels[index]) }
}

extension Tensor {
  /// The latents with unit variance, as the network was trained on.
  func scaled(toNoiseLevel level: Float) -> Tensor { self / (level * level + 1).squareRoot() }
}

extension [Double] {
  /// diffusers looks its first timestep up, and takes the second of several equal ones.
  var startIndexOfRun: Int {
    guard let first, let second = dropFirst().firstIndex(of: first) else { return 0 }
    return second
  }
}
