import Tensors

/// One diffusers scheduler class, set up for a number of steps.
///
/// `index` always counts positions in ``timesteps`` (diffusers' `step_index`). A method is a value: a run works on
/// a copy that remembers what a multi-step method needs.
protocol SamplingMethod: Sendable {
  /// The class's name and its initialiser's parameters.
  static var scheduler: SchedulerClass { get }
  /// How many denoiser evaluations one of the requested steps takes, as diffusers counts when it skips steps of a
  /// picture that it starts from.
  static var order: Int { get }
  /// Whether diffusers' class visits timesteps that somebody names (``SchedulerSettings/timesteps``).
  static var takesTimesteps: Bool { get }

  init(_ settings: SchedulerSettings, steps: Int) throws

  var predictionType: PredictionType { get }
  /// What the denoiser is told at each evaluation, highest noise first.
  var timesteps: [Double] { get }
  /// The standard deviation of the latents to start from.
  var initialNoiseScale: Float { get }
  /// Where a run from pure noise begins.
  var startIndex: Int { get }

  /// Clean latents with as much noise as a run that begins at `index` expects.
  func noised(_ original: Tensor, with noise: Tensor, at index: Int) -> Tensor
  /// What the denoiser is shown.
  func scaledInput(_ latents: Tensor, at index: Int) -> Tensor
  /// Takes the denoiser's output to the latents of the next evaluation.
  /// - Parameter noise: draws noise of the latents' shape; called once for each draw of diffusers.
  mutating func step(_ output: Tensor, at index: Int, from latents: Tensor, noise: () -> Tensor) -> StepResult
}

/// What one evaluation leads to.
struct StepResult {
  let latents: Tensor
  /// The clean latents that the method sees from here, where it computes them.
  let clean: Tensor?
}

extension SamplingMethod {
  static var order: Int { 1 }
  static var takesTimesteps: Bool { false }
  var startIndex: Int { 0 }
  func scaledInput(_ latents: Tensor, at index: Int) -> Tensor { latents }
}

/// A method that knows noise as `alphas_cumprod` of whole timesteps.
protocol AlphaMethod: SamplingMethod {
  var schedule: NoiseSchedule { get }
}

extension AlphaMethod {
  var initialNoiseScale: Float { 1 }

  func noised(_ original: Tensor, with noise: Tensor, at index: Int) -> Tensor {
    let alphaProduct = schedule.alphaProduct(at: Int(timesteps[index]))
    return alphaProduct.squareRoot() * original + (1 - alphaProduct).squareRoot() * noise
  }
}
