import System

/// A lock that processes take in turn to change a policy file: a file of its own beside it, because each change replaces the
/// policy's. It goes with the process that holds it.
package enum PolicyLock {
  /// Where the lock of the policy at `path` lies.
  package static func path(for path: String) -> String { path + ".lock" }

  /// Runs `work` while nobody else holds the lock on the policy at `path`.
  ///
  /// - Parameter patience: seconds to wait for others.
  /// - Throws: `GuardrailError.unreadable` where the lock cannot be had; what `work` throws.
  package static func holding<Result>(
    _ path: String, patience: Double = 30, _ work: () throws -> Result
  ) throws -> Result {
    let name = self.path(for: path)
    func failure(_ reason: String) -> GuardrailError {
      .unreadable(path: path, "the guardrail's policy is not changed: \(reason).")
    }
    // Another person's lock may be for reading only, which is enough on most disks.
    var descriptor = unsafe open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    if descriptor < 0 { descriptor = unsafe open(name, O_RDONLY | O_CLOEXEC) }
    guard descriptor >= 0 else { throw failure("\(name) cannot be opened, \(SystemReason.last)") }
    defer { close(descriptor) }
    let clock = ContinuousClock()
    let end = clock.now + .seconds(patience)
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      guard [EWOULDBLOCK, EINTR].contains(errno) else {
        throw failure("\(name) cannot be locked, \(SystemReason.last)")
      }
      guard clock.now < end else { throw failure("another process has been changing it for \(patience) seconds") }
      usleep(2000)
    }
    return try work()
  }
}
