import System

/// Who may open a new database. SQLite gives the files beside it (`-wal`, `-shm`) the same mode.
enum FileMode {
  /// Makes an empty file that only its owner opens; in a folder that its group writes and hands on (set-group-ID), the
  /// group too. A file that is there, or that cannot be made, is left to SQLite.
  static func create(_ path: String) {
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    var status = stat()
    guard unsafe stat(folder.isEmpty ? "/" : folder, &status) == 0 else { return }
    let shared = S_ISGID | S_IWGRP
    if status.st_mode & shared == shared { fchmod(descriptor, 0o660) }
  }
}
