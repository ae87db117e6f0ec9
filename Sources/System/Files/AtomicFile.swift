/// Writes whole files or nothing: beside the place first, flushed to the disk, then given its name in one step.
package enum AtomicFile {
  /// What to do where a file has the name already.
  package enum Collision: Sendable {
    /// Take the next free name: "fox-2.png", "fox-3.png", ...
    case rename
    /// Put the new file in its place, with its permissions.
    case replace
    /// Throw `AtomicFileError.exists`.
    case refuse
  }

  /// Writes `bytes` and returns the path that they have now, which is `path` but for `.rename`.
  ///
  /// No two writers ever get one name, in this process or another. Devices and pipes are written straight to under
  /// `.replace`. Nothing is written over ``ProtectedFiles``. Throws `AtomicFileError`; then nothing has changed and no
  /// scrap is left.
  ///
  /// - Parameter permissions: The file's; nil for those of the file that it replaces, or what the process gives new ones.
  @discardableResult
  package static func save(
    _ bytes: [UInt8], to path: String, ifTaken collision: Collision, permissions: mode_t? = nil
  ) throws(AtomicFileError) -> String {
    try admit(path)
    return try put(bytes, to: path, ifTaken: collision, permissions: permissions)
  }

  /// Replaces one of limn's own files, which nothing else may.
  ///
  /// - Parameter twin: A file whose permissions it gets; nil for those that it has.
  package static func saveOwn(_ bytes: [UInt8], to path: String, permissionsOf twin: String? = nil)
    throws(AtomicFileError)
  {
    let permissions = twin.flatMap { FileStatus($0)?.permissions }
    _ = try put(bytes, to: path, ifTaken: .replace, isOwn: true, permissions: permissions)
  }

  private static func put(
    _ bytes: [UInt8], to path: String, ifTaken collision: Collision, isOwn: Bool = false, permissions: mode_t? = nil
  ) throws(AtomicFileError) -> String {
    let existing = FileStatus(path)
    if collision != .rename, existing?.isFolder == true { throw .isFolder(path: path) }
    if collision == .refuse, existing != nil { throw .exists(path: path) }
    if collision == .replace, let existing, !existing.isRegular {
      try writeThrough(bytes, to: path)
      return path
    }
    let target = collision == .replace ? SymbolicLink.end(of: path) : path
    let entry = try FolderEntry(target, for: path, bytes: bytes.count)
    defer { entry.close() }
    // Links of the path may lead elsewhere by now; the open folder is the one that is written to.
    if !isOwn, let role = ProtectedFiles.role(of: entry.name, in: entry.folder) {
      throw .protected(path: path, role: role)
    }
    let scrap = try makeScrap(beside: target, bytes: bytes, permissions: permissions ?? existing?.permissions)
    do throws(AtomicFileError) {
      return try place(scrap, as: path, entry, ifTaken: collision, bytes: bytes.count)
    } catch {
      scrap.discard()
      throw error
    }
  }

  /// Writes a file piece by piece, so that it need not fit into memory: whole or not at all, as
  /// ``save(_:to:ifTaken:)``. Devices and pipes are not written to.
  ///
  /// - Parameters:
  ///   - bytes: How many they will be, for messages.
  ///   - body: Hands over the pieces in order.
  /// - Throws: `AtomicFileError`, and what `body` throws.
  @discardableResult
  package static func stream(
    to path: String, ifTaken collision: Collision, bytes: Int,
    _ body: (([UInt8]) throws(AtomicFileError) -> Void) throws -> Void
  ) throws -> String {
    try check(path, ifTaken: collision)
    let existing = FileStatus(path)
    let target = collision == .replace ? SymbolicLink.end(of: path) : path
    let entry = try FolderEntry(target, for: path, bytes: bytes)
    defer { entry.close() }
    if let role = ProtectedFiles.role(of: entry.name, in: entry.folder) {
      throw AtomicFileError.protected(path: path, role: role)
    }
    let scrap = try makeScrap(beside: target, bytes: [], permissions: existing?.permissions)
    do {
      try body { (piece) throws(AtomicFileError) in
        if let failure = writeAll(piece, to: scrap.descriptor) {
          throw AtomicFileError(path: path, number: failure, bytes: bytes)
        }
      }
      guard fsync(scrap.descriptor) == 0 else { throw AtomicFileError(path: path, number: errno, bytes: bytes) }
      return try place(scrap, as: path, entry, ifTaken: collision, bytes: bytes)
    } catch {
      scrap.discard()
      throw error
    }
  }

  /// Checks, before the work is done, that a file could be written at `path`: its folder is there and takes files.
  /// Throws `AtomicFileError`.
  package static func check(_ path: String, ifTaken collision: Collision) throws(AtomicFileError) {
    try admit(path)
    let existing = FileStatus(path)
    if collision != .rename, existing?.isFolder == true { throw .isFolder(path: path) }
    if collision == .refuse, existing != nil { throw .exists(path: path) }
    if collision == .replace, let existing, !existing.isRegular { return }
    let target = collision == .replace ? SymbolicLink.end(of: path) : path
    try makeScrap(beside: target, bytes: [], permissions: nil).discard()
  }

  private static func admit(_ path: String) throws(AtomicFileError) {
    // The system would take what stands before it for the name.
    guard !path.utf8.contains(0) else { throw .refused(path: path, reason: "its name holds a NUL character") }
    if let role = ProtectedFiles.role(of: path) { throw .protected(path: path, role: role) }
  }

  /// Gives the scrap its final name; returns the path with it.
  private static func place(
    _ scrap: Scrap, as path: String, _ entry: FolderEntry, ifTaken collision: Collision, bytes: Int
  ) throws(AtomicFileError) -> String {
    switch collision {
    case .replace:
      guard scrap.replace(entry.name, in: entry.folder) else {
        throw AtomicFileError(path: path, number: errno, bytes: bytes)
      }
      scrap.close()
      return path
    case .refuse:
      guard try settle(scrap, as: path, entry.name, in: entry.folder, bytes: bytes) else { throw .exists(path: path) }
      return path
    case .rename:
      var number = 1
      while try !settle(
        scrap, as: path, PathParts.numbered(entry.name, number), in: entry.folder, bytes: bytes)
      { number += 1 }
      return PathParts.numbered(path, number)
    }
  }

  /// Gives the scrap a name in an open folder unless that is taken; false where it is.
  private static func settle(_ scrap: Scrap, as path: String, _ name: String, in folder: Int32, bytes: Int)
    throws(AtomicFileError) -> Bool
  {
    if scrap.link(to: name, in: folder) {
      scrap.discard()
      return true
    }
    if errno == EEXIST { return false }
    guard scrap.hasName, [EPERM, ENOTSUP, ENOSYS, EMLINK].contains(errno) else {
      throw AtomicFileError(path: path, number: errno, bytes: bytes)
    }
    // A disk without hard links (FAT): an empty file holds the name for the moment until it is replaced.
    let holder = unsafe openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    if holder < 0, errno == EEXIST { return false }
    guard holder >= 0 else { throw AtomicFileError(path: path, number: errno, bytes: bytes) }
    close(holder)
    if scrap.replace(name, in: folder) {
      scrap.close()
      return true
    }
    let number = errno
    unsafe unlinkat(folder, name, 0)
    throw AtomicFileError(path: path, number: number, bytes: bytes)
  }

  /// Writes all bytes to a new file beside `path` that nobody else has; removes it again where that fails.
  private static func makeScrap(beside path: String, bytes: [UInt8], permissions: mode_t?) throws(AtomicFileError)
    -> Scrap
  {
    let nameless = Scrap.nameless(in: PathParts(path).folder)
    let scrap = if let nameless { nameless } else { try namedScrap(beside: path, bytes: bytes.count) }
    var failure = writeAll(bytes, to: scrap.descriptor)
    if failure == nil, let permissions, fchmod(scrap.descriptor, permissions) != 0 { failure = errno }
    if failure == nil, fsync(scrap.descriptor) != 0 { failure = errno }
    guard let failure else { return scrap }
    scrap.discard()
    throw AtomicFileError(path: path, number: failure, bytes: bytes.count)
  }

  private static func namedScrap(beside path: String, bytes: Int) throws(AtomicFileError) -> Scrap {
    while true {
      let name = "\(PathParts(path).folder)/\(Scrap.freshName)"
      let descriptor = unsafe open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      if descriptor < 0, errno == EEXIST { continue }
      guard descriptor >= 0 else { throw AtomicFileError(path: path, number: errno, bytes: bytes) }
      return Scrap(path: name, descriptor: descriptor, hasName: true)
    }
  }

  private static func writeThrough(_ bytes: [UInt8], to path: String) throws(AtomicFileError) {
    let descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw AtomicFileError(path: path, number: errno, bytes: bytes.count) }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT != S_IFREG else {
      throw .refused(path: path, reason: "it was another file a moment ago")
    }
    if let failure = writeAll(bytes, to: descriptor) {
      throw AtomicFileError(path: path, number: failure, bytes: bytes.count)
    }
  }

  /// The error number where the system would not take all bytes.
  private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32? {
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe write(descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return errno }
      written += count
    }
    return nil
  }
}

