import Foundation

/// A lock on a folder that processes take in turn; it goes with the process that holds it.
enum FolderLock {
  /// Runs `work` while holding the lock; without it where the folder cannot be locked, or where somebody holds it for
  /// longer than `patience` seconds.
  static func holding<Result>(folder: String, patience: Double, _ work: () throws -> Result) rethrows -> Result {
    let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return try work() }
    defer { close(descriptor) }
    let clock = ContinuousClock()
    let end = clock.now + .seconds(patience)
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0, [EWOULDBLOCK, EINTR].contains(errno), clock.now < end {
      usleep(2000)
    }
    return try work()
  }
}
