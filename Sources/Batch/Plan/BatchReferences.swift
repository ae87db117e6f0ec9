import Foundation
import Images
import Painting
import System

/// The pictures that lines start from: each read and checked once, one at a time kept in memory.
final class BatchReferences {
  private let limit: MemoryLimit
  private var last: (path: String, picture: Picture)?
  private var known: [String: Result<String, any Error>] = [:]

  init(limit: MemoryLimit) { self.limit = limit }

  /// SHA-256 of the file.
  ///
  /// - Throws: ``PictureError`` where it is missing or no picture; ``UserError/resources(_:)``.
  func digest(_ path: String) throws -> String {
    if let result = known[path] { return try result.get() }
    let result = Result {
      _ = try decoded(opened(path))
      ProtectedFiles.protectInput(path, as: ProtectedFiles.reference)
      return Fingerprint.digits(of: FileManager.default.contents(atPath: path) ?? Data())
    }
    known[path] = result
    return try result.get()
  }

  /// - Throws: ``PictureError`` where it is missing or no picture.
  func opened(_ path: String) throws -> PictureFile {
    if case .failure(let error) = known[path] { throw error }
    return try PictureFile(contentsOf: path)
  }

  func decoded(_ file: PictureFile) throws -> Picture {
    if let last, last.path == file.name { return last.picture }
    let picture = try limit.decode(file)
    last = (file.name, picture)
    return picture
  }
}

/// What tells the pictures of a line from others, by SHA-256 of their files.
struct InputDigests {
  /// Of the picture that the order starts from; of several, all of them, and of the mask; nil where there is none.
  let reference: String?
  /// Of those that control, each with how it does.
  let controls: [String]
  /// Of those that are followed beside the prompt, each with its weight.
  let pictures: [String]
  /// Of those in whose style the picture is painted over.
  let styles: [String]

  /// - Parameter digest: Of the picture of a path.
  init(_ settings: PictureSettings, digest: (String) throws -> String) rethrows {
    let references = try settings.references.paths.map(digest)
    let mask = try settings.maskPath.map { "mask:\(try digest($0))" }
    // Its own transparency is another mask than none.
    let own = settings.mask == PictureSettings.alphaMask ? "mask:alpha" : nil
    reference = references.isEmpty ? nil : (references + [mask, own].compactMap(\.self)).joined(separator: "+")
    controls = try settings.controls.wishes.map { $0.text(path: try digest($0.path)) }
    pictures = try settings.pictures.wishes.map { $0.text(path: try digest($0.path)) }
    styles = try settings.styleFrom.paths.map(digest)
  }
}
