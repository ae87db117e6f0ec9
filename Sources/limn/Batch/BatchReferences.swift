import Batch
import Foundation
import Generation
import Guardrail
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
  /// What models' own safety checkers made of them, by the model's name and the path.
  private let findings = Mutex<[[String]: PictureFinding]>([:])

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

  /// Has the model's own safety checker look at a picture to start from, once.
  /// - Throws: `Refusal` where it objects.
  func check(_ path: String, of model: BatchModels.Entry, for prompt: ApprovedPrompt) throws {
    guard let check = model.model.pictureSafety.check, !prompt.skipsPictures else { return }
    let finding = try findings.withLock { findings in
      if let finding = findings[[model.name, path]] { return finding }
      let finding = try check(Picture(contentsOf: path))
      findings[[model.name, path]] = finding
      return finding
    }
    try prompt.judge(reference: finding)
  }
}
