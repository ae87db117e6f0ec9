import Checkpoints
import System

/// Files of single networks that take the place of a checkpoint's own, or of those that it lacks.
package struct PartFiles: Sendable, Hashable {
  /// A file or folder.
  package var autoencoder: String?
  package var textEncoders: [String]

  package init(autoencoder: String? = nil, textEncoders: [String] = []) {
    self.autoencoder = autoencoder
    self.textEncoders = textEncoders
  }

  package var paths: [String] { (autoencoder.map { [$0] } ?? []) + textEncoders }

  /// The checkpoint with them in it.
  ///
  /// - Throws: A sentence where one is damaged or of no use here, or a part is still missing.
  func laid(over parts: any CheckpointParts) throws -> any CheckpointParts {
    let whole: any CheckpointParts =
      paths.isEmpty ? parts : try OverlaidParts(parts, autoencoder: autoencoder, textEncoders: textEncoders)
    guard whole.lacking.isEmpty else { throw UserError.input(PartFiles.sentence(whole)) }
    return whole
  }

  /// What is missing, and what would supply it.
  private static func sentence(_ parts: any CheckpointParts) -> String {
    let isXL = parts.has("text_encoder_2")
    let isWide = (try? parts.configuration(of: "unet"))?["cross_attention_dim"]?.integer == 1024
    let texts = parts.lacking.compactMap { part in
      switch part {
      case "text_encoder": isWide && !isXL ? "OpenCLIP-H" : "CLIP-L"
      case "text_encoder_2": "OpenCLIP-bigG"
      default: nil
      }
    }
    var wanted: [String] = []
    if parts.lacking.contains("vae") { wanted.append("an autoencoder (name its file by `vae`)") }
    if !texts.isEmpty {
      wanted.append(
        "the text encoder\(texts.count > 1 ? "s" : "") \(texts.joined(separator: " and ")) (by `text-encoder`)")
    }
    return
      "\(parts.path) does not hold the whole model: it lacks \(wanted.joined(separator: " and ")); or take a checkpoint that holds all."
  }
}

extension ModelCatalog {
  /// Autoencoders, in a folder beside that for models.
  package var autoencoders: NamedFiles { namedFiles(in: "vae", kind: "autoencoder") }
  /// ControlNets and T2I-Adapters, in a folder beside that for models.
  package var controlModels: NamedFiles { namedFiles(in: "controlnet", kind: "control network") }
  /// IP-Adapters, in a folder beside that for models.
  package var pictureAdapters: NamedFiles { namedFiles(in: "ipadapter", kind: "IP-Adapter") }
  /// Text encoders, in a folder beside that for models.
  package var textEncoders: NamedFiles { namedFiles(in: "text_encoders", kind: "text encoder") }
}

/// A model that is asked for, with all that changes it.
package struct ModelWish: Sendable, Hashable {
  /// A name, a folder or a file.
  package var name: String
  /// One after the other.
  package var loras: [AdapterWish]
  /// By name or path.
  package var parts: PartFiles
  /// By name or path.
  package var extras: ModelExtras

  package init(
    name: String, loras: [AdapterWish] = [], parts: PartFiles = PartFiles(), extras: ModelExtras = ModelExtras()
  ) {
    self.name = name
    self.loras = loras
    self.parts = parts
    self.extras = extras
  }
}
