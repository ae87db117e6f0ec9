/// Whether there is anything on the disk at a path, for files whose absence means something.
///
/// A link counts as something, wherever it leads; where a folder on the way cannot be looked into, nobody knows.
package enum PathPresence: Equatable, Sendable {
  case absent, present
  /// `reason`: a part of a sentence.
  case unknown(reason: String)

  package init(_ path: String) {
    var status = stat()
    if unsafe lstat(path, &status) == 0 {
      self = .present
    } else if errno != ENOENT {
      self = .unknown(reason: SystemReason.last)
    } else {
      self = PathPresence.amongEntries(of: PathPresence.folder(of: path))
    }
  }

  /// What the system says of an entry that a folder does not have: the folder itself may be a link that leads nowhere.
  private static func amongEntries(of folder: String) -> PathPresence {
    let presence = PathPresence(folder)
    guard presence == .present else { return presence }
    var status = stat()
    if unsafe stat(folder, &status) == 0 { return .absent }
    return .unknown(reason: "\(folder) is a link that cannot be followed, \(SystemReason.last)")
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
