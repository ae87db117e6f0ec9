import Families
import Synchronization

/// A model with what names it in keys and metadata, and the conditions that were encoded for it.
package struct LoadedModel: Sendable {
  /// As it was asked for.
  package let name: String
  package let model: Model
  package let hash: BackgroundHash
  /// For all pictures painted at a time.
  package let conditions = ConditionCache()
}

/// The models that were asked for, each opened once and hashed.
final class LoadedModels: Sendable {
  private let catalog: ModelCatalog
  private let cacheFolder: String
  private let known = Mutex<[String: Result<LoadedModel, any Error>]>([:])

  init(_ installation: Installation) {
    catalog = installation.catalog
    cacheFolder = installation.cacheFolder
  }

  /// - Parameter name: A name, a folder or a file; nil for the bundled model.
  /// - Throws: A sentence where there is none, or it cannot be used: the same at each call.
  func model(_ name: String?) throws -> LoadedModel {
    let name = name ?? ModelCatalog.bundledName
    return try known.withLock { known in
      if let result = known[name] { return try result.get() }
      let result = Result {
        let model = try catalog.open(catalog.find(name))
        return LoadedModel(
          name: name, model: model, hash: BackgroundHash(model.hashedFile, cacheFolder: cacheFolder))
      }
      known[name] = result
      return try result.get()
    }
  }
}
