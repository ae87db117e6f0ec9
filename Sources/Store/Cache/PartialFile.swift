import System

/// A file that grows as its bytes come in.
final class PartialFile {
  private let path: String
  private let descriptor: Int32
  private(set) var count: Int

  /// Opens what is there, or makes it.
  ///
  /// - Throws: ``UserError`` where it cannot be written.
  init(_ path: String) throws(UserError) {
    self.path = path
    descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
    guard descriptor >= 0 else { throw .input("\(path) cannot be written: \(SystemReason.last).") }
    count = Int(lseek(descriptor, 0, SEEK_END))
  }

  deinit { close(descriptor) }

  /// - Throws: ``UserError/resources(_:)`` where the disk is full.
  func append(_ bytes: some Collection<UInt8>) throws(UserError) {
    let bytes = Array(bytes)
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe pwrite(
          descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written, off_t(self.count + written))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure() }
      written += count
    }
    count += written
  }

  /// Lets go of everything behind a place.
  func shorten(to size: Int) throws(UserError) {
    guard ftruncate(descriptor, off_t(size)) == 0 else { throw failure() }
    count = size
  }

  /// Everything so far, from front to back, in blocks.
  func forEachBlock(_ body: ([UInt8]) -> Void) throws {
    var block = [UInt8](repeating: 0, count: 1 << 20)
    var place = 0
    while place < count {
      try Task.checkCancellation()
      let read = unsafe pread(descriptor, &block, min(block.count, count - place), off_t(place))
      if read < 0, errno == EINTR { continue }
      guard read > 0 else { throw UserError.input("\(path) cannot be read: \(SystemReason.last).") }
      body(Array(block[..<read]))
      place += read
    }
  }

  /// Makes sure that it lies on the disk, and gives it its final name.
  func finish(as name: String) throws(UserError) {
    guard fsync(descriptor) == 0, unsafe rename(path, name) == 0 else { throw failure() }
  }

  private func failure() -> UserError {
    let number = errno
    return [ENOSPC, EDQUOT].contains(number)
      ? .resources(
        "\(path) cannot be written: no space is left. What has come is kept: the same command goes on from there.")
      : .input("\(path) cannot be written: \(SystemReason.words(for: number)).")
  }
}
