import JSON
import Sampling
import Tensors
import Testing

/// Expected numbers: `Tests/Reference/samplers.py`.
struct SamplerFile: Decodable, Sendable {
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let sampler: String
    let configuration: String
    let schedule: String?
    let spacing: String?
    let steps: Int
    let strength: Double?
    let pipeline: String?
    let refused: String?
    let timesteps: PackedFloats?
    let latents: PackedFloats?
    let scale: Double?

    /// Whether diffusers ends without numbers, where limn says so instead.
    var isUndefined: Bool { latents.map { !$0.values.allSatisfy(\.isFinite) } ?? false }

    var testDescription: String {
      "\(sampler) \(configuration) \(schedule ?? "") \(spacing ?? "") \(steps) steps \(strength.map { "from \($0)" } ?? "")"
    }
  }

  let shape: [Int]
  let seed: UInt64
  let cases: [Case]

  static let shared = try? Fixture.decoded("samplers.json", as: SamplerFile.self)

  /// The `scheduler_config.json` of each configuration that the cases name.
  static let configurations = try? JSONValue(parsing: Array(Fixture.data("samplers.json")))["configurations"]

  /// One group of cases a sampler, so that a failure names its sampler.
  static let bySampler = Dictionary(grouping: shared?.cases ?? [], by: \.sampler)
}

@Suite struct SamplerTests {
  /// How far a number may be off; torch's own square roots and logarithms are off in the last bit on some processors.
  private struct Tolerance {
    /// Of the latents' largest value.
    let latents: Float
    let timestep: Float

    init(_ sampler: Sampler) {
      // dpm2-a takes the root of the small difference of two squares; zero terminal SNR begins at a noise level of 4096.
      let isIllConditioned = sampler.name == .dpm2Ancestral || sampler.initialNoiseScale > 1000
      latents = isIllConditioned ? 1e-4 : 1e-5
      timestep = sampler.name == .dpm2Ancestral ? 2e-2 : 2e-4
    }
  }

  @Test func fixtureIsRead() { #expect(SamplerFile.bySampler.count == SamplerName.allCases.count) }

  @Test(arguments: SamplerName.allCases)
  func samplesAsDiffusersDoes(_ name: SamplerName) throws {
    let file = try #require(SamplerFile.shared)
    for reference in SamplerFile.bySampler[name.rawValue] ?? [] {
      do {
        try check(reference, file)
      } catch {
        Issue.record("\(reference.testDescription): \(error)")
      }
    }
  }

  private func check(_ reference: SamplerFile.Case, _ file: SamplerFile) throws {
    guard reference.refused == nil && !reference.isUndefined else {
      #expect(throws: SamplingError.self, "\(reference.testDescription)") {
        _ = try self.run(self.sampler(reference, file), reference, file)
      }
      return
    }
    let sampler = try self.sampler(reference, file)
    let tolerance = Tolerance(sampler)
    let expected = try #require(reference.latents?.values)
    let timesteps = try #require(reference.timesteps?.values)
    #expect(
      sampler.timesteps.count == timesteps.count
        && zip(sampler.timesteps, timesteps).allSatisfy { (Float($0) - $1).magnitude <= tolerance.timestep },
      "\(reference.testDescription): timesteps \(sampler.timesteps), expected \(timesteps)")
    let found = try run(sampler, reference, file)
    let difference = largestDifference(found, expected)
    #expect(difference <= tolerance.latents, "\(reference.testDescription): off by \(difference)")
    if reference.strength == nil {
      let scale = Float(reference.scale ?? 1)
      #expect((sampler.initialNoiseScale - scale).magnitude <= 1e-6 * scale, "\(reference.testDescription)")
    }
  }

  private func sampler(_ reference: SamplerFile.Case, _ file: SamplerFile) throws -> Sampler {
    try Sampler(
      try #require(SamplerName(rawValue: reference.sampler)),
      configuration: SchedulerConfiguration(#require(SamplerFile.configurations?[reference.configuration])),
      steps: reference.steps,
      schedule: reference.schedule.flatMap { SigmaSchedule(rawValue: $0) } ?? .model,
      spacing: reference.spacing.flatMap { TimestepSpacing(rawValue: $0) },
      start: reference.strength.map { .picture(strength: $0) } ?? .noise,
      pipeline: reference.pipeline == nil ? .stableDiffusion : .latentConsistency)
  }

  /// The final latents in the order of the reference, channels first.
  private func run(_ sampler: Sampler, _ reference: SamplerFile.Case, _ file: SamplerFile) throws -> [Float] {
    let shape = [file.shape[0], file.shape[2], file.shape[3], file.shape[1]]
    var random = TorchRandom(seed: file.seed)
    let drawn = random.normalLatents(shape: shape)
    let start =
      reference.strength == nil
      ? sampler.startingLatents(noise: drawn)
      : sampler.startingLatents(picture: 0.18215 * drawn, noise: random.normalLatents(shape: shape))
    let result = try sampler.sample(from: start, random: &random, denoise: Self.denoise)
    let (pixels, channels) = (shape[1] * shape[2], shape[3])
    return (0..<result.count).map { result.values[$0 % pixels * channels + $0 / pixels] }
  }

  /// The twin of `denoise` in the script.
  private static func denoise(_ latents: Tensor, _ timestep: Float) -> Tensor {
    let time = timestep * 0.001
    let shift = 0.1 * time * (1 - time)
    return latents.map { 0.8 * $0 / (1 + 0.25 * ($0 * $0)) + shift }
  }

  /// Relative to the largest expected value.
  private func largestDifference(_ found: [Float], _ expected: [Float]) -> Float {
    let scale = expected.map(\.magnitude).max() ?? 1
    let differences = zip(found, expected).map { ($0 - $1).magnitude / scale }
    return found.count == expected.count ? differences.max() ?? 0 : .infinity
  }
}
