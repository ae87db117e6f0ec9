import System

/// Reading whole files.
package enum FileBytes {
  /// The bytes of a regular file that a record names. Throws `PictureError`, also where it begins as no picture.
  package static func recorded(at path: String) throws(PictureError) -> [UInt8] {
    try contents(of: path, isRegular: true)
  }

  /// A whole file or pipe; stops beyond `PictureLimits.fileBytes`.
  ///
  /// - Parameter isRegular: Whether a pipe or device is an error, which nobody then waits for.
  static func contents(of path: String, isRegular: Bool = false) throws(PictureError) -> [UInt8] {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | (isRegular ? O_NONBLOCK : 0))
    guard descriptor >= 0 else { throw .unreadable(name: path, reason: SystemReason.last) }
    defer { close(descriptor) }
    var status = stat()
    if unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
      throw .unreadable(name: path, reason: "it is a folder; name a picture in it")
    }
    if isRegular, status.st_mode & S_IFMT != S_IFREG {
      throw .unreadable(name: path, reason: "it is a pipe or a device, not a file")
    }
    return try contents(of: descriptor, name: path, expected: Int(status.st_size))
  }

  /// What is left of an open file that is said to be a picture; one that begins as none is read no further.
  static func contents(of descriptor: Int32, name: String, expected: Int = 0) throws(PictureError) -> [UInt8] {
    let limit = PictureLimits.fileBytes
    let bytes = try BoundedInput.bytes(descriptor, atMost: limit, expected: expected) { (start) throws(PictureError) in
      if start.count >= 512 { _ = try PictureFormat(of: start, name: name) }
    }
    // A sentence begins with it.
    guard let bytes else { throw .unreadable(name: name.capitalizingStandard, reason: SystemReason.last) }
    guard bytes.count <= limit else {
      throw .unreadable(name: name, reason: "it is larger than \(limit >> 20) MiB")
    }
    return bytes
  }
}

extension String {
  /// "Standard input" for "standard input"; files keep their names.
  fileprivate var capitalizingStandard: String { self == "standard input" ? "Standard input" : self }
}
