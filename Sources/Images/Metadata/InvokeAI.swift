import JSON

/// InvokeAI keeps a flat object under `invokeai_metadata`.
enum InvokeAI {
  /// What the object says; nil where it is none.
  static func parameters(metadata: String) -> GenerationParameters? {
    guard let object = JSONValue(metadata: metadata), case .object = object else { return nil }
    var parameters = GenerationParameters()
    parameters.prompt = object["positive_prompt"]?.string ?? ""
    parameters.negativePrompt = object["negative_prompt"]?.string ?? ""
    parameters.seed = object["seed"]?.natural
    parameters.steps = object["steps"]?.integer
    parameters.guidance = object["cfg_scale"]?.finite
    parameters.width = object["width"]?.integer
    parameters.height = object["height"]?.integer
    parameters.strength = object["strength"]?.finite
    if let scheduler = object["scheduler"]?.string {
      (parameters.sampler, parameters.schedule) = ForeignNames.readSampler(scheduler)
    }
    parameters.model = object["model"]?["name"]?.string ?? object["model"]?["model_name"]?.string
    parameters.modelHash = object["model"]?["hash"]?.string
    parameters.randomSource = object["rand_device"]?.string.flatMap {
      ForeignNames.read($0, ForeignNames.randomSources) ?? $0
    }
    parameters.version = object["app_version"]?.string.map { "InvokeAI \($0)" }
    return parameters
  }
}
