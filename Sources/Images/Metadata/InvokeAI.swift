import Foundation
import JSON

/// InvokeAI keeps a flat object under `invokeai_metadata` (`CoreMetadataInvocation`); before 3.0 one of its own shape under
/// `sd-metadata`, and before that a command line under `Dream`.
enum InvokeAI {
  /// What the object says; nil where it is none.
  static func parameters(metadata: String) -> GenerationParameters? {
    guard case .object(let members)? = JSONValue(metadata: metadata) else { return nil }
    var record = ForeignRecord(members)
    var parameters = GenerationParameters()
    parameters.prompt = record.text("positive_prompt") ?? ""
    parameters.negativePrompt = record.text("negative_prompt") ?? ""
    parameters.seed = record.natural("seed")
    parameters.steps = record.whole("steps")
    parameters.guidance = record.number("cfg_scale")
    parameters.width = record.whole("width")
    parameters.height = record.whole("height")
    parameters.clipSkip = record.whole("clip_skip").map { $0 + 1 }
    if let scheduler = record.text("scheduler") { parameters.takeSampler(scheduler) }
    let model = record.value("model")
    parameters.model = model?.modelName
    parameters.modelHash = model?["hash"]?.string
    parameters.randomSource = record.text("rand_device").map {
      ForeignNames.read($0, ForeignNames.randomSources) ?? $0
    }
    parameters.version = record.text("app_version").map { "InvokeAI \($0)" }
    for lora in record.value("loras")?.array ?? [] {
      guard let name = (lora["model"] ?? lora["lora"])?.modelName, let weight = lora["weight"]?.finite else { continue }
      parameters.loras.append(.init(name: name, weight: weight))
    }
    let mode = record.text("generation_mode") ?? ""
    let strength = record.number("strength")
    let isFromPicture = mode.hasSuffix("img2img") || mode.hasSuffix("inpaint") || mode.hasSuffix("outpaint")
    if isFromPicture || record.text("init_image") != nil { parameters.strength = strength ?? 0.75 }
    if let rescale = record.number("cfg_rescale_multiplier"), rescale > 0 {
      parameters.others.append(.init("Guidance rescale", rescale.description))
    }
    record.pass(over: "generation_mode", "hrf_method", "hrf_strength", "canvas_v2_metadata", "ref_images")
    parameters.others += record.others
    if mode.hasSuffix("inpaint") || mode.hasSuffix("outpaint") {
      parameters.others.append(.init("generation_mode", mode))
    }
    return parameters
  }

  /// `sd-metadata` of version 2.
  static func parameters(secondVersion metadata: String) -> GenerationParameters? {
    guard let object = JSONValue(metadata: metadata), case .object(let image)? = object["image"] else { return nil }
    var record = ForeignRecord(image)
    var parameters = GenerationParameters()
    let prompt = record.value("prompt")
    let text = prompt?.string ?? prompt?[0]?["prompt"]?.string ?? ""
    (parameters.prompt, parameters.negativePrompt) = Self.parted(text)
    if let count = prompt?.array?.count, count > 1 { parameters.others.append(.init("prompts", "\(count)")) }
    parameters.seed = record.natural("seed")
    parameters.steps = record.whole("steps")
    parameters.guidance = record.number("cfg_scale")
    parameters.width = record.whole("width")
    parameters.height = record.whole("height")
    if let sampler = record.text("sampler") { parameters.takeSampler(sampler) }
    parameters.model = object["model_weights"]?.string
    parameters.modelHash = object["model_hash"]?.string
    let strength = record.number("strength")
    if record.text("type") == "img2img" { parameters.strength = strength ?? 0.75 }
    record.pass(over: "type", "fit", "init_image_path")
    parameters.version = ["InvokeAI", object["app_version"]?.string].compactMap(\.self).joined(separator: " ")
    parameters.others += record.others
    return parameters
  }

  /// `"a cat [blurry]" -s 50 -S 3357757885 -W 512 -H 512 -C 7.5 -A k_lms`
  static func parameters(dream: String) -> GenerationParameters? {
    guard dream.hasPrefix("\""), let end = dream.lastIndex(of: "\""), end > dream.startIndex else { return nil }
    var parameters = GenerationParameters()
    (parameters.prompt, parameters.negativePrompt) = parted(String(dream[..<end].dropFirst()))
    let words = dream[end...].dropFirst().split(separator: " ").map(String.init)
    var index = 0
    while index < words.count {
      let name = words[index]
      let value = index + 1 < words.count && !words[index + 1].hasPrefix("-") ? words[index + 1] : ""
      switch name {
      case "-s": parameters.steps = Int(value)
      case "-S": parameters.seed = UInt64(value)
      case "-W": parameters.width = Int(value)
      case "-H": parameters.height = Int(value)
      case "-C": parameters.guidance = Double(value).flatMap { $0.isFinite ? $0 : nil }
      case "-A": parameters.takeSampler(value)
      case "-f": parameters.strength = Double(value)
      default: parameters.others.append(.init(name, value.isEmpty ? "yes" : value))
      }
      index += value.isEmpty ? 1 : 2
    }
    parameters.version = "InvokeAI"
    return parameters
  }

  /// Version 2 writes what to avoid into the prompt: "a cat [blurry]".
  private static func parted(_ text: String) -> (prompt: String, negative: String) {
    guard let open = text.lastIndex(of: "["), let close = text.lastIndex(of: "]"), open < close else {
      return (text, "")
    }
    let rest = text[..<open] + text[close...].dropFirst()
    return (
      rest.trimmingCharacters(in: .whitespaces), String(text[open..<close].dropFirst())
    )
  }
}
