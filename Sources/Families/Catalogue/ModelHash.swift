import Checkpoints
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
    cached(cacheKey(path)) { try? SHA256(contentsOf: path).finalize().prefix(5).hexadecimal }
  }

  /// What A1111 calls a LoRA by ("AutoV3"): the first twelve digits of the SHA-256 of its tensors, without the header, so that
  /// other metadata make no other LoRA (`addnet_hash_safetensors` of stable-diffusion-webui; kohya's `sshs_model_hash`).
  ///
  /// Of other files than safetensors, those of the whole file.
  ///
  /// - Returns: Nil when the file cannot be read.
  package func adapter(_ path: String) -> String? {
    guard path.hasSuffix(".safetensors") else { return file(path) }
    return cached(cacheKey(path).map { "tensors|\($0)" }) {
      guard let file = try? MappedFile(path: path), file.count > 8 else { return nil }
      let length = file.copy(0..<8).reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
      guard length <= UInt64(file.count - 8) else { return nil }
      return unsafe file.bytes(in: 8 + Int(length)..<file.count).withBytes { bytes in
        var sum = SHA256()
        unsafe sum.update(bufferPointer: bytes)
        return sum.finalize().prefix(6).hexadecimal
      }
    }
  }

  /// The first twelve digits of a whole file's SHA-256: what A1111 calls a textual inversion by.
  ///
  /// - Returns: Nil when the file cannot be read.
  package func file(_ path: String) -> String? {
    cached(cacheKey(path).map { "file|\($0)" }) { try? SHA256(contentsOf: path).finalize().prefix(6).hexadecimal }
  }

  private func cached(_ key: String?, _ hash: () -> String?) -> String? {
    guard let key else { return nil }
    var known =
      (try? Data(contentsOf: cacheFile)).flatMap { try? JSONDecoder().decode([String: String].self, from: $0) } ?? [:]
    if let digits = known[key] { return digits }
    guard let digits = hash() else { return nil }
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
}
