import Crypto
import Foundation
import System

/// The first ten hexadecimal digits of a checkpoint's SHA-256, by which metadata names models.
///
/// Hashing gigabytes takes seconds, so results are kept in the cache folder, by path, size and time of change.
package struct ModelHash: Sendable {
  private let cacheFile: URL

  package init(cacheFolder: String) {
    cacheFile = URL(fileURLWithPath: cacheFolder).appending(path: "model-hashes.json")
  }

  /// - Returns: Ten digits; nil when the file cannot be read.
  package func callAsFunction(_ path: String) -> String? {
    guard let key = cacheKey(path) else { return nil }
    var known =
      (try? Data(contentsOf: cacheFile)).flatMap { try? JSONDecoder().decode([String: String].self, from: $0) } ?? [:]
    if let digits = known[key] { return digits }
    guard let digits = hash(path) else { return nil }
    known[key] = digits
    // Without the cache the next run only takes longer.
    try? FileManager.default.createDirectory(
      at: cacheFile.deletingLastPathComponent(), withIntermediateDirectories: true)
    if let data = try? JSONEncoder().encode(known) {
      _ = try? AtomicFile.save(Array(data), to: cacheFile.path, ifTaken: .replace)
    }
    return digits
  }

  private func cacheKey(_ path: String) -> String? {
    let resolved = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    let place = FileTree.place(of: resolved)
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: place.path),
      let size = attributes[.size] as? Int, let changed = attributes[.modificationDate] as? Date
    else { return nil }
    return "\(resolved)|\(size)|\(changed.timeIntervalSince1970)"
  }

  private func hash(_ path: String) -> String? { try? SHA256(contentsOf: path).finalize().prefix(5).hexadecimal }
}
