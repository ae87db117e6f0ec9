import Families
import Guardrail
import Images
import Networks
import Sampling
import System
import Tensors

/// Times a model's networks one by one, on the work of one picture: `limn bench`.
package struct Benchmark {
  /// The networks that can be timed.
  package enum Network: String, CaseIterable, Sendable {
    case text, denoiser, guided, decoder, upscaler
  }

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

  private let order: Order
  private let rounds: Int
  private let networks: Set<Network>

  /// - Parameters:
  ///   - order: Whose prompt is read, and whose size is painted.
  ///   - rounds: Runs of each stage after the first.
  ///   - networks: Which; those that the model does not have are left out.
  package init(_ order: Order, rounds: Int, networks: Set<Network> = Set(Network.allCases)) {
    precondition(rounds > 0, "Benchmark: \(rounds) rounds")
    (self.order, self.rounds, self.networks) = (order, rounds, networks)
  }

  /// Runs all stages, each announced to `progress` before it begins.
  ///
  /// - Throws: the error of the module whose input was at fault.
  package func run(progress: (String) -> Void) throws -> [Stage] {
    let family = order.model.family
    let part = order.scene.parts[0]
    var stages: [Stage] = []
    func add(_ network: Network, _ name: String, _ work: () throws -> Void) throws {
      guard networks.contains(network) else { return }
      progress(name)
      stages.append(try measure(name, work))
    }

    let precision = order.precision
    let condition = try family.condition(part, ConditionOptions(isGuided: true, precision: precision.besideBytes))
    let one = ConditionOptions(isGuided: false, precision: precision.besideBytes, usesCache: false)
    try add(.text, "text encoder, one prompt") { _ = try family.condition(part, one) }
    family.release(.text)

    let scale = family.latents.pixelsPerLatent
    let (height, width) = (part.size.height / scale, part.size.width / scale)
    let latents = noise([1, height, width, family.latents.channels])
    if !networks.isDisjoint(with: [.denoiser, .guided]) {
      let predictor = try family.predictor(condition, PredictorOptions(size: part.size, precision: precision))
      try add(.denoiser, "denoiser") { _ = try predictor.single(latents, 500) }
      try add(.guided, "denoiser, guided") { _ = try predictor.pair(latents, 500) }
    }
    order.model.releaseDenoiser()

    let autoencoder = try family.autoencoder(precision.besideBytes)
    try add(.decoder, "decoder") { _ = autoencoder.decode(latents, tileEdge: nil) }

    let enlargement = order.model.defaults.enlargement
    if enlargement > 1 {
      let picture = noise([1, part.size.height, part.size.width, 3]).clamped(to: -1...1)
      let larger = PictureSize(width: enlargement * part.size.width, height: enlargement * part.size.height)
      let size = SizePlan(painted: part.size, written: larger)
      try add(.upscaler, "upscaler, \(enlargement) times") { _ = try family.enlarged(picture, to: size) }
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
