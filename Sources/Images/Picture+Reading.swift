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

  /// Decodes a file's bytes; `name` stands in the errors ("standard input").
  package init(bytes: [UInt8], name: String) throws(PictureError) {
    self = try PictureFile(bytes: bytes, name: name).decoded()
  }
}
