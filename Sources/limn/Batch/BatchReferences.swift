import Batch
import Foundation
import Generation
import Images
import Synchronization

/// The pictures that lines start from: each checked once, none kept in memory.
final class BatchReferences: Sendable {
  struct Entry: Sendable {
    let size: PictureSize
    /// SHA-256 of the file.
    let digest: String
  }

  private let known = Mutex<[String: Result<Entry, any Error>]>([:])

  /// - Throws: ``PictureError`` where it is missing or no picture.
  func entry(_ path: String) throws -> Entry {
    try known.withLock { known in
      if let result = known[path] { return try result.get() }
      let result = Result {
        let picture = try Picture(contentsOf: path)
        let digest = Fingerprint.digits(of: FileManager.default.contents(atPath: path) ?? Data())
        return Entry(size: PictureSize(width: picture.width, height: picture.height), digest: digest)
      }
      known[path] = result
      return try result.get()
    }
  }
}
