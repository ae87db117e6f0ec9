import Foundation
import History
import Images
import Painting
import System

/// Pictures that people hand over: decoded, and written anew as PNGs of limn's own, so that nothing of what came in is ever
/// handed out again.
struct Uploads: Sendable {
  private let store: HistoryStore
  private let folder: String
  /// What decoding may take.
  private let limit: MemoryLimit
  /// Of one person, in bytes.
  private static let mostBytes = 2 << 30
  /// A picture to start from is seldom painted larger than this.
  private static let mostPixels = 40_000_000

  init(_ store: HistoryStore, folder: String, limit: MemoryLimit) {
    self.store = store
    self.folder = folder
    self.limit = limit
  }

  /// - Parameter isMask: Whether what is transparent is to be painted anew, as OpenAI's clients mean it.
  /// - Throws: `PictureError` where it is no picture; ``Fault`` where there is no room for it.
  func add(_ bytes: [UInt8], of person: Person, isMask: Bool = false) throws -> UploadRow {
    let file = try PictureFile(bytes: bytes, name: "The picture")
    var picture = try limit.decode(file)
    if isMask, let mask = try file.transparency() { picture = mask.picture }
    guard picture.size.pixels <= Self.mostPixels else {
      throw Fault(.contentTooLarge, "too_large", "The picture has \(picture.size) pixels; make it smaller.")
    }
    let encoded = try PNGEncoder.encode(picture, effort: .fast)
    guard try store.uploadedBytes(of: person) + encoded.count <= Self.mostBytes else {
      throw Fault(.insufficientStorage, "no_space", "Your pictures take as much room as they may already.")
    }
    let id = RunIdentifier.fresh()
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    try AtomicFile.save(encoded, to: path(id), ifTaken: .refuse, permissions: 0o600)
    let row = UploadRow(
      id: id, person: person, width: picture.width, height: picture.height, bytes: encoded.count)
    try store.add(row)
    return row
  }

  /// Where an upload of a person lies; nil for everybody else's.
  func path(_ id: String, of person: Person) throws -> String? {
    try store.upload(id: id, of: person).map { path($0.id) }
  }

  /// The identifier of the upload that lies at a path of the history.
  func identifier(at path: String) -> String? {
    guard path.hasPrefix(folder + "/"), path.hasSuffix(".png") else { return nil }
    return String(path.dropFirst(folder.count + 1).dropLast(4))
  }

  private func path(_ id: String) -> String { "\(folder)/\(id).png" }
}
