extension Picture {
  /// Reads a file of a format that limn knows, upright, alpha over white. Throws `PictureError`.
  package init(contentsOf path: String) throws(PictureError) {
    try self.init(bytes: FileBytes.contents(of: path), name: path)
  }

  /// Reads the picture that a record says lies at `path`, where anything may lie by now. Throws `PictureError`, also for
  /// what is no regular file.
  package init(recordedAt path: String) throws(PictureError) {
    try self.init(bytes: FileBytes.contents(of: path, isRegular: true), name: path)
  }

  /// RGB of RGBA samples; alpha weighs each against white, rounded to nearest.
  static func overWhite(_ samples: [UInt8]) -> [UInt8] {
    let source = samples.span
    var pixels: [UInt8] = []
    pixels.reserveCapacity(source.count / 4 * 3)
    for start in stride(from: 0, to: source.count, by: 4) {
      let alpha = Int(source[start + 3])
      for channel in 0..<3 {
        pixels.append(UInt8((Int(source[start + channel]) * alpha + 255 * (255 - alpha) + 127) / 255))
      }
    }
    return pixels
  }

  /// Decodes a file's bytes; `name` stands in the errors ("standard input").
  package init(bytes: [UInt8], name: String) throws(PictureError) {
    self = try PictureFile(bytes: bytes, name: name).decoded()
  }
}
