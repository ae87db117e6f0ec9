import System

/// Reading whole files.
enum FileBytes {
  /// A whole file or pipe; stops beyond `PictureLimits.fileBytes`.
  ///
  /// - Parameter isRegular: Whether a pipe or device is an error, which nobody then waits for.
  static func contents(of path: String, isRegular: Bool = false) throws(PictureError) -> [UInt8] {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | (isRegular ? O_NONBLOCK : 0))
    guard descriptor >= 0 else { throw .unreadable(name: path, reason: SystemReason.last) }
    defer { close(descriptor) }
    var status = stat()
    if unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
      throw .unreadable(name: path, reason: "it is a folder; name a PNG or JPEG file in it")
    }
    if isRegular, status.st_mode & S_IFMT != S_IFREG {
      throw .unreadable(name: path, reason: "it is a pipe or a device, not a file")
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(min(max(0, Int(status.st_size)), PictureLimits.fileBytes))
    var block = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = unsafe read(descriptor, &block, block.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .unreadable(name: path, reason: SystemReason.last) }
      if count == 0 { return bytes }
      bytes.append(contentsOf: block[..<count])
      guard bytes.count <= PictureLimits.fileBytes else {
        throw .unreadable(name: path, reason: "it is larger than \(PictureLimits.fileBytes >> 20) MiB")
      }
    }
  }
}
