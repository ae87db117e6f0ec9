import Foundation
import System

/// Machines of made-up files, as Linux shows them under `/proc` and `/sys`; removed with the last reference.
final class MadeUpMachines {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "limn-machines-\(UUID().uuidString)")

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// - Parameter files: Contents by path, without the slash in front.
  func callAsFunction(_ files: [String: String]) throws -> Machine {
    let root = folder.appending(path: UUID().uuidString)
    for (path, contents) in files {
      let file = root.appending(path: path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(contents.utf8).write(to: file)
    }
    return Machine(root: root.path)
  }
}
