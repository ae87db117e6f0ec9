import Foundation
import System

/// The stream of results.
package enum StandardOutput {
  package static let unusable = UserError.resources(
    "Standard output cannot be written: it is closed, or open for reading only.")

  /// - Throws: ``AtomicFileError`` or ``UserError/resources(_:)`` where it takes less than all.
  package static func write(_ bytes: [UInt8]) throws {
    do {
      try FileHandle.standardOutput.write(contentsOf: Data(bytes))
    } catch CocoaError.fileWriteOutOfSpace {
      throw AtomicFileError.noSpace(path: "Standard output", bytes: bytes.count)
    } catch {
      throw unusable
    }
  }
}
