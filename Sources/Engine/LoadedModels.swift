import Families
import Synchronization

/// A model with what names it in keys and metadata, and the conditions that were encoded for it.
package struct LoadedModel: Sendable {
  /// As it was asked for.
  package let name: String
  package let model: Model
  package let hash: BackgroundHash
  /// What changes it.
  package let loras: [LoadedAdapter]
  /// What takes the place of parts of it.
  package let parts: [LoadedPart]
  /// For all pictures painted at a time.
  package let conditions: ConditionCache

  init(name: String, model: Model, hash: BackgroundHash, loras: [LoadedAdapter], parts: [LoadedPart]) {
    self.name = name
    self.model = model
    self.hash = hash
    self.loras = loras
    self.parts = parts
    conditions = ConditionCache(capacity: model.family.keptConditions)
  }

  /// Tells it from others, the same model with other LoRAs among them.
  package var identity: String {
    ([name] + loras.map { "\($0.wish)" } + parts.map { "\($0.kind) \($0.path)" }).joined(separator: "\n")
  }

  /// The files of parts by what decides pixels, as a batch keeps them.
  package var partKeys: [(name: String, value: String)] { parts.map { ($0.kind.rawValue, $0.digits) } }

  /// The LoRAs by what decides pixels; nil where there are none.
  package var loraKey: String? {
    loras.isEmpty ? nil : loras.map { "\($0.digits):\($0.wish.weightText)" }.joined(separator: ",")
  }

  /// As A1111 lists them: "style: 0123456789ab".
  package var loraHashes: String? {
    loras.isEmpty ? nil : loras.map { "\($0.wish.stem): \($0.digits)" }.joined(separator: ", ")
  }
}

/// A LoRA of a model.
package struct LoadedAdapter: Sendable {
  package let wish: AdapterWish
  fileprivate let path: String
  fileprivate let hash: BackgroundHash

  /// Twelve digits, waited for where they are not ready; the path where the file cannot be read.
  package var digits: String { hash.digits ?? path }
}

/// A file that takes the place of a part of a model, or that controls it.
package struct LoadedPart: Sendable {
  /// By the names of settings.
  package enum Kind: String, Sendable {
    case autoencoder = "vae"
    case textEncoder = "text-encoder"
    case control = "control-model"
    case pictureAdapter = "ip-adapter"
  }

  package let kind: Kind
  package let path: String
  fileprivate let hash: BackgroundHash

  /// Ten digits, waited for where they are not ready; the path where the file cannot be read.
  package var digits: String { hash.digits ?? path }
}

/// The models that were asked for, each opened once with the LoRAs and files that change it, and hashed.
final class LoadedModels: Sendable {
  private let catalog: ModelCatalog
  private let cacheFolder: String
  private let known = Mutex<[ModelWish: Result<LoadedModel, any Error>]>([:])

  init(_ installation: Installation) {
    catalog = installation.catalog
    cacheFolder = installation.cacheFolder
  }

  /// - Throws: A sentence where there is none, or it cannot be used: the same at each call.
  func model(_ wish: ModelWish) throws -> LoadedModel {
    try known.withLock { known in
      if let result = known[wish] { return try result.get() }
      let result = Result {
        let model = try catalog.open(
          catalog.find(wish.name), loras: wish.loras, parts: wish.parts, extras: wish.extras)
        let adapters = try wish.loras.map { wish in
          let path = try catalog.loras.path(wish.name)
          return LoadedAdapter(wish: wish, path: path, hash: BackgroundHash(adapter: path, cacheFolder: cacheFolder))
        }
        let files = try catalog.files(wish.parts)
        let parts =
          (files.autoencoder.map { [part(.autoencoder, $0)] } ?? []) + files.textEncoders.map { part(.textEncoder, $0) }
          + model.controls.map { part(.control, $0.hashedFile) }
          + model.pictureAdapters.map { part(.pictureAdapter, $0.hashedFile) }
        let same = known.first { $0.key.name == wish.name }.flatMap { try? $0.value.get().hash }
        return LoadedModel(
          name: wish.name, model: model,
          hash: same ?? BackgroundHash(model.hashedFile, cacheFolder: cacheFolder), loras: adapters, parts: parts)
      }
      known[wish] = result
      return try result.get()
    }
  }

  private func part(_ kind: LoadedPart.Kind, _ path: String) -> LoadedPart {
    LoadedPart(kind: kind, path: path, hash: BackgroundHash(path, cacheFolder: cacheFolder))
  }
}
