import Guardrail
import Networks
import Sampling
import Tensors

/// Times a model's networks one by one, on the work of one picture: `limn bench`.
package struct Benchmark {
  /// One network on one piece of work.
  package struct Stage: Sendable {
    package let name: String
    /// Seconds of each round, in order.
    package let rounds: [Double]
    /// Seconds that the first run took beyond a later one: weights are read and packed then.
    package let preparation: Double
    /// Where the time of the last round went.
    package let profile: OperationProfile

    package var median: Double { rounds.sorted()[rounds.count / 2] }
    package var best: Double { rounds.min() ?? 0 }
    /// Billions of multiplications and additions.
    package var gigaOperations: Double { profile.total.gigaOperations }
  }

  private let model: Model
  private let size: PictureSize
  private let rounds: Int

  /// - Parameters:
  ///   - size: What the model paints, in pixels.
  ///   - rounds: Runs of each stage after the first.
  package init(_ model: Model, size: PictureSize, rounds: Int) {
    precondition(rounds > 0, "Benchmark: \(rounds) rounds")
    (self.model, self.size, self.rounds) = (model, size, rounds)
  }

  /// Runs all stages, each announced to `progress` before it begins.
  ///
  /// - Throws: the error of the module whose input was at fault.
  package func run(_ prompt: ApprovedPrompt, progress: (String) -> Void) throws -> [Stage] {
    let scale = model.traits.pixelsPerLatent
    let (encoder, prior) = try (model.textEncoder(), model.prior())
    var stages: [Stage] = []

    func encoding(isGuided: Bool) throws -> TextContext {
      try PromptEncoding(
        prompt: prompt.prompt, negative: prompt.negative, isGuided: isGuided, syntax: .plain, clipSkip: 0,
        tokenizer: model.tokenizer, encoder: encoder, prior: prior
      ).context
    }
    let (single, pair) = (try encoding(isGuided: false), try encoding(isGuided: true))
    let name = prior == nil ? "text encoder, one prompt" : "text encoder and prior"
    progress(name)
    stages.append(try measure(name) { _ = try encoding(isGuided: false) })
    model.releaseTextEncoder()

    let denoiser = try model.denoiser()
    let latents = noise([1, size.height / scale, size.width / scale, denoiser.inputChannels])
    for (name, batch, context) in [
      ("denoiser", latents, single), ("denoiser, guided", Tensor.concatenated([latents, latents]), pair),
    ] {
      progress(name)
      stages.append(
        try measure(name) { _ = denoiser(batch, timestep: 500, context: context, guidance: 1) })
    }
    model.releaseDenoiser()

    let autoencoder = try model.autoencoder()
    progress("decoder")
    let clean = noise([1, size.height / scale, size.width / scale, autoencoder.latentChannels])
    stages.append(try measure("decoder") { _ = autoencoder.decode(clean, tileEdge: nil) })

    if let upscaler = try model.upscaler() {
      progress("upscaler")
      let picture = noise([1, size.height, size.width, 3]).clamped(to: 0...1)
      stages.append(try measure("upscaler, \(upscaler.scale) times") { _ = upscaler(picture) })
    }
    return stages
  }

  private func noise(_ shape: [Int]) -> Tensor {
    var random = TorchRandom(seed: 0)
    return random.normalLatents(shape: shape)
  }

  private func measure(_ name: String, _ work: () throws -> Void) throws -> Stage {
    func timed() throws -> (seconds: Double, profile: OperationProfile) {
      let clock = ContinuousClock()
      let start = clock.now
      let (_, profile) = try Compute.profiling(work)
      return ((clock.now - start) / .seconds(1), profile)
    }
    let first = try timed()
    let later = try (0..<rounds).map { _ in try timed() }
    let times = later.map(\.seconds)
    return Stage(
      name: name, rounds: times, preparation: max(0, first.seconds - (times.min() ?? 0)),
      profile: later[later.count - 1].profile)
  }
}
