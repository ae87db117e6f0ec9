import JSON
import Sampling
import Tensors
import Testing

/// Expected numbers: `Tests/Reference/samplers_flow.py`.
struct FlowSamplerFile: Decodable, Sendable {
  struct Case: Decodable, Sendable {
    let sampler: String
    let configuration: String
    let schedule: String?
    let pipeline: String
    let tokens: Int
    let steps: Int
    let strength: Double?
    let timesteps: PackedFloats
    let latents: PackedFloats

    var name: String {
      "\(sampler) \(configuration) \(schedule ?? "") \(pipeline) \(tokens) tokens, \(steps) steps \(strength.map { "from \($0)" } ?? "")"
    }
  }

  let shape: [Int]
  let seed: UInt64
  let cases: [Case]

  static let shared = try? Fixture.decoded("samplers_flow.json", as: FlowSamplerFile.self)
  static let configurations = try? JSONValue(parsing: Array(Fixture.data("samplers_flow.json")))["configurations"]
  static let bySampler = Dictionary(grouping: shared?.cases ?? [], by: \.sampler)
}

@Suite struct FlowSamplerTests {
  static let names: [SamplerName] = [
    .model, .euler, .heun, .dpmSolver2M, .dpmSolver2MStochastic, .dpmSolver2S, .uniPC, .lcm,
  ]

  private static let configuration = #"{"_class_name": "FlowMatchEulerDiscreteScheduler", "shift": 3.0}"#

  @Test func fixtureIsRead() { #expect(Set(FlowSamplerFile.bySampler.keys) == Set(Self.names.map(\.rawValue))) }

  @Test(arguments: names)
  func samplesAsDiffusersDoes(_ name: SamplerName) throws {
    let file = try #require(FlowSamplerFile.shared)
    for reference in FlowSamplerFile.bySampler[name.rawValue] ?? [] {
      let sampler = try Sampler(
        name,
        configuration: SchedulerConfiguration(#require(FlowSamplerFile.configurations?[reference.configuration])),
        steps: reference.steps, schedule: reference.schedule.flatMap { SigmaSchedule(rawValue: $0) } ?? .model,
        start: reference.strength.map { .picture(strength: $0) } ?? .noise,
        pipeline: reference.pipeline == "flux2"
          ? .flux2(imageTokens: reference.tokens) : .zImage(imageTokens: reference.tokens))
      let expected = reference.timesteps.values
      #expect(
        sampler.timesteps.count == expected.count
          && zip(sampler.timesteps, expected).allSatisfy { (Float($0) - $1).magnitude <= 5e-4 },
        "\(reference.name): timesteps \(sampler.timesteps), expected \(expected)")
      let found = try run(sampler, reference, file)
      let scale = reference.latents.values.map(\.magnitude).max() ?? 1
      let difference = zip(found, reference.latents.values).map { ($0 - $1).magnitude / scale }.max() ?? .infinity
      #expect(difference <= 1e-5, "\(reference.name): off by \(difference)")
    }
  }

  /// The final latents in the order of the reference, channels first.
  private func run(_ sampler: Sampler, _ reference: FlowSamplerFile.Case, _ file: FlowSamplerFile) throws -> [Float] {
    let shape = [file.shape[0], file.shape[2], file.shape[3], file.shape[1]]
    var random = TorchRandom(seed: file.seed)
    let drawn = random.normalLatents(shape: shape)
    let start =
      reference.strength == nil
      ? sampler.startingLatents(noise: drawn)
      : sampler.startingLatents(picture: 0.18215 * drawn, noise: random.normalLatents(shape: shape))
    let result = try sampler.sample(from: start, random: &random) { latents, timestep in
      let time = timestep * 0.001
      let shift = 0.1 * time * (1 - time)
      return latents.map { 0.8 * $0 / (1 + 0.25 * ($0 * $0)) + shift }
    }
    let (pixels, channels) = (shape[1] * shape[2], shape[3])
    return (0..<result.count).map { result.values[$0 % pixels * channels + $0 / pixels] }
  }

  @Test(arguments: SamplerName.allCases.filter { !names.contains($0) })
  func samplersWithoutAFormForFlowAreRefused(_ name: SamplerName) throws {
    let error = #expect(throws: SamplingError.self) { _ = try sampler(name) }
    #expect(error?.origin == .request)
    #expect(error?.description.contains("no form for models of rectified flow; use euler, heun,") == true)
  }

  @Test func whatFlowHasNoUseForIsRefused() throws {
    #expect(throws: SamplingError.self) { _ = try sampler(.euler, spacing: .trailing) }
    #expect(throws: SamplingError.self) { _ = try sampler(.euler, timesteps: [999, 500]) }
    #expect(throws: SamplingError.self) { _ = try sampler(.uniPC, schedule: .karras) }
    #expect(throws: SamplingError.self) { _ = try sampler(.heun, schedule: .beta) }
    #expect(throws: SamplingError.self) { _ = try sampler(.euler, start: .picture(strength: 0)) }
    for wrong in [#""shift": 0"#, #""invert_sigmas": true"#, #""shift_terminal": 1.5"#] {
      let error = #expect(throws: SamplingError.self) {
        _ = try sampler(.euler, configuration: #"{"_class_name": "FlowMatchEulerDiscreteScheduler", \#(wrong)}"#)
      }
      #expect(error?.description.contains("shift") == true || error?.description.contains("invert_sigmas") == true)
    }
  }

  /// A model of other kinds does not take a scheduler of rectified flow by accident.
  @Test func flowSchedulersAreNotForOtherModels() throws {
    #expect(throws: SamplingError.self) {
      _ = try Sampler(
        configuration: SchedulerConfiguration(JSONValue(parsing: Array(Self.configuration.utf8))), steps: 4)
    }
  }

  private func sampler(
    _ name: SamplerName, configuration: String = configuration, schedule: SigmaSchedule = .model,
    spacing: TimestepSpacing? = nil, timesteps: [Int]? = nil, start: Sampler.Start = .noise
  ) throws -> Sampler {
    try Sampler(
      name, configuration: SchedulerConfiguration(JSONValue(parsing: Array(configuration.utf8))), steps: 4,
      schedule: schedule, spacing: spacing, timesteps: timesteps, start: start, pipeline: .zImage(imageTokens: 256))
  }
}
