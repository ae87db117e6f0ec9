import JSON
import Sampling
import Testing

@Suite struct SamplingErrorTests {
  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  private func configuration(_ json: String) throws -> SchedulerConfiguration {
    try SchedulerConfiguration(JSONValue(parsing: Array(json.utf8)))
  }

  @Test(arguments: [
    (#"{"_class_name": "EDMEulerScheduler"}"#, "`_class_name` is \"EDMEulerScheduler\"; supported are DDIMScheduler"),
    (#"{"beta_start": 1}"#, "There is no `_class_name`"),
    (
      #"{"_class_name": "DDIMScheduler", "beta_start": "low"}"#,
      "`beta_start` is \"low\"; DDIMScheduler expects a number."
    ),
    (#"{"_class_name": "DDIMScheduler", "num_train_timesteps": 1}"#, "`num_train_timesteps` is 1; expected 2"),
    (#"{"_class_name": "DDIMScheduler", "num_train_timesteps": 1e300}"#, "`num_train_timesteps` is 1e+300"),
    (#"{"_class_name": "DDIMScheduler", "trained_betas": [0.1]}"#, "`trained_betas` holds 1 values"),
    (#"{"_class_name": "DDIMScheduler", "steps_offset": 0.5}"#, "no error"),
    (
      #"{"_class_name": "EulerDiscreteScheduler", "beta_schedule": "sigmoid"}"#,
      "\"scaled_linear\" or \"squaredcos_cap_v2\""
    ),
    (#"{"_class_name": "DDPMScheduler", "variance_type": "learned_range"}"#, "only fixed variances are supported"),
  ])
  func configurationsAreRefusedInWords(_ json: String, _ expected: String) throws {
    let configuration = try configuration(json)
    let found = message { _ = try Sampler(configuration: configuration, steps: 4) }
    #expect(found.contains(expected), "\(found)")
  }

  @Test(arguments: ["[]", "null", "3", "\"DDIMScheduler\""])
  func whatIsNoObjectIsRefused(_ json: String) {
    #expect(throws: SamplingError.self) { try self.configuration(json) }
  }

  @Test("euler-a has the schedules of k-diffusion, and reads files as diffusers does")
  func schedulesOfTheAncestral() throws {
    let names = #""_class_name": "EulerAncestralDiscreteScheduler", "timestep_spacing": "linspace""#
    let plain = try configuration("{\(names)}")
    for schedule in [SigmaSchedule.karras, .exponential, .beta] {
      let ancestral = try Sampler(.eulerAncestral, configuration: plain, steps: 7, schedule: schedule)
      let euler = try Sampler(.euler, configuration: plain, steps: 7, schedule: schedule)
      // Euler's class keeps them in float32.
      #expect(ancestral.timesteps.map { Float($0) } == euler.timesteps.map { Float($0) })
    }
    let told = try configuration("{\(names), \"use_karras_sigmas\": true}")
    #expect(try Sampler(configuration: told, steps: 7).timesteps == Sampler(configuration: plain, steps: 7).timesteps)
    // A flag takes the place of what the file says.
    let euler = try configuration(#"{"_class_name": "EulerDiscreteScheduler", "use_karras_sigmas": true}"#)
    let exponential = try Sampler(configuration: euler, steps: 7, schedule: .exponential)
    #expect(try exponential.timesteps != Sampler(configuration: euler, steps: 7).timesteps)
  }

  @Test func requestsAreRefusedInWords() throws {
    let file = try configuration(#"{"_class_name": "DDIMScheduler", "original_inference_steps": 20}"#)
    let refused = [
      message { _ = try Sampler(.ddim, configuration: file, steps: 0) }: "0 steps are too few",
      message { _ = try Sampler(.ddim, configuration: file, steps: 1001) }: "1001 steps are more than the 1000",
      message { _ = try Sampler(.ddim, configuration: file, steps: 9, schedule: .karras) }:
        "ddim has no karras schedule",
      message { _ = try Sampler(.ddim, configuration: file, steps: 9, schedule: .beta) }:
        "ddim has no beta",
      message { _ = try Sampler(.lcm, configuration: file, steps: 21) }: "21 steps are more than the 20",
      message { _ = try Sampler(.ddim, configuration: file, steps: 9, start: .picture(strength: 0.1)) }:
        "none of 9 steps",
      message { _ = try Sampler(.ddim, configuration: file, steps: 9, start: .picture(strength: 2)) }:
        "strength of 2.0",
    ]
    for (found, expected) in refused { #expect(found.contains(expected), "\(found)") }
  }

  @Test func pythonsInfinitiesAndPrivateKeysAreRead() throws {
    let file = try configuration(
      #"{"_class_name": "DPMSolverMultistepScheduler", "lambda_min_clipped": -Infinity, "variance_type": null, "x": {}}"#
    )
    let sampler = try Sampler(configuration: file, steps: 2)
    #expect(sampler.name == .dpmSolver2M)
    #expect(sampler.timesteps == [999, 500])
    #expect(sampler.trainTimesteps == 1000)
    #expect(sampler.predictionType == .epsilon)
  }

  /// A checkpoint of DPM-Solver that names its default; the same key without a value is a mistake.
  @Test(arguments: [("-Infinity", "no error"), ("null", "`lambda_min_clipped` is null"), ("-5.1", "no error")])
  func infinitiesReachTheSampler(_ value: String, _ expected: String) throws {
    let file = try configuration(
      #"{"_class_name": "DPMSolverMultistepScheduler", "lambda_min_clipped": \#(value)}"#)
    #expect(message { _ = try Sampler(configuration: file, steps: 2) }.contains(expected))
  }

  @Test func keysLeftToDefaultsCountAsAbsent() throws {
    let file = try configuration(
      #"{"_class_name": "DDIMScheduler", "beta_start": "low", "_use_default_values": ["beta_start"]}"#)
    #expect(message { _ = try Sampler(configuration: file, steps: 2) } == "no error")
  }

  @Test func stochasticAlgorithmOfACheckpointIsItsOwnSampler() throws {
    let file = try configuration(
      #"{"_class_name": "DPMSolverMultistepScheduler", "algorithm_type": "sde-dpmsolver++"}"#)
    let sampler = try Sampler(configuration: file, steps: 3)
    #expect(sampler.className == "DPMSolverMultistepScheduler")
    #expect(sampler.name == .dpmSolver2MStochastic)
  }
}
