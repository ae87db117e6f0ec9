import System

/// A lock that other programs keep to as well: `flock` on a file, as Python's `filelock` and so huggingface_hub have it.
struct FileLock: ~Copyable {
  private let descriptor: Int32

  /// Waits until nobody else has it; a cancelled task waits no longer.
  ///
  /// - Parameter waits: Called once where somebody has it.
  /// - Throws: ``UserError`` where the file cannot be made, `CancellationError`.
  init(_ path: String, waits: () -> Void = {}) async throws {
    var hasWaited = false
    while true {
      // Others of the group may wait for it too.
      let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o664)
      guard descriptor >= 0 else { throw UserError.input("\(path) cannot be made: \(SystemReason.last).") }
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
        if FileLock.isNamed(descriptor, path) {
          self.descriptor = descriptor
          return
        }
        close(descriptor)
        continue
      }
      let number = errno
      close(descriptor)
      guard number == EWOULDBLOCK || number == EINTR else {
        throw UserError.input("\(path) cannot be locked: \(SystemReason.words(for: number)).")
      }
      if !hasWaited { waits() }
      hasWaited = true
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  /// Whether the open file still has its name: whoever had the lock before may have removed it.
  private static func isNamed(_ descriptor: Int32, _ path: String) -> Bool {
    var (own, named) = (stat(), stat())
    return unsafe fstat(descriptor, &own) == 0 && stat(path, &named) == 0 && own.st_ino == named.st_ino
      && own.st_dev == named.st_dev
  }

  deinit { close(descriptor) }
}
