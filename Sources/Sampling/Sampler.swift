import Tensors

/// A plan of sampling: which denoiser evaluations are made and how latents follow from them.
///
/// It does what diffusers' scheduler class of that name does, made by `from_config` from the checkpoint's configuration and
/// run by its pipeline. It is a value; `sample` runs it as often as wanted.
package struct Sampler: Sendable {
  /// Where sampling starts.
  package enum Start: Sendable, Equatable {
    case noise
    /// From a picture's latents; `strength` of 0...1 is the share of the steps that is taken, 1 all of them.
    case picture(strength: Double)
    /// From a picture's latents, left as far as `strength` says, in as many steps as are asked for: they are the last of more.
    case secondPass(strength: Double)

    /// How many steps are planned so that those asked for are taken (A1111's `setup_img2img_steps`).
    fileprivate func planned(_ steps: Int, visiting timesteps: [Int]?) -> Int {
      guard case .secondPass(let strength) = self else { return steps }
      return timesteps?.count ?? max(steps, Int(Double(steps) / min(max(strength, 0.001), 0.999)))
    }
  }

  /// Whose habits are followed where diffusers' pipelines differ.
  package enum Pipeline: Sendable, Equatable {
    /// Corrects `steps_offset` and `clip_sample` of "outdated" configurations; begins a picture by leaving out steps.
    case stableDiffusion
    /// Leaves the configuration as it is; lcm begins a picture by spreading all steps over its part of the timesteps.
    case latentConsistency
    /// Leaves the configuration as it is.
    case stableDiffusionXL
    /// Flux2KleinPipeline: rectified flow, shifted for so many tokens of the picture.
    case flux2(imageTokens: Int)
    /// ZImagePipeline: rectified flow, shifted for so many tokens where the configuration's shift is dynamic.
    case zImage(imageTokens: Int)
  }

  /// The sampler, never ``SamplerName/model``.
  package let name: SamplerName
  /// The class's name in diffusers.
  package var className: String { type(of: method).scheduler.name }
  /// What the denoiser's output means.
  package var predictionType: PredictionType { method.predictionType }
  /// How many timesteps the network was trained for.
  package let trainTimesteps: Int
  /// What the denoiser is told at each evaluation, in order; two a step with heun and the dpm2 samplers.
  package let timesteps: [Double]
  /// The standard deviation of the latents that a run from pure noise starts with (`init_noise_sigma`).
  package var initialNoiseScale: Float { method.initialNoiseScale }

  private let method: any SamplingMethod
  /// The position of the first evaluation among all of the method's.
  private let startIndex: Int

  /// Sets a sampler up.
  ///
  /// - Parameters:
  ///   - name: the sampler; `.model` is the one that the configuration names.
  ///   - configuration: the checkpoint's `scheduler_config.json`.
  ///   - steps: the steps asked for; a picture at `strength` takes its share of them.
  ///   - schedule: how noise levels are spread; `.model` leaves it to the configuration.
  ///   - spacing: which timesteps are visited; nil leaves it to the configuration. Classes without the key (dpm++2s)
  ///     and those that do not look at it (lcm, tcd, and most under a schedule of their own) ignore it, as in diffusers.
  ///   - timesteps: those to visit, in place of such that follow from `steps` and `spacing`, for the classes that take them.
  ///   - eta: how much fresh noise a step brings in, for the samplers that take it (``EtaMethod``).
  /// - Throws: ``SamplingError`` for configurations and combinations that diffusers refuses, and for a schedule that
  ///   the sampler's class does not have.
  package init(
    _ name: SamplerName = .model, configuration: SchedulerConfiguration, steps: Int, schedule: SigmaSchedule = .model,
    spacing: TimestepSpacing? = nil, timesteps: [Int]? = nil, eta: Double = 0, start: Start = .noise,
    pipeline: Pipeline = .stableDiffusion
  ) throws {
    guard steps >= 1 else {
      throw SamplingError.request("\(steps) steps are too few; use at least 1.")
    }
    let entry = try CatalogueEntry.find(name, configuration, isFlow: pipeline.isFlow)
    var overrides = entry.overrides.filter { _ in name != .model || pipeline.isFlow }
    let planned = start.planned(steps, visiting: timesteps)
    if let shift = try pipeline.flowShift(configuration, steps: planned) {
      overrides[.flowShift] = .number(shift)
      try Self.checkFlow(entry, schedule: schedule, spacing: spacing, timesteps: timesteps)
    }
    if let spacing { overrides[.timestepSpacing] = .string(spacing.rawValue) }
    if let key = schedule.key {
      guard entry.scheduler.knows(key) else {
        throw SamplingError.request(
          "\(entry.name.rawValue) has no \(schedule.rawValue) schedule; use `schedule` model.")
      }
      // What is asked for takes the place of what the file says.
      for other in SigmaSchedule.allCases.compactMap(\.key) where entry.scheduler.knows(other) {
        overrides[other] = false
      }
      overrides[key] = true
    }

    var configuration = configuration
    configuration.translateValues()
    if entry.hasOwnSchedules { for key in SigmaSchedule.allCases.compactMap(\.key) { configuration[key] = nil } }
    if pipeline == .stableDiffusion { configuration.correctAsStableDiffusionPipeline() }
    var settings = SchedulerSettings(entry.scheduler, from: configuration, overrides: overrides)
    // The pipelines correct the scheduler that they are made with: the checkpoint's own, and for pictures the chosen one.
    let isOwn = name == .model && overrides.isEmpty
    if pipeline == .stableDiffusion && (isOwn || start != .noise) { settings.correctAsStableDiffusionPipeline() }
    if let timesteps {
      guard entry.method.takesTimesteps, schedule == .model else {
        throw SamplingError.request(
          "`timesteps` are for the samplers \(CatalogueEntry.takingTimesteps.listedWithOr), without a schedule of their own."
        )
      }
      settings.timesteps = timesteps
    }

    self.name = entry.name
    trainTimesteps = try NoiseSchedule.trainTimesteps(settings)
    let plan = try Self.plan(entry.method, settings, steps: steps, of: planned, start: start, pipeline: pipeline)
    startIndex = plan.startIndex
    method = eta == 0 ? plan.method : try Self.setting(eta, of: plan.method, entry.name)
    guard startIndex == 0 || start != .noise else {
      throw SamplingError.request(
        "\(steps) steps visit timestep \(method.timesteps[0]) twice at the start; use fewer steps.")
    }
    self.timesteps = Array(method.timesteps.dropFirst(startIndex))
  }

  private static func setting(
    _ eta: Double, of method: any SamplingMethod, _ name: SamplerName
  ) throws -> any SamplingMethod {
    guard var method = method as? any EtaMethod else {
      throw SamplingError.request("`eta` is for samplers that take it, such as ddim; \(name.rawValue) does not.")
    }
    method.eta = Float(eta)
    return method
  }

  private static func plan(
    _ type: any SamplingMethod.Type, _ settings: SchedulerSettings, steps: Int, of planned: Int, start: Start,
    pipeline: Pipeline
  ) throws -> (method: any SamplingMethod, startIndex: Int) {
    let strength: Double
    switch start {
    case .noise:
      let method = try type.init(settings, steps: steps)
      return (method, pipeline.isFlow ? 0 : method.startIndex)
    case .picture(let share), .secondPass(let share): strength = share
    }
    guard (0...1).contains(strength) else {
      throw SamplingError.request("A strength of \(strength) is out of range; use 0 to 1.")
    }
    if pipeline == .latentConsistency && type is LCM.Type {
      return (try LCM(settings, steps: steps, strength: strength), 0)
    }
    if case .secondPass = start {
      guard steps <= planned else {
        throw SamplingError.request("A second pass of \(steps) steps is more than the \(planned) `timesteps`.")
      }
      let method = try type.init(settings, steps: planned)
      // Schedulers that visit some timestep twice have more of them.
      return (method, min((planned - steps) * type.order, method.timesteps.count - 1))
    }
    // StableDiffusionImg2ImgPipeline.get_timesteps; ZImageImg2ImgPipeline rounds the steps left out instead.
    let wanted = min(Double(steps) * strength, Double(steps))
    let left = pipeline.isFlow ? Int(Double(steps) - wanted) : steps - Int(wanted)
    let method = try type.init(settings, steps: steps)
    let startIndex = left * type.order
    guard startIndex < method.timesteps.count else {
      throw SamplingError.request(
        "A strength of \(strength) leaves none of \(steps) steps; use one of at least \((100 / Double(steps)).rounded(.up) / 100), or more steps."
      )
    }
    return (method, startIndex)
  }
}

