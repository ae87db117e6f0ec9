import JSON

/// NovelAI keeps its request as JSON under `Comment`; `Software` names it, `Source` the model.
enum NovelAI {
  static func parameters(comment: String, source: String?) -> GenerationParameters? {
    guard case .object(let members)? = JSONValue(metadata: comment) else { return nil }
    var record = ForeignRecord(members)
    var parameters = GenerationParameters()
    parameters.prompt = record.text("prompt") ?? ""
    parameters.negativePrompt = record.text("uc", "negative_prompt") ?? ""
    parameters.seed = record.natural("seed")
    parameters.steps = record.whole("steps")
    parameters.guidance = record.number("scale")
    parameters.width = record.whole("width")
    parameters.height = record.whole("height")
    if let sampler = record.text("sampler") { parameters.takeSampler(sampler) }
    if let schedule = record.text("noise_schedule") {
      parameters.schedule = ForeignNames.read(schedule, ForeignNames.schedules) ?? schedule
    }
    if let rescale = record.number("cfg_rescale"), rescale > 0 {
      parameters.others.append(.init("Guidance rescale", rescale.description))
    }
    let request = record.text("request_type") ?? ""
    let strength = record.number("strength")
    if request.contains("Img2Img") || request.contains("Inpaint") { parameters.strength = strength ?? 0.7 }
    parameters.model = source
    parameters.version = "NovelAI"
    record.pass(over: "n_samples", "version", "signed_hash", "params_version", "request_type", "hide_debug_overlay")
    parameters.others += record.others
    return parameters
  }
}
