#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A lock on a folder that processes take in turn; it goes with the process that holds it.
enum FolderLock {
  /// Runs `work` while holding the lock; where the folder cannot be locked, without.
  static func holding<Result>(folder: String, _ work: () throws -> Result) rethrows -> Result {
    let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return try work() }
    defer { close(descriptor) }
    while flock(descriptor, LOCK_EX) != 0, errno == EINTR {}
    return try work()
  }
}
