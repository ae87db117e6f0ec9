import Foundation
import Images
import Painting
import System

/// The pictures that lines start from: each read and checked once, one at a time kept in memory.
final class BatchReferences {
  struct Reference {
    let picture: Picture
    /// SHA-256 of the file.
    let digest: String
  }

  private let limit: MemoryLimit
  private var last: (path: String, picture: Picture)?
  private var known: [String: Result<String, any Error>] = [:]

  init(limit: MemoryLimit) { self.limit = limit }

  /// - Throws: ``PictureError`` where it is missing or no picture; ``UserError/resources(_:)``.
  func reference(_ path: String) throws -> Reference {
    if let result = known[path] { return Reference(picture: try picture(path), digest: try result.get()) }
    let result = Result {
      _ = try picture(path)
      ProtectedFiles.protectInput(path, as: ProtectedFiles.reference)
      return Fingerprint.digits(of: FileManager.default.contents(atPath: path) ?? Data())
    }
    known[path] = result
    return Reference(picture: try picture(path), digest: try result.get())
  }

  private func picture(_ path: String) throws -> Picture {
    if let last, last.path == path { return last.picture }
    let picture = try limit.decode(PictureFile(contentsOf: path))
    last = (path, picture)
    return picture
  }
}

/// What tells the pictures of a line from others, by SHA-256 of their files.
struct InputDigests {
  /// Of the picture that the order starts from; of several, all of them, and of the mask; nil where there is none.
  let reference: String?
  /// Of those that control, each with how it does.
  let controls: [String]

  /// - Parameter digest: Of the picture of a path.
  init(_ settings: PictureSettings, digest: (String) throws -> String) rethrows {
    let references = try settings.references.paths.map(digest)
    let mask = try settings.mask.map { "mask:\(try digest($0))" }
    reference = references.isEmpty ? nil : (references + [mask].compactMap(\.self)).joined(separator: "+")
    controls = try settings.controls.wishes.map { $0.text(path: try digest($0.path)) }
  }
}
