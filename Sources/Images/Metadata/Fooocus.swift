import Foundation
import JSON

/// Fooocus keeps an object under `parameters` (its scheme "fooocus"; "a1111" is A1111's text), older versions and
/// RuinedFooocus one under the labels of its log.
enum Fooocus {
  /// What the object says; nil where it is not Fooocus's.
  static func parameters(_ object: JSONValue) -> GenerationParameters? {
    guard case .object(let members) = object,
      ["metadata_scheme", "base_model", "Base Model", "base_model_name"].contains(where: { members[$0] != nil })
    else { return nil }
    var record = ForeignRecord(members)
    var parameters = GenerationParameters()
    // What the model saw holds the words of the styles; what was typed does not.
    let full = record.value("full_prompt")?.array?.compactMap(\.string) ?? []
    let fullNegative = record.value("full_negative_prompt")?.array?.compactMap(\.string) ?? []
    let typed = record.text("prompt", "Prompt") ?? ""
    let typedNegative = record.text("negative_prompt", "Negative Prompt", "Negative") ?? ""
    parameters.prompt = full.isEmpty ? typed : full.joined(separator: ", ")
    parameters.negativePrompt = fullNegative.isEmpty ? typedNegative : fullNegative.joined(separator: ", ")
    parameters.seed = record.natural("seed", "Seed")
    parameters.steps = record.whole("steps", "Steps")
    parameters.guidance = record.number("guidance_scale", "Guidance Scale", "cfg")
    let resolution = record.text("resolution", "Resolution") ?? ""
    let sides = resolution.split { !$0.isNumber }.compactMap { Int($0) }
    parameters.width = sides.count == 2 ? sides[0] : record.whole("width")
    parameters.height = sides.count == 2 ? sides[1] : record.whole("height")
    if let sampler = record.text("sampler", "Sampler", "sampler_name") { parameters.takeSampler(sampler) }
    if let schedule = record.text("scheduler", "Scheduler") {
      parameters.schedule = ForeignNames.read(schedule, ForeignNames.schedules) ?? schedule
    }
    parameters.model = record.text("base_model", "Base Model", "base_model_name")
    parameters.modelHash = record.text("base_model_hash", "base_model_hash")
    parameters.clipSkip = record.whole("clip_skip", "CLIP Skip").flatMap { $0 > 0 ? $0 : nil }
    parameters.version = record.text("version", "Version", "software")
    parameters.takeLoRAs(from: &record, members)
    // The mimicked guidance of a sampler of Fooocus's own, and words for what stands elsewhere.
    record.pass(
      over: "metadata_scheme", "performance", "Performance", "styles", "Styles", "created_by", "User", "cfg",
      "Fooocus V2 Expansion", "prompt_expansion", "image_number", "full_raw_prompt", "loras", "seed_count")
    parameters.others += record.others.filter { !["Default (model)", "Default", "None"].contains($0.value) }
    return parameters
  }
}

extension GenerationParameters {
  /// `lora_combined_1`: "name : 0.5", or "True : name : 0.5" in presets.
  fileprivate mutating func takeLoRAs(from record: inout ForeignRecord, _ members: [String: JSONValue]) {
    // RuinedFooocus keeps lists of name and weight.
    if !members.keys.contains(where: { $0.hasPrefix("lora_combined_") || $0.hasPrefix("LoRA ") }) {
      for lora in record.value("loras")?.array ?? [] {
        guard let name = lora[0]?.string ?? lora.modelName, name != "None" else { continue }
        loras.append(LoRA(name: name, weight: lora[1]?.finite ?? lora["weight"]?.finite ?? 1))
      }
    }
    let keys = members.keys.filter { $0.hasPrefix("lora_combined_") || $0.hasPrefix("LoRA ") }.sorted()
    for key in keys {
      guard let text = record.text(key) else { continue }
      let parts = text.components(separatedBy: " : ")
      if parts.count == 3, parts[0] != "True" || parts[1] == "None" { continue }
      guard parts.count >= 2, parts[parts.count - 2] != "None" else { continue }
      guard let weight = Double(parts[parts.count - 1]), weight.isFinite else {
        others.append(Other(key, text))
        continue
      }
      loras.append(LoRA(name: parts[parts.count - 2], weight: weight))
    }
  }
}
