import Images
import Painting

/// How a batch is painted, whatever its pictures are.
package struct BatchSettings: Sendable {
  /// The folder that the names of pictures are relative to; nil where they go to standard output as an archive.
  package var folder: String?
  /// Where the ledger lies; nil for its place in the folder.
  package var ledger: String?
  /// Ledgers of other runs or shards, to take over what is painted there.
  package var merge: [String] = []
  /// Whether pictures that lie there whole are left as they are.
  package var resumes = true
  package var shard = Shard.whole
  /// Pictures painted at a time.
  package var workers = 1
  /// How often a picture that failed is tried again.
  package var retries = 0
  /// Whether the first failure ends the batch.
  package var failsFast = false
  package var metadata = MetadataPolicy.full
  /// Of pictures whose names end as JPEG and WebP do.
  package var quality = PictureEncoding.usualQuality
  /// Where a contact sheet goes.
  package var sheet: String?
  /// Pictures side by side on it; nil for a square of them.
  package var sheetColumns: Int?
  /// Where a page of all pictures goes.
  package var gallery: String?
  package var limit = MemoryLimit()

  package init() {}

  /// Where a job's picture lies.
  package func place(of path: String) -> String {
    guard let folder, !path.hasPrefix("/"), folder != "." else { return path }
    return "\(folder)/\(path)"
  }

  /// The inverse, as the ledger keeps it.
  func relative(_ path: String) -> String {
    guard let folder, path.hasPrefix(folder + "/") else { return path }
    return String(path.dropFirst(folder.count + 1))
  }
}
