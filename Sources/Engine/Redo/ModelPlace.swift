import Families
import Foundation

/// Where a model's weights lie.
package enum ModelPlace {
  /// The model that a file of weights belongs to: the folder with `model_index.json` above it, or itself.
  package static func containing(_ path: String) -> String? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    var folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    for _ in 0..<3 where folder.path != "/" {
      if FileManager.default.fileExists(atPath: folder.appending(path: "model_index.json").path) { return folder.path }
      folder.deleteLastPathComponent()
    }
    return path
  }

  /// The installed model with that hash.
  package static func installed(_ catalog: ModelCatalog, hash: String) -> String? {
    let hashes = ModelHash(cacheFolder: Installation.current.cacheFolder)
    return catalog.entries.first { entry in
      guard let model = try? catalog.open(entry), let digits = hashes(model.hashedFile) else { return false }
      return digits.hasPrefix(hash) || hash.hasPrefix(digits)
    }?.path
  }
}
