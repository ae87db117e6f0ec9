import Engine
import Families
import Foundation
import Guardrail
import Painting
import Tokenizers

/// Whether the models and the guardrail that would be used can be.
package struct ModelCheck {
  package private(set) var findings: [Finding] = []
  /// What a picture of the bundled model takes, in bytes.
  package private(set) var bytesNeeded: Int?

  /// Larger files are hashed only when asked for.
  private static let byteLimit = 200 << 20

  package init(_ catalog: ModelCatalog, isThorough: Bool) {
    for entry in catalog.entries { findings.append(check(entry, catalog, isThorough: isThorough)) }
    if !catalog.entries.contains(where: { $0.origin == "bundled" }) {
      findings.append(
        ModelCheck.sentence("models", ModelCatalog.bundledName, "not found") { _ = try catalog.find(nil) })
    }
    findings.append(ModelCheck.vocabulary(catalog))
    findings.append(ModelCheck.chatVocabulary(catalog))
    findings += ModelCheck.checksums(catalog)
    findings.append(ModelCheck.guardrail(catalog))
  }

  private mutating func check(_ entry: ModelCatalog.Entry, _ catalog: ModelCatalog, isThorough: Bool) -> Finding {
    do {
      let model = try catalog.open(entry)
      let size = try model.defaults.size(.standard, multiple: model.family.latents.sizeMultiple)
      let bytes = try model.family.bytes(size, isGuided: true, references: [])
      if entry.origin == "bundled" {
        // Reading all of it shows every damage; published checkpoints are too large for that.
        try model.family.requireReadable()
        let work = MemoryPlan.Work(size: size, isGuided: true)
        bytesNeeded = try MemoryPlan(model, work, limit: MemoryLimit(wished: .max)).predictedBytes
      }
      let isHashed = isThorough || bytes.text + bytes.denoiser + bytes.autoencoder < ModelCheck.byteLimit
      let hash = isHashed ? ModelHash(cacheFolder: Installation.current.cacheFolder)(model.hashedFile) : nil
      let looks = model.pictureSafety.check == nil ? "no safety checker" : "with a safety checker"
      return Finding(
        "models", entry.name,
        "\(entry.origin), \(entry.path), \(hash.map { "hash \($0)" } ?? "hash not worked out"), \(looks)")
    } catch {
      return Finding("models", entry.name, "\(entry.origin), \(entry.path)", .wrong, advice: "\(error)")
    }
  }

  private static func vocabulary(_ catalog: ModelCatalog) -> Finding {
    guard let folder = catalog.vocabularyFolder else {
      return Finding(
        "models", "vocabulary", "not in this program", .note,
        advice:
          "It was built without a network. Checkpoints of a single file need a folder `tokenizer` beside them; `make build` with a network packs CLIP's vocabulary."
      )
    }
    return sentence("models", "vocabulary", "CLIP's, \(folder)") {
      _ = try CLIPTokenizer(folder: URL(fileURLWithPath: folder))
    }
  }

  private static func chatVocabulary(_ catalog: ModelCatalog) -> Finding {
    guard let folder = catalog.chatVocabularyFolder else {
      return Finding(
        "models", "Qwen's vocabulary", "not in this program", .note,
        advice:
          "It was built without a network. Text encoders of FLUX.2 klein and Z-Image that lie alone as safetensors need a folder `tokenizer` beside them; folders and GGUF files bring their own."
      )
    }
    return sentence("models", "Qwen's vocabulary", folder) {
      _ = try Qwen2Tokenizer(folder: URL(fileURLWithPath: folder))
    }
  }

  /// The list of sums that `make install` leaves beside the weights.
  private static func checksums(_ catalog: ModelCatalog) -> [Finding] {
    guard let folder = catalog.weightsFolder else { return [] }
    do {
      guard let list = try ChecksumList(folder: folder) else { return [] }
      let differences = list.differences()
      guard let first = differences.first else {
        return [Finding("models", "installed files", "\(list.count) as they were installed (SHA-256)")]
      }
      return [
        Finding(
          "models", "installed files", "\(differences.count) of \(list.count) differ in \(folder)", .wrong,
          advice: "\(first)\(differences.count > 1 ? ", among others" : ""). Install limn again.")
      ]
    } catch {
      return [Finding("models", "installed files", folder, .wrong, advice: "\(error)")]
    }
  }

  private static func guardrail(_ catalog: ModelCatalog) -> Finding {
    let place = "\(catalog.weightsFolder ?? "")/guardrail"
    do {
      let guardrail = try Installation.current.guardrail()
      _ = try guardrail.approve(prompt: "a red apple")
      guard !guardrail.hasEncoder else {
        return Finding("guardrail", "guardrail", "\(place), works, with its sentence encoder")
      }
      return Finding(
        "guardrail", "guardrail", "\(place), works without its sentence encoder", .note,
        advice:
          "It recognises less, above all in other languages than English; with a network and python3-pip, build limn again."
      )
    } catch {
      return Finding("guardrail", "guardrail", "does not work", .wrong, advice: "\(error)")
    }
  }

  /// What was found where `work` goes well; else its error, which says what to do.
  private static func sentence(_ section: String, _ name: String, _ found: String, _ work: () throws -> Void) -> Finding
  {
    do {
      try work()
      return Finding(section, name, found)
    } catch {
      return Finding(section, name, "does not work", .wrong, advice: "\(error)")
    }
  }
}
