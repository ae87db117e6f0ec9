import Foundation
import JSON

extension GenerationParameters {
  /// Reads A1111's text as A1111's `parse_generation_parameters` does, and what Forge, SD.Next and
  /// stable-diffusion.cpp make of it. Whatever is missing stays nil; any text is at least a prompt.
  package init(parsing text: String) {
    self.init()
    let infotext = Infotext(text)
    prompt = infotext.prompt
    negativePrompt = infotext.negativePrompt
    others = infotext.settings.filter { !take($0) }
    settleStrength()
    settleGuidance()
  }

  /// Puts one setting where it belongs; false where it has no place or makes no sense there.
  private mutating func take(_ setting: Other) -> Bool {
    let value = setting.value
    switch setting.key {
    case "Steps": return take(Int(value), as: \.steps)
    case "CFG scale": return take(Self.number(value), as: \.guidance)
    case "Seed": return take(UInt64(value), as: \.seed)
    case "Size":
      let sides = value.split { "x×".contains($0) }.map { Int($0) }
      guard sides.count == 2, let width = sides[0], let height = sides[1] else { return false }
      return take(width, as: \.width) && take(height, as: \.height)
    case "Model hash": return take(value, as: \.modelHash)
    case "Model": return take(value, as: \.model)
    case "Denoising strength": return take(Self.number(value), as: \.strength)
    case "Clip skip": return take(Int(value).flatMap { $0 > 0 ? $0 : nil }, as: \.clipSkip)
    case "RNG": return take(ForeignNames.read(value, ForeignNames.randomSources) ?? value, as: \.randomSource)
    case "Version": return take(value, as: \.version)
    case "Schedule type", "Scheduler":
      return take(ForeignNames.read(value, ForeignNames.schedules) ?? value, as: \.schedule)
    case "Sampler":
      takeSampler(value)
      return true
    case "Lora weights":  // Fooocus: "name: 0.5, other: 1"
      loras += value.split(separator: ",").compactMap { LoRA(parting: $0, at: ":") }
      return true
    default: return false
    }
  }

  /// Sampler and, where nothing else says them, schedule and spacing.
  mutating func takeSampler(_ written: String) {
    let names = ForeignNames.readSampler(written)
    sampler = names.name
    schedule = schedule ?? names.schedule
    if let spacing = names.spacing { others.append(Other("Spacing", spacing)) }
  }

  /// A strength belongs to a picture made from another one: A1111 writes that of the second pass of its hires fix under the
  /// same key, and its API a 0 where there was none.
  private mutating func settleStrength() {
    guard let strength else { return }
    let isSecondPass = others.contains { $0.key.hasPrefix("Hires") }
    let isFromPicture = others.contains { $0.key.hasPrefix("Init image") || $0.key == "Mask blur" }
    guard strength == 0 || isSecondPass, !isFromPicture else { return }
    self.strength = nil
    if strength > 0 { others.append(Other("Denoising strength", strength.description)) }
  }

  /// SD.Next's keys that limn has under other names, and the distilled guidance of FLUX, which Forge writes only for
  /// models that have it: without guidance of the other kind it is what diffusers and limn call guidance.
  private mutating func settleGuidance() {
    rename("CFG rescale", to: "Guidance rescale")
    rename("CFG end", to: "Guidance end")
    guard guidance == 1, let distilled = self[other: "Distilled CFG Scale"].flatMap(Self.number) else { return }
    guidance = distilled
    others.removeAll { $0.key == "Distilled CFG Scale" }
  }

  private mutating func rename(_ key: String, to name: String) {
    if let index = others.firstIndex(where: { $0.key == key }) { others[index].key = name }
  }

  private mutating func take<Value>(_ value: Value?, as property: WritableKeyPath<Self, Value?>) -> Bool {
    guard let value else { return false }
    self[keyPath: property] = value
    return true
  }

  private static func number(_ text: String) -> Double? { Double(text).flatMap { $0.isFinite ? $0 : nil } }
}

extension GenerationParameters.LoRA {
  /// "name: 0.5"; nil where it has no number.
  init?(parting text: Substring, at separator: String) {
    guard let cut = text.ranges(of: separator).last else { return nil }
    let name = text[..<cut.lowerBound].trimmingCharacters(in: .whitespaces)
    let number = text[cut.upperBound...].trimmingCharacters(in: .whitespaces)
    guard !name.isEmpty, let weight = Double(number), weight.isFinite else { return nil }
    self.init(name: name, weight: weight)
  }
}
