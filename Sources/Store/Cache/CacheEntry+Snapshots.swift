import Foundation
import System

/// A revision of a model in the cache.
package struct CachedSnapshot: Sendable {
  package let commit: String
  /// Branches and tags that stand for it.
  package let references: [String]
  package let files: [CachedFile]

  /// What its files take, in bytes.
  package var bytes: Int { files.reduce(0) { $0 + $1.size } }
}

/// A file of such a revision.
package struct CachedFile: Sendable {
  /// Within the model.
  package let path: String
  /// Where the link leads to.
  package let blob: String
  /// 0 where there is nothing.
  package let size: Int
  /// What the blob's name says; nil where it says none.
  package let digest: Digest?

  package init(path: String, blob: String, size: Int, digest: Digest?) {
    (self.path, self.blob, self.size, self.digest) = (path, blob, size, digest)
  }
}

extension CacheEntry {
  package var isThere: Bool { PathKind(folder) == .folder }

  package var snapshots: [CachedSnapshot] {
    let references = self.references
    return FileTree.names(in: "\(folder)/snapshots").compactMap { commit in
      let place = snapshot(commit)
      guard PathKind(place) == .folder else { return nil }
      let names = references.filter { $0.value == commit }.map(\.key).sorted()
      return CachedSnapshot(commit: commit, references: names, files: CacheEntry.files(in: place))
    }
  }

  /// Branches and tags with their commits.
  private var references: [String: String] {
    let root = "\(folder)/refs"
    let paths = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
    var found: [String: String] = [:]
    for path in paths {
      guard let bytes = try? FileTree.read("\(root)/\(path)", atMost: 256) else { continue }
      found[path] = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
    return found
  }

  private static func files(in folder: String) -> [CachedFile] {
    let paths = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return paths.sorted().compactMap { path in
      let place = "\(folder)/\(path)"
      guard PathKind(place) != .folder else { return nil }
      let blob = SymbolicLink.end(of: place)
      var status = stat()
      let size = unsafe stat(blob, &status) == 0 ? Int(status.st_size) : 0
      return CachedFile(path: path, blob: blob, size: size, digest: Digest(PathParts(blob).name))
    }
  }

  // MARK: Verifying

  /// What a file turned out to be.
  package enum Verdict: Sendable, Equatable {
    case whole, changed, missing
    /// Nothing says what it should be: another program copied it here without a blob.
    case unknown
  }

  /// Hashes a file.
  ///
  /// - Throws: `CancellationError`, and ``UserError/input(_:)`` where it cannot be read.
  package static func verify(_ file: CachedFile) throws -> Verdict {
    guard PathKind(file.blob) == .file else { return .missing }
    guard let digest = file.digest else { return .unknown }
    var sum = RunningDigest(digest, size: file.size)
    do {
      try FileTree.forEachBlock(of: file.blob) { (block) throws(FileError) in sum.update(block) }
    } catch {
      throw UserError.input("\(file.blob): \(error).")
    }
    try Task.checkCancellation()
    return sum.isRight ? .whole : .changed
  }

  // MARK: Removing

  /// What removing would take away.
  package struct Removal: Sendable {
    package let commits: [String]
    /// Blobs that no other revision uses, and what is there of unfinished ones.
    let blobs: [String]
    /// In bytes.
    package let bytes: Int
    /// Whether nothing of the model is left.
    package let isWhole: Bool
  }

  /// - Parameter revision: A branch, tag or commit; nil for all.
  /// - Throws: ``UserError/input(_:)`` where it is not there.
  package func removal(of revision: String?) throws(UserError) -> Removal {
    let all = snapshots
    let gone = revision.map { name in all.filter { $0.commit == name || $0.references.contains(name) } } ?? all
    guard !gone.isEmpty || (revision == nil && isThere) else {
      let known = all.flatMap { [$0.commit] + $0.references }.joined(separator: ", ")
      throw .input(
        "\(repository) is not in the cache at the revision \"\((revision ?? "").harmlessName)\"; there are \(known.isEmpty ? "none" : known)."
      )
    }
    let commits = Set(gone.map(\.commit))
    let isWhole = commits.count == all.count
    let kept = Set(all.filter { !commits.contains($0.commit) }.flatMap { $0.files.map { PathParts($0.blob).name } })
    let names = FileTree.names(in: blobs)
    let used = Set(gone.flatMap { $0.files.map { PathParts($0.blob).name } })
    let removed = names.filter { isWhole || (used.contains($0) && !kept.contains($0)) }
    var bytes = 0
    for name in removed {
      var status = stat()
      if unsafe lstat("\(blobs)/\(name)", &status) == 0 { bytes += Int(status.st_size) }
    }
    return Removal(commits: commits.sorted(), blobs: removed, bytes: bytes, isWhole: isWhole)
  }

  /// - Throws: ``UserError/input(_:)`` where something cannot be removed.
  package func remove(_ removal: Removal) throws {
    func remove(_ path: String) throws {
      guard PathPresence(path) != .absent else { return }
      do { try FileManager.default.removeItem(atPath: path) } catch {
        throw UserError.input("\(path) cannot be removed: \(SystemReason.last).")
      }
    }
    // Names before what they name: nothing is left that leads nowhere.
    for (name, commit) in references where removal.commits.contains(commit) { try remove("\(folder)/refs/\(name)") }
    for commit in removal.commits {
      try remove(snapshot(commit))
      try remove("\(folder)/trees/\(commit).json")
    }
    if removal.isWhole {
      try remove(folder)
      try remove(locks)
    } else {
      for name in removal.blobs { try remove("\(blobs)/\(name)") }
    }
  }
}
