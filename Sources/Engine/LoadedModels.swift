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
  /// For all pictures painted at a time.
  package let conditions = ConditionCache()

  /// Tells it from others, the same model with other LoRAs among them.
  package var identity: String { ([name] + loras.map { "\($0.wish)" }).joined(separator: "\n") }

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

/// The models that were asked for, each opened once with the LoRAs that change it, and hashed.
final class LoadedModels: Sendable {
  private let catalog: ModelCatalog
  private let cacheFolder: String
  private let known = Mutex<[Key: Result<LoadedModel, any Error>]>([:])

  private struct Key: Hashable {
    let name: String
    let loras: [AdapterWish]
  }

  init(_ installation: Installation) {
    catalog = installation.catalog
    cacheFolder = installation.cacheFolder
  }

  /// - Parameters:
  ///   - name: A name, a folder or a file; nil for the bundled model.
  ///   - loras: What changes it.
  /// - Throws: A sentence where there is none, or it cannot be used: the same at each call.
  func model(_ name: String?, loras: [AdapterWish]) throws -> LoadedModel {
    let key = Key(name: name ?? ModelCatalog.bundledName, loras: loras)
    return try known.withLock { known in
      if let result = known[key] { return try result.get() }
      let result = Result {
        let model = try catalog.open(catalog.find(key.name), loras: loras)
        let adapters = try loras.map { wish in
          let path = try catalog.loras.path(wish.name)
          return LoadedAdapter(wish: wish, path: path, hash: BackgroundHash(adapter: path, cacheFolder: cacheFolder))
        }
        let same = known.first { $0.key.name == key.name }.flatMap { try? $0.value.get().hash }
        return LoadedModel(
          name: key.name, model: model,
          hash: same ?? BackgroundHash(model.hashedFile, cacheFolder: cacheFolder), loras: adapters)
      }
      known[key] = result
      return try result.get()
    }
  }
}
