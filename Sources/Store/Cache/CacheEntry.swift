import Foundation
import System

/// A model's folder in the Hugging Face cache: `models--ORG--NAME` with `blobs`, `refs` and `snapshots`.
package struct CacheEntry: Sendable {
  /// `organisation/name`
  package let repository: String
  /// The cache's folder, which holds those of all models.
  private let root: String

  package init(_ repository: String, root: String) {
    self.repository = repository
    self.root = root
  }

  private var name: String { "models--" + repository.replacing("/", with: "--") }
  package var folder: String { "\(root)/\(name)" }
  var blobs: String { "\(folder)/blobs" }
  var locks: String { "\(root)/.locks/\(name)" }

  package func blob(_ digest: Digest) -> String { "\(blobs)/\(digest.digits)" }
  /// What is there of a file that is not whole yet.
  func partial(_ digest: Digest) -> String { blob(digest) + ".incomplete" }
  func lock(_ digest: Digest) -> String { "\(locks)/\(digest.digits).lock" }
  package func snapshot(_ commit: String) -> String { "\(folder)/snapshots/\(commit)" }

  /// - Throws: ``UserError`` where a folder cannot be made.
  func makeFolders() throws {
    for path in [blobs, locks] { try CacheEntry.makeFolder(path) }
    // Tells programs that save copies to pass it over (Cache Directory Tagging Standard).
    let tag = "\(root)/CACHEDIR.TAG"
    guard PathKind(tag) == .missing else { return }
    let text = """
      Signature: 8a477f597d28d172789f06886806bc55
      # This file is a cache directory tag created by huggingface_hub.
      # For information about cache directory tags, see:
      #\thttps://bford.info/cachedir/

      """
    _ = try? AtomicFile.save(Array(text.utf8), to: tag, ifTaken: .replace)
  }

  private static func makeFolder(_ path: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw UserError.input("The folder \(path) cannot be made: \(SystemReason.last).")
    }
  }

  /// Gives a file of a revision its name: a link to its blob, relative, so that the cache can be moved.
  ///
  /// - Throws: ``UserError`` where the link cannot be made.
  func link(_ path: String, to digest: Digest, commit: String) throws {
    let place = "\(snapshot(commit))/\(path)"
    try CacheEntry.makeFolder(PathParts(place).folder)
    let up = String(repeating: "../", count: path.split(separator: "/").count + 1)
    let target = "\(up)blobs/\(digest.digits)"
    if (try? FileManager.default.destinationOfSymbolicLink(atPath: place)) == target { return }
    let passing = "\(PathParts(place).folder)/.limn-\(UInt64.random(in: 0...UInt64.max)).tmp"
    guard unsafe symlink(target, passing) == 0, unsafe rename(passing, place) == 0 else {
      let reason = SystemReason.last
      unsafe unlink(passing)
      throw UserError.input("The link \(place) cannot be made: \(reason).")
    }
  }

  /// Says which commit a branch or tag stands for; a commit itself needs no such note.
  func note(_ revision: String, is commit: String) throws {
    guard revision != commit else { return }
    let path = "\(folder)/refs/\(revision)"
    if let known = try? FileTree.read(path, atMost: 256), known == Array(commit.utf8) { return }
    try CacheEntry.makeFolder(PathParts(path).folder)
    try AtomicFile.save(Array(commit.utf8), to: path, ifTaken: .replace)
  }
}
