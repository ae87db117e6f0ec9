import Generation
import Synchronization

/// The models that a batch names, each opened once and hashed.
final class BatchModels: Sendable {
  /// A model with what names it in keys and metadata.
  struct Entry: Sendable {
    let name: String
    let model: Model
    let hash: BackgroundHash
    /// Prompts that were encoded for it, for all pictures painted at a time.
    let encodings = EncodingCache()
  }

  private let catalog = Installation.catalog
  private let standard: String?
  private let known = Mutex<[String: Result<Entry, any Error>]>([:])

  /// - Parameter standard: The model of lines that name none; nil for the bundled one.
  init(standard: String?) {
    self.standard = standard
  }

  func entry(_ name: String?) throws -> Entry {
    let name = name ?? standard ?? ModelCatalog.bundledName
    return try known.withLock { known in
      if let result = known[name] { return try result.get() }
      let result = Result {
        let model = try catalog.open(catalog.find(name))
        return Entry(name: name, model: model, hash: BackgroundHash(model.hashedFile))
      }
      known[name] = result
      return try result.get()
    }
  }
}
