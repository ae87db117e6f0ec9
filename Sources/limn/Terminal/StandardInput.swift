import Foundation
import Generation
import Images

/// Standard input, which may be closed or a folder.
enum StandardInput {
  private static let unreadable = GenerationError.input(
    "Standard input cannot be read: it is closed, or no file or pipe.")

  /// All that is left of it.
  /// - Throws: ``GenerationError/input(_:)``
  static func read() throws -> Data {
    do { return try FileHandle.standardInput.readToEnd() ?? Data() } catch { throw unreadable }
  }

  /// Calls `body` with every line, without its end.
  /// - Throws: ``GenerationError/input(_:)``, or what `body` throws.
  static func forEachLine(_ body: (String) throws -> Void) throws {
    while true {
      // Only what the reading itself leaves there counts.
      errno = 0
      guard let line = Swift.readLine() else { break }
      try body(line)
    }
    guard ![EBADF, EISDIR, EIO].contains(errno) else { throw unreadable }
  }
}

extension Picture {
  /// A PNG or JPEG by name, or the one on standard input for `-`.
  init(namedOrPiped name: String) throws {
    guard name == "-" else {
      try self.init(contentsOf: name)
      return
    }
    try self.init(bytes: Array(StandardInput.read()), name: "standard input")
  }
}
