import Tensors

/// Linear multi-steps of up to fourth order over noise levels (k-diffusion); diffusers' LMSDiscreteScheduler.
struct LMS: NoiseLevelMethod {
  static let scheduler = SchedulerClass(
    "LMSDiscreteScheduler",
    parameters: [
      .usesKarrasSigmas: false, .usesExponentialSigmas: false, .usesBetaSigmas: false,
      .timestepSpacing: "linspace", .stepsOffset: 0,
    ])
  private static let highestOrder = 4

  let predictionType: PredictionType
  let timesteps: [Double]
  let levels: [Float]
  let initialNoiseScale: Float
  /// The newest first.
  private var derivatives: [Tensor] = []

  init(_ settings: SchedulerSettings, steps: Int) throws {
    let noise = try NoiseSchedule(settings)
    predictionType = try settings.choice(.predictionType, of: [.epsilon, .sample, .velocity])
    let plan = try NoiseLevelPlan(settings, noise, steps: steps, boundsKarrasByKeys: false)
    timesteps = plan.timesteps.map { Double(Float($0)) }
    levels = plan.levels(endingWith: 0)
    initialNoiseScale = plan.initialNoiseScale
  }

  mutating func step(_ output: Tensor, at index: Int, from latents: Tensor, noise: () -> Tensor) -> StepResult {
    let clean = predictionType.clean(output, latents, noiseLevel: levels[index])
    derivatives.insert((latents - clean) / levels[index], at: 0)
    derivatives = Array(derivatives.prefix(Self.highestOrder))

    // The order follows the position, also where a run that starts in the middle has fewer derivatives.
    let order = min(index + 1, Self.highestOrder)
    var sum: Tensor?
    for (position, derivative) in derivatives.prefix(order).enumerated() {
      let term = derivative * coefficient(position, order: order, at: index)
      sum = sum.map { $0 + term } ?? term
    }
    return StepResult(latents: sum.map { latents + $0 } ?? latents, clean: clean)
  }

  /// The integral of a Lagrange polynomial over the step; Gauss's rule with two points is exact for cubics.
  private func coefficient(_ position: Int, order: Int, at index: Int) -> Float {
    let (start, end) = (Double(levels[index]), Double(levels[index + 1]))
    func polynomial(_ level: Double) -> Double {
      let own = Double(levels[index - position])
      return (0..<order).filter { $0 != position }.reduce(1) { product, other in
        let level = (level - Double(levels[index - other])) / (own - Double(levels[index - other]))
        return product * level
      }
    }
    let (middle, half) = ((start + end) / 2, (end - start) / 2)
    let offset = half / 3.0.squareRoot()
    return Float(half * (polynomial(middle - offset) + polynomial(middle + offset)))
  }
}
