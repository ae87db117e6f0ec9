import JSON
import System
import Tensors

/// A checkpoint in several files and the `*.index.json` that says where each tensor lies.
package struct ShardedFiles: TensorSource {
  package let origin: String
  private let shards: [String: any CheckpointFile]
  /// The shard of each tensor.
  private let shardNames: [String: String]
  /// Tensors that only belong to others, as the scales of 8-bit floats do.
  private let companions: Set<String>

  /// Opens every shard of the index at `path`; they lie beside it.
  ///
  /// - Throws: `CheckpointError` where the index is damaged, a shard is missing, damaged or named by a path, or a tensor
  ///   is not in the shard that the index names.
  package init(indexPath path: String, origin: String? = nil) throws(CheckpointError) {
    let origin = origin ?? path
    guard let map = try JSONValue(contentsOf: path)["weight_map"]?.object else {
      throw CheckpointError(origin, "has no `weight_map`, which says in which file each tensor lies")
    }
    var shardNames: [String: String] = [:]
    for (tensor, shard) in map {
      guard let shard = shard.string, ShardedFiles.isPlainName(shard) else {
        throw CheckpointError(
          origin, "places \(tensor.quoted) in \(shard.text.quoted); the name of a file beside the index was expected")
      }
      shardNames[tensor] = shard
    }

    let folder = path.deletingLastPathComponent
    let originFolder = origin.deletingLastPathComponent
    var shards: [String: any CheckpointFile] = [:]
    for shard in Set(shardNames.values).sorted() {
      let place = folder.appending(pathComponent: shard)
      guard PathKind(place) == .file else {
        throw CheckpointError(origin, "names the shard \(shard.quoted), which is not beside it; download it again")
      }
      shards[shard] = try CheckpointFiles.open(place, origin: originFolder.appending(pathComponent: shard))
    }
    for (tensor, shard) in shardNames where shards[shard]?.shape(tensor) == nil {
      throw CheckpointError(origin, "places \(tensor.quoted) in \(shard.quoted), which does not hold it")
    }
    companions = Float8Scales.companions(
      of: shardNames.filter { shards[$0.value]?.isFloat8($0.key) == true }.keys, among: Set(shardNames.keys))
    self.origin = origin
    self.shards = shards
    self.shardNames = shardNames
  }

  package var names: [String] { shardNames.keys.filter { !companions.contains($0) } }
  package var fileStamps: [String] { shards.values.flatMap(\.fileStamps).sorted() }

  package func stored(_ name: String) throws -> StoredTensor? {
    guard let tensor = try inItsShard(name) else { return nil }
    guard tensor.scales == nil else { return tensor }
    return try Float8Scales.scaled(tensor, name, origin: origin) { other throws(CheckpointError) in
      guard companions.contains(other) else { return nil }
      do { return try inItsShard(other) } catch { throw CheckpointError(origin, "\(error)") }
    }
  }

  private func inItsShard(_ name: String) throws -> StoredTensor? {
    try shardNames[name].flatMap { shards[$0] }?.stored(name)
  }

  /// Whether a shard's name stays in the folder of its index.
  private static func isPlainName(_ name: String) -> Bool {
    (name.hasSuffix(".safetensors") || ModelFolder.isPickle(name)) && !name.hasPrefix(".")
      && !name.unicodeScalars.contains { $0 == "/" || $0 == "\\" || $0.value < 0x20 }
  }
}

extension String {
  /// The folder of a path: everything before the last slash, `.` where there is none.
  var deletingLastPathComponent: String {
    guard let slash = lastIndex(of: "/") else { return "." }
    return slash == startIndex ? "/" : String(self[..<slash])
  }

  /// The path of something within this folder.
  func appending(pathComponent name: String) -> String {
    if self == "." || isEmpty { return name }
    return hasSuffix("/") ? self + name : "\(self)/\(name)"
  }

  /// What follows the last slash.
  var lastPathComponent: String { split(separator: "/").last.map(String.init) ?? self }
}
