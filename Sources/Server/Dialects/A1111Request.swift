import Foundation
import History
import Images
import JSON
import Painting
import Synchronization
import System

/// What a request of A1111's says, in limn's settings. Fields that limn has no use for are passed over, as clients send all
/// of them.
struct A1111Request {
  let texts: [String: String]

  init(_ fields: [String: JSONValue], _ backend: Backend, _ caller: Caller, startsFromPicture: Bool) throws {
    func text(_ name: String) -> String? { fields[name]?.loose.flatMap { $0.isEmpty ? nil : $0 } }
    func number(_ name: String) -> Double? { fields[name]?.double }
    // A1111's noise is CUDA's, and its prompts are weighted.
    var texts = ["prompt": text("prompt") ?? "", "prompt-syntax": "a1111", "rng": "cuda"]
    let overrides = fields["override_settings"]?.object ?? [:]
    let name = overrides["sd_model_checkpoint"]?.string ?? backend.choices.model(of: caller.person)
    if let name, let entry = A1111Names.entry(name, in: backend.catalogue), entry.name != backend.catalogue.defaultName
    {
      texts["model"] = entry.name
    }
    let entry = backend.catalogue.entry(named: texts["model"])
    // limn's own model is read and seeded in its own way.
    if entry?.family == "limn" || entry?.defaults.learnedSizes.isEmpty == false {
      texts["prompt-syntax"] = nil
      texts["rng"] = nil
    }
    if let negative = text("negative_prompt") { texts["negative"] = negative }
    if let width = number("width"), let height = number("height"), width > 0, height > 0 {
      (texts["width"], texts["height"]) = ("\(Int(width))", "\(Int(height))")
    }
    if let seed = text("seed"), seed != "-1" { texts["seed"] = seed }
    if let steps = number("steps"), steps > 0 { texts["steps"] = "\(Int(steps))" }
    if let guidance = number("cfg_scale") { texts["guidance"] = "\(guidance)" }
    let count = max(1, Int(number("batch_size") ?? 1)) * max(1, Int(number("n_iter") ?? 1))
    if count > 1 { texts["count"] = "\(count)" }
    if let sampler = text("sampler_name") ?? text("sampler_index"), sampler != "Automatic" {
      texts["sampler"] = sampler
    }
    if let schedule = text("scheduler"), !["automatic", "normal", "Automatic", "Use same scheduler"].contains(schedule)
    {
      texts["schedule"] = schedule
    }
    if let skip = overrides["CLIP_stop_at_last_layers"]?.integer, skip > 1 { texts["clip-skip"] = "\(skip - 1)" }
    let styles = (fields["styles"]?.array ?? []).compactMap(\.string)
    if let style = styles.first, entry?.defaults.styles.contains(where: { $0.name == style }) == true {
      texts["style"] = style
    }
    if startsFromPicture {
      texts["strength"] = "\(number("denoising_strength") ?? 0.75)"
      if let blur = number("mask_blur"), fields["mask"]?.string != nil { texts["mask-blur"] = "\(blur)" }
    }
    if !startsFromPicture, fields["enable_hr"]?.bool == true, let factor = number("hr_scale"), factor > 1 {
      texts["hires"] = "\(factor)"
      texts["hires-strength"] = "\(number("denoising_strength") ?? 0.75)"
      texts["hires-upscaler"] = text("hr_upscaler") ?? "Latent"
      // Without a number A1111 takes as many steps as before.
      texts["hires-steps"] = number("hr_second_pass_steps").flatMap { $0 > 0 ? "\(Int($0))" : nil } ?? texts["steps"]
    }
    self.texts = texts
  }
}

/// What A1111 calls things.
enum A1111Names {
  /// Those that limn's table of foreign names reads.
  static let samplers = [
    "Euler a", "Euler", "LMS", "Heun", "DPM2", "DPM2 a", "DPM++ 2M", "DPM++ SDE", "DPM++ 2M SDE", "DDIM", "PLMS",
    "UniPC",
    "LCM",
  ].filter { name in
    var settings = PictureSettings()
    return (try? Setting.named("sampler")?.set(name, in: &settings)) != nil
  }

  static let schedulers = [
    (name: "automatic", label: "Automatic"), (name: "karras", label: "Karras"),
    (name: "exponential", label: "Exponential"),
  ]

  /// A model by its title, its name, or a title with a hash behind it.
  static func entry(_ name: String, in catalogue: Catalogue) -> Catalogue.Entry? {
    let entries = catalogue.entries
    return entries.first { $0.name == name } ?? entries.first { name.hasPrefix($0.name + " [") }
      ?? entries.first { $0.name == name.split(separator: ".").dropLast().joined(separator: ".") }
  }

  static func timestamp(_ date: Date) -> String {
    let style = Date.VerbatimFormatStyle(
      format:
        "\(year: .defaultDigits)\(month: .twoDigits)\(day: .twoDigits)\(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased))\(minute: .twoDigits)\(second: .twoDigits)",
      timeZone: .current, calendar: Calendar(identifier: .gregorian))
    return date.formatted(style)
  }

  /// A mask as large as its picture, as A1111 takes it, inverted where that is asked for.
  static func mask(_ bytes: [UInt8], like picture: [UInt8], isInverted: Bool) throws -> [UInt8] {
    var mask = try Picture(bytes: bytes, name: "The mask")
    let size = try Picture(bytes: picture, name: "The picture").size
    if mask.size != size { mask = mask.resized(width: size.width, height: size.height) }
    if isInverted { mask.pixels = mask.pixels.map { 255 - $0 } }
    return try PNGEncoder.encode(mask, effort: .fast)
  }
}

/// Which model each person's A1111 client has chosen.
final class ModelChoices: Sendable {
  private let choices = Mutex<[String: String]>([:])

  func set(_ model: String?, for person: Person) {
    choices.withLock { $0["\(person.userID) \(person.name)"] = model }
  }

  func model(of person: Person) -> String? { choices.withLock { $0["\(person.userID) \(person.name)"] } }
}
