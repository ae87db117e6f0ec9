import Foundation
import JSON

/// Easy Diffusion keeps its request: a text chunk for each member in a PNG, one JSON object in a JPEG's comment; under the
/// names of its interface or, where text files were asked for, under their labels (`TASK_TEXT_MAPPING`).
enum EasyDiffusion {
  private static let telling = ["use_stable_diffusion_model", "Stable Diffusion model"]

  /// What the chunks say; nil where they are not Easy Diffusion's.
  static func parameters(texts: [PNGText]) -> GenerationParameters? {
    guard texts.contains(where: { telling.contains($0.keyword) }) else { return nil }
    let numbers = texts.map { text -> (String, JSONValue) in
      let value = JSONValue(metadata: text.text)
      // Texts stay texts: a prompt may be a number.
      return (text.keyword, value?.double == nil && value?.bool == nil ? .string(text.text) : value ?? .null)
    }
    return parameters(.object(Dictionary(numbers) { first, _ in first }))
  }

  static func parameters(_ object: JSONValue) -> GenerationParameters? {
    guard case .object(let members) = object, telling.contains(where: { members[$0] != nil }) else { return nil }
    var record = ForeignRecord(members)
    var parameters = GenerationParameters()
    parameters.prompt = record.text("prompt", "Prompt") ?? ""
    parameters.negativePrompt = record.text("negative_prompt", "Negative Prompt") ?? ""
    parameters.seed = record.natural("seed", "Seed")
    parameters.steps = record.whole("num_inference_steps", "Steps")
    parameters.guidance = record.number("guidance_scale", "Guidance Scale")
    parameters.width = record.whole("width", "Width")
    parameters.height = record.whole("height", "Height")
    parameters.strength = record.number("prompt_strength", "Prompt Strength")
    if let sampler = record.text("sampler_name", "Sampler") { parameters.takeSampler(sampler) }
    if let schedule = record.text("scheduler_name", "Scheduler") {
      parameters.schedule = ForeignNames.read(schedule, ForeignNames.schedules) ?? schedule
    }
    parameters.model = record.text("use_stable_diffusion_model", "Stable Diffusion model")
    // A switch: the last layer of the text encoder is left out or not.
    if let skips = record.value("clip_skip", "Clip Skip"), skips.saysSomething { parameters.clipSkip = 2 }
    takeLoRAs(from: &record, into: &parameters)
    parameters.version = "Easy Diffusion"
    record.pass(over: "Software", "XML:com.adobe.xmp", "num_outputs")
    parameters.others += record.others
    return parameters
  }

  /// One name, a list of names, or a list written by Python.
  private static func takeLoRAs(from record: inout ForeignRecord, into parameters: inout GenerationParameters) {
    func list(_ value: JSONValue?) -> [JSONValue] {
      guard let value else { return [] }
      guard let text = value.string else { return value.array ?? [value] }
      let parts = text.split { "[],".contains($0) }.map { $0.trimmingCharacters(in: .init(charactersIn: " '\"")) }
      return parts.filter { !$0.isEmpty }.map { JSONValue.string($0) }
    }
    let names = list(record.value("use_lora_model", "LoRA model")).compactMap(\.string)
    let weights = list(record.value("lora_alpha", "LoRA Strength"))
    for (index, name) in names.enumerated() where name != "None" {
      let weight = weights.indices.contains(index) ? weights[index] : .integer(1)
      parameters.loras.append(.init(name: name, weight: weight.finite ?? weight.string.flatMap(Double.init) ?? 1))
    }
  }
}
