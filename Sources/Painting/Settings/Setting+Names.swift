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
    guard let known = SamplerName(rawValue: foreign.sampler) else {
      throw .request("`sampler` \"\(name)\" is not \(SamplerName.expectation).")
    }
    settings.sampler = known
    if let schedule = foreign.schedule.flatMap(SigmaSchedule.init(rawValue:)) { settings.schedule = schedule }
  }
}

/// How words of a name may be joined.
package enum SettingName {
  /// "clipSkip", "clip_skip" and "Clip Skip" as "clip-skip".
  package static func joined(_ name: String) -> String {
    name.reduce(into: "") { text, character in
      if character == "_" || character == " " {
        text += "-"
      } else if character.isUppercase, let last = text.last, last != "-", !last.isUppercase {
        text += "-\(character.lowercased())"
      } else {
        text += character.lowercased()
      }
    }
  }
}

extension Setting.Metadata {
  /// A negative prompt has a line of its own; that it was given but empty, which some families heed, has not.
  static let emptyNegative = Setting.Metadata.property(
    write: { if $1.isEmpty { $0.others.append(.init("Empty negative prompt", "yes")) } },
    read: { $0[other: "Empty negative prompt"] == nil ? nil : "" })

  /// The names of the pictures: whoever paints one again looks for them where it pleases.
  static let referenceNames = Setting.Metadata.property(
    write: { parameters, text in
      let paths = ReferenceList(setting: text)?.paths ?? []
      let names = paths.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
      parameters.others.append(.init("References", names.joined(separator: ", ")))
    },
    read: { _ in nil })

  /// A1111 counts from 1.
  static let clipSkip = Setting.Metadata.property(
    write: { $0.clipSkip = Int($1).map { $0 + 1 } },
    read: { parameters in parameters.clipSkip.flatMap { $0 > 1 ? "\($0 - 1)" : nil } })
}

extension Setting.Metadata {
  static let embeddings = names("Embeddings")
  static let textEncoders = names("Text encoders")
  static let autoencoder = names("Autoencoder")

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
