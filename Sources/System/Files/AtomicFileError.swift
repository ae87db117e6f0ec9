/// Why a file could not be written; `description` is the sentence that the user reads.
package enum AtomicFileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The folder to write into is not there.
  case noFolder(path: String, folder: String)
  /// A folder has the name already.
  case isFolder(path: String)
  /// A file has the name already, and nobody asked to replace it.
  case exists(path: String)
  /// It is limn's own, or being read: see ``ProtectedFiles``.
  case protected(path: String, role: String)
  /// The disk is full, or the user's share of it.
  case noSpace(path: String, bytes: Int)
  /// Anything else, in the system's words.
  case refused(path: String, reason: String)

  package var description: String {
    switch self {
    case .noFolder(let path, let folder):
      "\(path) cannot be written: there is no folder \(folder). Make it first, or choose another place."
    case .isFolder(let path):
      "\(path) cannot be written: it is a folder. Name a file in it."
    case .exists(let path):
      "\(path) exists already and is left as it is. Choose another name, or ask to replace it."
    case .protected(let path, let role):
      "\(path) cannot be written: it is \(role). Choose another name."
    case .noSpace(let path, let bytes):
      "\(path) cannot be written: no space is left for its \(bytes) bytes. Free some, or choose another disk."
    case .refused(let path, let reason):
      "\(path) cannot be written: \(reason)."
    }
  }

  init(path: String, number: Int32, bytes: Int) {
    let folder = PathParts(path).folder
    let place = folder == "." ? "this folder" : folder
    let hasFolder = unsafe access(folder, X_OK) == 0
    self =
      switch number {
      case ENOENT where hasFolder: .refused(path: path, reason: "\(place) takes no new files")
      case ENOENT, ENOTDIR: .noFolder(path: path, folder: folder)
      case EISDIR: .isFolder(path: path)
      case EEXIST: .exists(path: path)
      case ENOSPC, EDQUOT, EFBIG: .noSpace(path: path, bytes: bytes)
      case EACCES, EPERM: .refused(path: path, reason: "you may not write in \(place)")
      case EROFS: .refused(path: path, reason: "\(place) is on a read-only disk")
      case ENAMETOOLONG: .refused(path: path, reason: "its name is too long")
      default: .refused(path: path, reason: SystemReason.words(for: number))
      }
  }
}
