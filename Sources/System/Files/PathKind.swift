/// What a path leads to, symbolic links followed, packed files and their folders included.
package enum PathKind: Sendable {
  case missing, file, folder

  package init(_ path: String) {
    if let kind = PathKind(onDisk: path) {
      self = kind
    } else if let (files, inner) = PackedFiles.holding(path) {
      self = files.kind(of: inner)
    } else {
      self = .missing
    }
  }

  /// Nil where the file system has nothing there.
  init?(onDisk path: String) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    self = status.st_mode & S_IFMT == S_IFDIR ? .folder : .file
  }
}
