import System

/// The noise that the network was trained with: how much signal is left at each training timestep.
struct NoiseSchedule: Sendable {
  /// The product of all `1 - beta` up to each training timestep (`alphas_cumprod`).
  let alphaProducts: [Float]
  /// Noise over signal at each training timestep (`sigmas`, in ascending order).
  let noiseLevels: [Float]
  let logNoiseLevels: [Float]

  /// - Parameters:
  ///   - known: the `beta_schedule`s that the class implements.
  ///   - flooringTerminalSignal: whether the class keeps a last trace of signal (the smallest float16) where
  ///     zero terminal SNR would leave none, so that no noise level is infinite.
  init(
    _ settings: SchedulerSettings, known: [BetaSchedule] = BetaSchedule.common, flooringTerminalSignal: Bool = false
  ) throws {
    let betas: [Float]
    if let trained = try settings.optionalNumbers(.trainedBetas) {
      betas = trained.map { Float($0) }
    } else {
      let schedule: BetaSchedule = try settings.choice(.betaSchedule, of: known)
      let (start, end) = (try settings.number(.betaStart), try settings.number(.betaEnd))
      guard (0..<1).contains(start), (0..<1).contains(end) else {
        throw SamplingError.configuration("`beta_start` is \(start) and `beta_end` \(end); expected 0 to 1.")
      }
      betas = schedule.betas(from: start, to: end, count: try Self.trainTimesteps(settings))
    }
    guard betas.allSatisfy({ (0...1).contains($0) }) else {
      throw SamplingError.configuration("`trained_betas` holds values that are not between 0 and 1.")
    }
    guard betas.count > 1 else {
      throw SamplingError.configuration("`trained_betas` holds \(betas.count) values; expected at least two.")
    }
    let rescales = try settings.flag(.rescalesToZeroSNR)
    var products = Self.cumulativeProduct((rescales ? Self.rescaledToZeroSNR(betas) : betas).map { 1 - $0 })
    if rescales && flooringTerminalSignal { products[products.count - 1] = 0x1p-24 }
    alphaProducts = products
    noiseLevels = products.map { ((1 - $0) / $0).squareRoot() }
    logNoiseLevels = noiseLevels.map { numpyLogarithm($0) }
  }

  /// `num_train_timesteps`, checked.
  static func trainTimesteps(_ settings: SchedulerSettings) throws -> Int {
    let count = try settings.integer(.trainTimesteps)
    guard (2...1_000_000).contains(count) else {
      throw SamplingError.configuration("`num_train_timesteps` is \(count); expected 2 to 1000000.")
    }
    return count
  }

  /// The signal left at a training timestep; as in Python, negative timesteps count from the end.
  func alphaProduct(at timestep: Int) -> Float {
    alphaProducts[timestep < 0 ? timestep + alphaProducts.count : timestep]
  }

  /// Refuses timesteps that the network was not trained for, which the alpha-based schedulers look up.
  func check(_ timesteps: [Int]) throws {
    let count = alphaProducts.count
    for timestep in timesteps where !(-count..<count).contains(timestep) {
      throw SamplingError.request(
        "The spacing and this number of steps lead to timestep \(timestep), but the network was trained for 0 to \(count - 1); use fewer steps."
      )
    }
  }

  /// torch multiplies up in double precision and rounds each product.
  private static func cumulativeProduct(_ factors: [Float]) -> [Float] {
    var product = 1.0
    return factors.map {
      product *= Double($0)
      return Float(product)
    }
  }

  /// Lin et al. 2023, "Common Diffusion Noise Schedules and Sample Steps are Flawed", algorithm 1.
  private static func rescaledToZeroSNR(_ betas: [Float]) -> [Float] {
    var roots = cumulativeProduct(betas.map { 1 - $0 }).map { $0.squareRoot() }
    let (first, last) = (roots[0], roots[roots.count - 1])
    let stretch = first / (first - last)
    roots = roots.map { ($0 - last) * stretch }
    let products = roots.map { $0 * $0 }
    return products.indices.map { 1 - ($0 == 0 ? products[0] : products[$0] / products[$0 - 1]) }
  }
}

extension NoiseSchedule {
  /// The noise level at a timestep that may lie between two training timesteps (`numpy.interp`).
  func noiseLevel(at timestep: Double) -> Double {
    let last = noiseLevels.count - 1
    guard timestep > 0 else { return Double(noiseLevels[0]) }
    guard timestep < Double(last) else { return Double(noiseLevels[last]) }
    let below = Int(timestep)
    let low = Double(noiseLevels[below])
    let fraction = timestep - Double(below)
    return fraction == 0 ? low : (Double(noiseLevels[below + 1]) - low) * fraction + low
  }

  /// The timestep of a noise level, by linear interpolation of its logarithm (`_sigma_to_t`).
  func timestep(ofNoiseLevel level: Double) -> Double {
    let logarithm = log(max(level, 1e-10))
    let below = lastTimestep { Double($0) <= logarithm }
    let (low, high) = (logNoiseLevels[below], logNoiseLevels[below + 1])
    let weight = min(max((Double(low) - logarithm) / Double(low - high), 0), 1)
    return (1 - weight) * Double(below) + weight * Double(below + 1)
  }

  /// The same, rounded to float32 after each operation, as the schedulers that keep their levels in torch do it.
  func timestep(ofNoiseLevel level: Float) -> Float {
    let logarithm = numpyLogarithm(max(level, 1e-10))
    let below = lastTimestep { $0 <= logarithm }
    let (low, high) = (logNoiseLevels[below], logNoiseLevels[below + 1])
    let weight = min(max((low - logarithm) / (low - high), 0), 1)
    return (1 - weight) * Float(below) + weight * Float(below + 1)
  }

  /// The last timestep but the very last whose logarithm fits, or 0 where none does.
  private func lastTimestep(where fits: (Float) -> Bool) -> Int {
    min(logNoiseLevels.lastIndex(where: fits) ?? 0, logNoiseLevels.count - 2)
  }
}
