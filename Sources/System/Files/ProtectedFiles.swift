import Synchronization

/// What no output may land on: limn's own files, and those that this process reads.
///
/// Files are compared by device and inode, so that links count; a name that no file has yet, by its folder.
package enum ProtectedFiles {
  package static let reference = "the picture that is started from"
  package static let model = "a model's file that is being used"

  private static let known = Mutex(Known())

  private struct Known {
    /// What limn keeps, by path; whether a file is there is asked each time.
    var own: [String: String] = [:]
    var inputs: [FileIdentity: (path: String, role: String)] = [:]
  }

  /// Keeps output away from a file of limn's own, which may not be there yet.
  ///
  /// - Parameter role: What it is, as the end of "it is …".
  package static func protect(_ path: String, as role: String) {
    known.withLock { $0.own[path] = role }
  }

  /// Keeps output away from a file for as long as it stands at the path where it was read; pipes and devices are left
  /// alone.
  package static func protectInput(_ path: String, as role: String) {
    guard let identity = FileIdentity(existing: path) else { return }
    known.withLock { $0.inputs[identity] = (path, role) }
  }

  /// What a file is that must not be written over; nil for all others.
  package static func role(of path: String) -> String? {
    guard let identity = FileIdentity(path) else { return nil }
    return known.withLock { known in
      if let own = known.own.first(where: { FileIdentity($0.key) == identity }) { return own.value }
      // The system gives the number of a file that is gone to the next one.
      guard let input = known.inputs[identity], FileIdentity(existing: input.path) == identity else { return nil }
      return input.role
    }
  }

  /// The same of a name in an open folder, whatever path led there.
  static func role(of name: String, in folder: Int32) -> String? {
    var status = stat()
    guard unsafe fstat(folder, &status) == 0 else { return nil }
    let place = FileIdentity(name, in: status)
    return known.withLock { known in
      let own = known.own.first { path, _ in
        [path, SymbolicLink.end(of: path)].contains { FileIdentity(placeOf: $0) == place }
      }
      return own?.value
    }
  }
}

/// A regular file, or a place for one.
private enum FileIdentity: Hashable {
  case file(device: UInt64, inode: UInt64)
  case name(String, device: UInt64, inode: UInt64)

  /// What a path leads to, links followed; nil where that is no regular file, or its folder is not there.
  init?(_ path: String) {
    var status = stat()
    if unsafe stat(path, &status) == 0 {
      self.init(status)
      return
    }
    self.init(placeOf: SymbolicLink.end(of: path))
  }

  /// The name itself, whatever has it.
  init?(placeOf path: String) {
    let parts = PathParts(path)
    var status = stat()
    guard unsafe stat(parts.folder, &status) == 0 else { return nil }
    self.init(parts.stem + parts.ending, in: status)
  }

  init(_ name: String, in folder: stat) {
    self = .name(name, device: UInt64(folder.st_dev), inode: UInt64(folder.st_ino))
  }

  init?(existing path: String) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  private init?(_ status: stat) {
    guard status.st_mode & S_IFMT == S_IFREG else { return nil }
    self = .file(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
  }
}
