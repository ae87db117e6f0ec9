import Families
import Images
import Sampling
import System

extension Setting {
  private static let byName: [String: Setting] = {
    var names = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
    for setting in all { for other in setting.otherNames { names[other] = setting } }
    return names
  }()

  /// The setting of a name, however its words are joined ("clip_skip", "clipSkip"), or of what other tools call the same.
  package static func named(_ name: String) -> Setting? { byName[SettingName.joined(name)] }

  /// Takes limn's name for a sampler, or A1111's ("DPM++ 2M Karras"), which may name a schedule too.
  @Sendable
  static func setSampler(_ settings: inout PictureSettings, _ name: String) throws(UserError) {
    if let known = SamplerName(rawValue: name) {
      settings.sampler = known
      return
    }
    let foreign = ForeignNames.readSampler(name)
    guard let known = SamplerName(rawValue: foreign.name) else {
      throw .request("`sampler` \"\(name)\" is not \(SamplerName.expectation).")
    }
    settings.sampler = known
    if let schedule = foreign.schedule { try setSchedule(&settings, schedule) }
    if let spacing = foreign.spacing.flatMap(TimestepSpacing.init(rawValue:)) { settings.spacing = spacing }
  }

  /// Takes limn's name for a schedule, or another tool's.
  @Sendable
  static func setSchedule(_ settings: inout PictureSettings, _ name: String) throws(UserError) {
    let known = ForeignNames.read(name, ForeignNames.schedules) ?? name
    guard let schedule = SigmaSchedule(rawValue: known) else {
      throw .request("`schedule` \"\(name)\" is not \(SigmaSchedule.expectation).")
    }
    settings.schedule = schedule
  }

  /// Takes limn's name for a source of random numbers, or another tool's.
  @Sendable
  static func setRandomSource(_ settings: inout PictureSettings, _ name: String) throws(UserError) {
    let known = ForeignNames.read(name, ForeignNames.randomSources) ?? name
    guard let source = RandomKind(rawValue: known) else {
      throw .request("`rng` \"\(name)\" is not \(RandomKind.expectation).")
    }
    settings.rng = source
  }

  /// Takes a seed; -1 leaves it open, as in most other tools.
  @Sendable
  static func setSeed(_ settings: inout PictureSettings, _ text: String) throws(UserError) {
    if Self.isOpenSeed(text) {
      settings.seed = nil
      return
    }
    guard let seed = UInt64(setting: text) else {
      throw .request("`seed` \"\(text.prefix(60))\" is not \(UInt64.expectation).")
    }
    settings.seed = seed
  }

  /// Whether a text asks for a seed of limn's choosing: "-1".
  package static func isOpenSeed(_ text: String) -> Bool { Int(setting: text) == -1 }
}

/// How words of a name may be joined.
package enum SettingName {
  /// "clipSkip", "clip_skip" and "Clip Skip" as "clip-skip".
  package static func joined(_ name: String) -> String {
    var text = ""
    var last: Character?
    for character in name {
      if "_ -".contains(character) {
        text += "-"
      } else {
        if character.isUppercase, let last, last.isLowercase || last.isNumber { text += "-" }
        text += character.lowercased()
      }
      last = character
    }
    return text
  }
}

extension Setting.Metadata {
  /// A negative prompt has a line of its own; that it was given but empty, which some families heed, has not.
  static let emptyNegative = Setting.Metadata.property(
    write: { if $1.isEmpty { $0.others.append(.init("Empty negative prompt", "yes")) } },
    read: { $0[other: "Empty negative prompt"] == nil ? nil : "" })

  /// The names of the pictures: whoever paints one again looks for them where it pleases.
  static let referenceNames = pictureNames("References")

  static func pictureNames(_ key: String) -> Setting.Metadata {
    .property(
      write: { parameters, text in
        let paths = ReferenceList(setting: text)?.paths ?? []
        let names = paths.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
        parameters.others.append(.init(key, names.joined(separator: ", ")))
      },
      read: { _ in nil })
  }

  /// The name of the picture, as those of references.
  static let maskName = Setting.Metadata.property(
    write: { $0.others.append(.init("Mask", $1.split(separator: "/").last.map(String.init) ?? $1)) },
    read: { $0[other: "Mask"] == PictureSettings.alphaMask ? PictureSettings.alphaMask : nil })

  /// What controls, without the pictures' folders.
  static let controls = Setting.Metadata.property(
    write: { parameters, text in
      let wishes = ControlList(setting: text)?.wishes ?? []
      let told = wishes.map { wish in wish.text(path: wish.path.split(separator: "/").last.map(String.init)) }
      parameters.others.append(.init("Control", told.joined(separator: ", ")))
    },
    read: { _ in nil })

  /// The pictures' names with their weights.
  static let pictures = Setting.Metadata.property(
    write: { parameters, text in
      let wishes = PictureWishList(setting: text)?.wishes ?? []
      let told = wishes.map { wish in wish.text(path: wish.path.split(separator: "/").last.map(String.init)) }
      parameters.others.append(.init("IP references", told.joined(separator: ", ")))
    },
    read: { _ in nil })

  /// A1111 counts from 1.
  static let clipSkip = Setting.Metadata.property(
    write: { $0.clipSkip = Int($1).map { $0 + 1 } },
    read: { parameters in parameters.clipSkip.flatMap { $0 > 1 ? "\($0 - 1)" : nil } })
}

extension Setting.Metadata {
  /// A1111 names them in pictures of two passes alone.
  private static let hiresKey = "Hires upscale"
  /// A1111 takes as many steps as before where it names none.
  static let hiresSteps = Setting.Metadata.translated(
    "Hires steps", write: { $0 },
    read: { parameters in
      guard parameters[other: hiresKey] != nil else { return nil }
      return parameters[other: "Hires steps"] ?? parameters.steps.map { "\($0)" }
    })
  static let hiresStrength = Setting.Metadata.translated(
    "Denoising strength", write: { $0 },
    read: { $0[other: hiresKey] == nil ? nil : $0[other: "Denoising strength"] })
  static let hiresUpscaler = Setting.Metadata.translated(
    "Hires upscaler", write: { HiresUpscaler(setting: $0)?.metadataText ?? $0 },
    read: { parameters in
      guard parameters[other: hiresKey] != nil else { return nil }
      return parameters[other: "Hires upscaler"].flatMap(HiresUpscaler.init(setting:))?.settingText
    })
  static let embeddings = names("Embeddings")
  static let textEncoders = names("Text encoders")
  static let autoencoder = names("Autoencoder")
  static let controlModels = names("Control models")
  static let pictureAdapters = names("IP adapters")
  static let upscaler = names("Upscaler")

  /// Names without their folders: pictures travel.
  private static func names(_ key: String) -> Setting.Metadata {
    .property(
      write: { parameters, text in
        let names = (NameList(setting: text) ?? NameList()).names.map(\.weightsStem)
        parameters.others.append(.init(key, NameList(names).settingText))
      },
      read: { $0[other: key] })
  }
}

extension TimestepList {
  var isFalling: Bool {
    values.allSatisfy { (0...999).contains($0) } && zip(values, values.dropFirst()).allSatisfy { $0 > $1 }
  }
}
