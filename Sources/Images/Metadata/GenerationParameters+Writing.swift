import Foundation
import JSON

extension GenerationParameters {
  /// A1111's text: the prompt, "Negative prompt: ..." where there is one, and the line of settings.
  package var text: String {
    var lines = [prompt]
    if !negativePrompt.isEmpty { lines.append("Negative prompt: " + negativePrompt) }
    lines.append(settings.map { "\($0.key): \(Self.quoted($0.value))" }.joined(separator: ", "))
    return lines.joined(separator: "\n")
  }

  /// The settings in A1111's order, those that are known; `version` stands last, as its readers expect.
  private var settings: [Other] {
    var settings: [Other] = []
    func add(_ key: String, _ value: String?) {
      if let value { settings.append(Other(key, value)) }
    }
    add("Steps", steps?.description)
    add("Sampler", sampler.map { ForeignNames.written($0, ForeignNames.samplers) })
    add("Schedule type", schedule.map { ForeignNames.written($0, ForeignNames.schedules) })
    add("CFG scale", guidance.map(Self.short))
    add("Seed", seed?.description)
    if let width, let height { add("Size", "\(width)x\(height)") }
    add("Model hash", modelHash)
    add("Model", model)
    add("Denoising strength", strength.map(Self.short))
    add("Clip skip", clipSkip?.description)
    add("RNG", randomSource.map { ForeignNames.written($0, ForeignNames.randomSources) })
    settings += others
    add("Version", version)
    return settings
  }

  /// 7 rather than 7.0, as A1111 writes it.
  private static func short(_ number: Double) -> String {
    Int(exactly: number).map(String.init) ?? number.description
  }

  /// A JSON string where the value has what the settings line is made of, or blanks that a reader would trim.
  private static func quoted(_ value: String) -> String {
    let isTrimmed = value == value.trimmingCharacters(in: .whitespaces)
    let hasMarks = value.unicodeScalars.contains { ",:\"\n\r".unicodeScalars.contains($0) }
    let isPlain = !value.isEmpty && isTrimmed && !hasMarks
    return isPlain ? value : JSONValue.string(value).text
  }
}