/// A name in a folder that is held open: whatever becomes of the path that led there, it stays this one.
private struct FolderEntry {
  let folder: Int32
  let name: String

  /// - Parameter shown: The path that errors name.
  init(_ path: String, for shown: String, bytes: Int) throws(AtomicFileError) {
    let parts = PathParts(path)
    name = parts.stem + parts.ending
    #if os(Linux)
      // `O_PATH`, which Glibc hides from Swift: a folder in which one may write but not read.
      let access: Int32 = 0o10000000
    #else
      let access = O_RDONLY
    #endif
    folder = unsafe open(parts.folder, access | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { throw AtomicFileError(path: shown, number: errno, bytes: bytes) }
  }

  func close() { System.close(folder) }
}

/// A file that is being written and will get its name when it is whole.
private struct Scrap {
  /// By which it can be linked to.
  let path: String
  let descriptor: Int32
  /// Whether it lies in the folder, where a killed process would leave it.
  let hasName: Bool

  /// A file that stands in no folder and is gone with its process; nil where the system or the disk has no such files.
  static func nameless(in folder: String) -> Scrap? {
    #if os(Linux)
      // `O_TMPFILE`, a macro that Swift does not import.
      let temporary = 0o20000000 | O_DIRECTORY
      let descriptor = unsafe open(folder, O_WRONLY | temporary | O_CLOEXEC, 0o666)
      guard descriptor >= 0 else { return nil }
      let scrap = Scrap(path: "/proc/self/fd/\(descriptor)", descriptor: descriptor, hasName: false)
      if unsafe access(scrap.path, F_OK) == 0 { return scrap }
      scrap.close()
    #endif
    return nil
  }

