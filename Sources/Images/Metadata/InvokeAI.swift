/// InvokeAI keeps a flat object under `invokeai_metadata`.
enum InvokeAI {
  /// What the object says; nil where it is none.
  static func parameters(metadata: String) -> GenerationParameters? {
    guard let object = JSONValue(metadata), case .object = object else { return nil }
    var parameters = GenerationParameters()
    parameters.prompt = object["positive_prompt"]?.text ?? ""
    parameters.negativePrompt = object["negative_prompt"]?.text ?? ""
    parameters.seed = object["seed"]?.whole
    parameters.steps = object["steps"]?.integer
    parameters.guidance = object["cfg_scale"]?.number
    parameters.width = object["width"]?.integer
    parameters.height = object["height"]?.integer
    parameters.strength = object["strength"]?.number
    if let scheduler = object["scheduler"]?.text {
      (parameters.sampler, parameters.schedule) = ForeignNames.readSampler(scheduler)
    }
    parameters.model = object["model"]?["name"]?.text ?? object["model"]?["model_name"]?.text
    parameters.modelHash = object["model"]?["hash"]?.text
    parameters.randomSource = object["rand_device"]?.text.flatMap {
      ForeignNames.read($0, ForeignNames.randomSources) ?? $0
    }
    parameters.version = object["app_version"]?.text.map { "InvokeAI \($0)" }
    return parameters
  }
}