extension Sampler {
  /// The latents to start from: drawn noise at the first noise level.
  package func startingLatents(noise: Tensor) -> Tensor { noise * initialNoiseScale }

  /// The latents to start from: a picture's, with as much of the drawn noise as the first timestep expects (`add_noise`).
  package func startingLatents(picture: Tensor, noise: Tensor) -> Tensor {
    method.noised(picture, with: noise, at: startIndex)
  }

  /// What the denoiser would be shown at an evaluation of a picture's latents with so much noise.
  package func input(picture: Tensor, noise: Tensor, evaluation: Int) -> Tensor {
    let index = startIndex + evaluation
    return method.scaledInput(method.noised(picture, with: noise, at: index), at: index)
  }

  /// What is known after one denoiser evaluation.
  package struct StepReport: Sendable {
    /// The evaluation, from 0, and their number.
    package let index: Int
    package let count: Int
    package let timestep: Double
    /// The latents that the next evaluation starts from.
    package let latents: Tensor
    /// The picture that the sampler sees from here, where its method computes it: good for previews.
    package let predictedClean: Tensor?
  }

  /// Runs all evaluations.
  ///
  /// - Parameters:
  ///   - latents: `[batch, height, width, channels]`, from one of the `startingLatents` functions.
  ///   - random: the generator that drew the starting noise; ancestral and stochastic samplers go on drawing from it.
  ///   - kept: what stays of a picture; nil where all is painted.
  ///   - denoise: the network's output, guidance included, for scaled latents and a timestep.
  ///   - onStep: called after each evaluation; an error thrown there ends the run.
  /// - Returns: the final latents.
  /// - Throws: what the closures throw, and ``SamplingError`` where the final latents are not all finite numbers.
  package func sample(
    from latents: Tensor, random: inout some RandomSource, keeping kept: KeptRegion? = nil,
    denoise: (_ scaledInput: Tensor, _ timestep: Float) throws -> Tensor,
    onStep: (StepReport) throws -> Void = { _ in }
  ) throws -> Tensor {
    var method = method
    var latents = latents
    for (position, timestep) in timesteps.enumerated() {
      let index = startIndex + position
      let output = try denoise(method.scaledInput(latents, at: index), Float(timestep))
      precondition(
        output.shape == latents.shape, "sample: the denoiser made \(output.shape) of latents \(latents.shape)")
      let result = method.step(output, at: index, from: latents) { random.normalLatents(shape: output.shape) }
      latents = result.latents
      if let kept {
        let isLast = position == timesteps.count - 1
        latents = kept.mixed(
          into: latents, isLast ? nil : { [method] in method.noised($0, with: $1, at: index + 1) })
      }
      try onStep(
        StepReport(
          index: position, count: timesteps.count, timestep: timestep, latents: latents,
          predictedClean: result.clean))
    }
    guard latents.values.allSatisfy(\.isFinite) else {
      throw SamplingError.request(
        "\(name.rawValue) with \(timesteps.count) evaluations ended in values that are no finite numbers; choose another sampler, schedule or number of steps, or check the checkpoint."
      )
    }
    return latents
  }
}

extension SchedulerConfiguration {
  /// What loading the checkpoint's own scheduler does to its values before another one is made from them.
  fileprivate mutating func translateValues() {
    guard let own = CatalogueEntry.all.first(where: { $0.scheduler.name == className })?.scheduler
    else { return }
    for key in own.aliases.keys {
      if let value = self[key] { self[key] = own.translated(value, of: key) }
    }
  }

  /// StableDiffusionPipeline's correction of the values that the file names.
  fileprivate mutating func correctAsStableDiffusionPipeline() {
    if self[.stepsOffset] != nil { self[.stepsOffset] = 1 }
    if self[.clipsSample] == true { self[.clipsSample] = false }
  }
}