  /// A name that nobody has.
  static var freshName: String { ".limn-\(String(UInt64.random(in: 0...UInt64.max), radix: 36)).tmp" }

  /// Gives it a name in an open folder that nobody has; false, with the reason in `errno`, where that fails.
  func link(to name: String, in folder: Int32) -> Bool {
    unsafe linkat(AT_FDCWD, path, folder, name, hasName ? 0 : AT_SYMLINK_FOLLOW) == 0
  }

  /// Takes a name in an open folder from whatever has it; false, with the reason in `errno`, where that fails.
  func replace(_ name: String, in folder: Int32) -> Bool {
    if hasName { return unsafe renameat(AT_FDCWD, path, folder, name) == 0 }
    // Only what has a name can take another's.
    let passing = Scrap.freshName
    guard link(to: passing, in: folder) else { return false }
    if unsafe renameat(folder, passing, folder, name) == 0 { return true }
    let number = errno
    unsafe unlinkat(folder, passing, 0)
    errno = number
    return false
  }

  /// Lets go of it and of the name that it had meanwhile.
  func discard() {
    if hasName { unsafe unlink(path) }
    close()
  }

  func close() {
    System.close(descriptor)
  }
}

/// What the system knows of a file; nil where there is none. Follows symbolic links.
private struct FileStatus {
  private let status: stat

  init?(_ path: String) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    self.status = status
  }

  var isFolder: Bool { status.st_mode & S_IFMT == S_IFDIR }
  var isRegular: Bool { status.st_mode & S_IFMT == S_IFREG }
  var permissions: mode_t { status.st_mode & 0o777 }
}
