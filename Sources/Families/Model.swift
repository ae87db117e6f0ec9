import Checkpoints
import System

/// A model ready to paint: opened and checked by its configuration, its networks read when first needed.
package final class Model: Sendable {
  package let name: String
  package let family: any Family
  /// The file whose hash names the model in metadata.
  package let hashedFile: String
  /// Who looks at the pictures that it paints.
  package let pictureSafety: PictureSafety
  private let parts: any CheckpointParts
  /// Where it was opened; nil for a single file.
  let folder: ModelFolder?

  /// How a model of few steps wants to be used; nil for others, and where the model says itself what it wants.
  package let fewSteps: FewSteps?

  package var defaults: Defaults { family.defaults }

  /// What can control it, in the order of the wishes.
  package let controls: [ControlModel]
  /// What sees pictures for it, in the order of the wishes.
  package let pictureAdapters: [IPAdapterModel]

  /// Sentences about LoRAs that change more than the model has.
  package let warnings: [String]

  /// Opens a diffusers folder.
  ///
  /// - Parameters:
  ///   - replacements: Files of single networks.
  ///   - adapters: LoRAs that change its networks.
  ///   - extras: Networks beside its own.
  /// - Throws: A sentence when a part is missing, damaged, or of a kind that limn does not run.
  package convenience init(
    folder path: String, name: String, replacements: PartFiles = PartFiles(), adapters: [WeightedAdapter] = [],
    extras: ModelExtras = ModelExtras()
  ) throws {
    let folder = try ModelFolder(path: path)
    try self.init(
      folder, name: name, replacements: replacements, adapters: adapters, extras: extras,
      safety: PictureSafety(folder, name: name), folder: folder)
  }

  /// Opens a single-file checkpoint of the original layout, or a transformer's file with the parts that it lacks.
  ///
  /// - Parameters:
  ///   - vocabulary: A folder with CLIP's vocabulary, which such a file does not carry.
  ///   - chatVocabulary: A folder with Qwen's, likewise.
  ///   - replacements: Files of single networks.
  ///   - adapters: LoRAs that change its networks.
  package convenience init(
    file path: String, name: String, vocabulary: String?, chatVocabulary: String? = nil,
    replacements: PartFiles = PartFiles(), adapters: [WeightedAdapter] = [], extras: ModelExtras = ModelExtras()
  ) throws {
    let safety = PictureSafety.unchecked("a single file brings no safety checker")
    if let transformer = try TransformerFile(CheckpointFiles.open(path)) {
      let parts = try TransformerFileParts(
        path: path, transformer, autoencoder: replacements.autoencoder, textEncoders: replacements.textEncoders,
        vocabulary: chatVocabulary)
      try self.init(
        parts, name: name, replacements: PartFiles(), adapters: adapters, extras: extras, safety: safety, folder: nil)
    } else {
      try self.init(
        SingleFileParts(path: path, vocabulary: vocabulary), name: name, replacements: replacements,
        adapters: adapters, extras: extras, safety: safety, folder: nil)
    }
  }

  private init(
    _ own: any CheckpointParts, name: String, replacements: PartFiles, adapters: [WeightedAdapter], extras: ModelExtras,
    safety: PictureSafety, folder: ModelFolder?
  ) throws {
    let whole = try replacements.laid(over: own)
    let adapted = adapters.isEmpty ? nil : try AdaptedParts(whole, adapters)
    let parts: any CheckpointParts = adapted ?? whole
    warnings = adapted?.warnings ?? []
    self.parts = parts
    let family = try Families.open(parts)
    if !extras.isEmpty { try Model.requireControllable(family, name) }
    let base = family.controlBase
    controls = try base.map { base in try extras.controls.map { try ControlModel(path: $0, for: base) } } ?? []
    pictureAdapters =
      try base.map { base in
        try extras.pictureAdapters.map {
          try IPAdapterModel(path: $0, encoders: extras.encoders(beside: $0, own.path), for: base)
        }
      } ?? []
    self.family = family
    hashedFile = try parts.hashedFile(denoiser: parts.has("transformer") ? "transformer" : "unet")
    pictureSafety = safety
    let told = parts.settings["limn"] == nil && !family.embedsGuidance ? family.fewSteps(named: name) : nil
    fewSteps = folder == nil ? told : told?.withOwnScheduler
    self.name = name
    self.folder = folder
  }

  /// Its networks with diffusers' classes and the numbers of their parameters.
  package func networks() throws -> [(part: String, className: String, parameters: Int)] {
    let parts = [
      "text_encoder", "text_encoder_2", "unet", "transformer", "vae", "prior", "upscaler", "clip", "safety_checker",
    ]
    return try parts.compactMap { part -> (part: String, className: String, parameters: Int)? in
      guard let name = self.parts.className(of: part) else { return nil }
      let source = try self.parts.weights(of: part)
      let count = try source.names.reduce(0) { $0 + (try source.stored($1)?.shape.product ?? 0) }
      return (part, name, count)
    }
  }

  /// What the weights of the safety checker take as they are stored, in bytes; 0 where the model brings none.
  package func safetyCheckerBytes() throws -> Int { try pictureSafety.check?.size() ?? 0 }

  package func releasePictureCheck() { pictureSafety.check?.release() }

  /// Gives the memory of all networks back but the autoencoder's.
  package func release() {
    family.release(.text)
    releaseDenoiser()
  }

  /// Gives the memory of the denoiser, and of what controls it, back.
  package func releaseDenoiser() {
    family.release(.denoiser)
    for control in controls { control.release() }
  }

  /// - Throws: ``UserError/request(_:)`` where no networks exist that control such a model.
  package func requireControllable() throws(UserError) { try Model.requireControllable(family, name) }

  private static func requireControllable(_ family: any Family, _ name: String) throws(UserError) {
    guard family.controlBase == nil else { return }
    throw .request(
      "\(name) takes no `control` or `ip-reference`: limn runs ControlNets, T2I-Adapters and IP-Adapters of Stable Diffusion and Stable Diffusion XL."
    )
  }
}
