import Foundation
import System
import Tensors

/// Keeps what large text encoders make of prompts in files, so that a prompt is encoded once and not once a run.
///
/// Names are hashes and contents are states; both are for the user's eyes alone. A file that is damaged is made anew, and where
/// nothing can be written the next run only takes longer. Several processes may use one folder.
package struct EncodingCache: Sendable {
  /// Where the files lie.
  package let folder: String
  private let capacity: Int

  /// The user's own: `$XDG_CACHE_HOME/limn/encodings`, or the like in `~/.cache`.
  package static let standard = EncodingCache(
    folder: BaseFolder.cache(ProcessInfo.processInfo.environment, home: NSHomeDirectory()) + "/encodings")

  /// - Parameters:
  ///   - folder: Is made when it is first needed, and then its owner's alone.
  ///   - capacity: Bytes that all files may take; those that were not used for longest go first.
  package init(folder: String, capacity: Int = 512 << 20) {
    self.folder = folder
    self.capacity = capacity
  }

  /// The tensors of a key, computed where they are not known; kept unless the key is nil or a value is no number.
  package func cached(_ key: EncodingKey?, _ compute: () throws -> [Tensor]) rethrows -> [Tensor] {
    guard let key else { return try compute() }
    if let known = read(key) { return known }
    let tensors = try compute()
    if tensors.allSatisfy(\.isFinite) { write(EncodingFile.bytes(of: tensors, key), key) }
    return tensors
  }

  private func path(_ key: EncodingKey) -> String { "\(folder)/\(key.name)" }

  private func read(_ key: EncodingKey) -> [Tensor]? {
    guard isOwn, let bytes = try? FileTree.read(path(key), atMost: capacity) else { return nil }
    guard let tensors = EncodingFile.tensors(in: bytes, key) else {
      try? FileManager.default.removeItem(atPath: path(key))
      return nil
    }
    // The time of its last use.
    try? FileManager.default.setAttributes([.modificationDate: Date()], ofItemAtPath: path(key))
    return tensors
  }

  private func write(_ bytes: [UInt8], _ key: EncodingKey) {
    guard bytes.count <= capacity, isOwn || makeFolder() else { return }
    removeOldest(for: bytes.count)
    _ = try? AtomicFile.save(bytes, to: path(key), ifTaken: .replace, permissions: 0o600)
  }

  /// Whether the folder is there, the user's own, and nobody else's.
  private var isOwn: Bool {
    guard let status = try? FileManager.default.attributesOfItem(atPath: folder),
      status[.type] as? FileAttributeType == .typeDirectory, let permissions = status[.posixPermissions] as? Int,
      let owner = status[.ownerAccountID] as? Int
    else { return false }
    return owner == Int(geteuid()) && permissions & 0o077 == 0
  }

  private func makeFolder() -> Bool {
    let files = FileManager.default
    try? files.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    // What was there before may be open to others; what belongs to others cannot be changed.
    try? files.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder)
    return isOwn
  }

  /// Makes room for `bytes` more. Another process may remove the same files meanwhile.
  private func removeOldest(for bytes: Int) {
    let files = FileManager.default
    var known = FileTree.names(in: folder).compactMap { name -> (path: String, size: Int, used: Date)? in
      let path = "\(folder)/\(name)"
      guard let status = try? files.attributesOfItem(atPath: path), let size = status[.size] as? Int,
        status[.type] as? FileAttributeType == .typeRegular, let used = status[.modificationDate] as? Date
      else { return nil }
      return (path, size, used)
    }
    known.sort { $0.used < $1.used }
    var total = known.reduce(bytes) { $0 + $1.size }
    for file in known where total > capacity {
      try? files.removeItem(atPath: file.path)
      total -= file.size
    }
  }
}
