import JSON

/// What scripts around diffusers keep in pictures: the arguments of the pipeline's call, as one JSON object in any text
/// chunk, or as a chunk each. diffusers itself writes nothing.
enum Diffusers {
  /// Names of the arguments of `StableDiffusionPipeline.__call__`, and of what scripts add to them.
  private static let telling = ["num_inference_steps", "guidance_scale"]

  /// What the texts say; nil where they hold no such arguments.
  static func parameters(texts: [PNGText]) -> GenerationParameters? {
    for text in texts where text.beginsJSONObject {
      if let object = JSONValue(metadata: text.text), let found = parameters(object) { return found }
    }
    guard texts.contains(where: { telling.contains($0.keyword) }) else { return nil }
    let members = texts.map { ($0.keyword, JSONValue(metadata: $0.text) ?? .string($0.text)) }
    return parameters(.object(Dictionary(members) { first, _ in first }))
  }

  static func parameters(_ object: JSONValue) -> GenerationParameters? {
    guard case .object(let members) = object, telling.contains(where: { members[$0] != nil }) else { return nil }
    var record = ForeignRecord(members)
    var parameters = GenerationParameters()
    parameters.prompt = record.text("prompt") ?? ""
    parameters.negativePrompt = record.text("negative_prompt") ?? ""
    parameters.steps = record.whole("num_inference_steps")
    parameters.guidance = record.number("guidance_scale")
    parameters.seed = record.natural("seed", "generator_seed")
    parameters.width = record.whole("width")
    parameters.height = record.whole("height")
    parameters.strength = record.number("strength")
    parameters.clipSkip = record.whole("clip_skip").map { $0 + 1 }
    parameters.model = record.text("model", "model_id", "pretrained_model_name_or_path")
    if let rescale = record.number("guidance_rescale"), rescale > 0 {
      parameters.others.append(.init("Guidance rescale", rescale.description))
    }
    if let scheduler = record.text("scheduler", "sampler") { parameters.takeScheduler(scheduler) }
    record.pass(over: "Software", DigitalSource.chunkKeyword, "output_type", "return_dict", "num_images_per_prompt")
    parameters.others += record.others
    return parameters
  }
}

extension GenerationParameters {
  fileprivate mutating func takeScheduler(_ name: String) {
    if let known = Self.schedulerClasses.first(where: { name.hasPrefix($0.name) }) {
      sampler = known.limn
    } else if let schedule = ForeignNames.read(name, ForeignNames.schedules) {
      // Other tools call by this name what limn calls a schedule.
      self.schedule = schedule
    } else {
      takeSampler(name)
    }
  }

  /// diffusers' classes; the longer of two names that begin alike stands first.
  private static let schedulerClasses: [(name: String, limn: String)] = [
    ("DPMSolverMultistep", "dpm++2m"), ("DPMSolverSinglestep", "dpm++2s"), ("EulerAncestral", "euler-a"),
    ("EulerDiscrete", "euler"), ("HeunDiscrete", "heun"), ("LMSDiscrete", "lms"), ("KDPM2Ancestral", "dpm2-a"),
    ("KDPM2Discrete", "dpm2"), ("DDIM", "ddim"), ("DDPM", "ddpm"), ("PNDM", "pndm"), ("UniPCMultistep", "unipc"),
    ("DEISMultistep", "deis"), ("LCM", "lcm"), ("TCD", "tcd"),
  ]
}
