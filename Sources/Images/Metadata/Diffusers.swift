import JSON

/// What scripts around diffusers keep in pictures: the arguments of the pipeline's call, as one JSON object in any text
/// chunk, or as a chunk each. diffusers itself writes nothing.
enum Diffusers {
  /// Names of the arguments of `StableDiffusionPipeline.__call__`, and of what scripts add to them.
  private static let telling = ["num_inference_steps", "guidance_scale"]

  /// What the texts say; nil where they hold no such arguments.
  static func parameters(texts: [PNGText]) -> GenerationParameters? {
    for text in texts where text.text.utf8.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") {
      if let object = JSONValue(metadata: text.text), telling.contains(where: { object[$0] != nil }) {
        return parameters(object)
      }
    }
    guard texts.contains(where: { telling.contains($0.keyword) }) else { return nil }
    let members = texts.map { ($0.keyword, JSONValue(metadata: $0.text) ?? .string($0.text)) }
    return parameters(.object(Dictionary(members) { first, _ in first }))
  }

  private static func parameters(_ object: JSONValue) -> GenerationParameters {
    var parameters = GenerationParameters()
    parameters.prompt = object["prompt"]?.string ?? ""
    parameters.negativePrompt = object["negative_prompt"]?.string ?? ""
    parameters.steps = object["num_inference_steps"]?.integer
    parameters.guidance = object["guidance_scale"]?.finite
    parameters.seed = object["seed"]?.natural ?? object["generator_seed"]?.natural
    parameters.width = object["width"]?.integer
    parameters.height = object["height"]?.integer
    parameters.strength = object["strength"]?.finite
    parameters.clipSkip = object["clip_skip"]?.integer.map { $0 + 1 }
    parameters.model =
      object["model"]?.string ?? object["model_id"]?.string ?? object["pretrained_model_name_or_path"]?.string
    if let scheduler = object["scheduler"]?.string ?? object["sampler"]?.string {
      parameters.sampler =
        classes.first { scheduler.hasPrefix($0.name) }?.limn ?? ForeignNames.readSampler(scheduler).sampler
    }
    return parameters
  }

  /// diffusers' classes; the longer of two names that begin alike stands first.
  private static let classes: [(name: String, limn: String)] = [
    ("DPMSolverMultistep", "dpm++2m"), ("EulerAncestral", "euler-a"), ("EulerDiscrete", "euler"),
    ("HeunDiscrete", "heun"),
    ("LMSDiscrete", "lms"), ("KDPM2Ancestral", "dpm2-a"), ("KDPM2Discrete", "dpm2"), ("DDIM", "ddim"), ("DDPM", "ddpm"),
    ("PNDM", "pndm"), ("UniPCMultistep", "unipc"), ("DEISMultistep", "deis"), ("LCM", "lcm"),
  ]
}
