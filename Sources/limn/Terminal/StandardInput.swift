import Foundation
import Generation

/// Standard input, which may be closed or a folder.
enum StandardInput {
  /// All that is left of it.
  /// - Throws: ``GenerationError/input(_:)``
  static func read() throws -> Data {
    do {
      return try FileHandle.standardInput.readToEnd() ?? Data()
    } catch {
      throw GenerationError.input("Standard input cannot be read: it is closed, or no file or pipe.")
    }
  }

  /// Calls `body` with every line, without its end.
  /// - Throws: ``GenerationError/input(_:)``, or what `body` throws.
  static func forEachLine(_ body: (String) throws -> Void) throws {
    errno = 0
    while let line = Swift.readLine() { try body(line) }
    guard errno != EBADF, errno != EISDIR, errno != EIO else {
      throw GenerationError.input("Standard input cannot be read: it is closed, or no file or pipe.")
    }
  }
}
