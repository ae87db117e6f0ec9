import Generation
import Images

/// How a batch is painted, whatever its pictures are.
struct BatchSettings: Sendable {
  /// The folder that the names of pictures are relative to; nil where they go to standard output as an archive.
  var folder: String?
  /// Pictures painted at a time.
  var workers = 1
  /// How often a picture that failed is tried again.
  var retries = 0
  /// Whether the first failure ends the batch.
  var failsFast = false
  var metadata = MetadataPolicy.full
  /// Pictures side by side on a contact sheet; nil for a square of them.
  var sheetColumns: Int?
  var limit = MemoryLimit()
  var presentation = PaintingSession.Presentation()

  /// Where a job's picture lies.
  func place(of path: String) -> String {
    guard let folder, !path.hasPrefix("/"), folder != "." else { return path }
    return "\(folder)/\(path)"
  }
}
