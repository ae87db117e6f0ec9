import Foundation
import Synchronization
import System

/// The lists that `__name__` stands for: text files `name.txt` in one folder, an alternative a line.
package final class WildcardLists: Sendable {
  private let folder: String?
  private let known = Mutex<[String: [String]]>([:])

  /// - Parameter folder: Nil where there are none.
  package init(folder: String?) {
    self.folder = folder
  }

  /// The alternatives of a list, blank lines and comments left out.
  func alternatives(_ name: String, line: Int) throws(LineFault) -> [String] {
    if let alternatives = known.withLock({ $0[name] }) { return alternatives }
    guard let folder else {
      throw LineFault(
        line: line,
        reason:
          "__\(name)__ stands for a list, and no folder of lists is named (--wildcards); write \\__ for the signs.")
    }
    guard !name.hasPrefix("/"), !name.split(separator: "/").contains("..") else {
      throw LineFault(line: line, reason: "__\(name)__ leads out of the folder of lists.")
    }
    let path = "\(folder)/\(name).txt"
    guard let contents = try? FileTree.read(path, atMost: PromptFile.maximumBytes) else {
      throw LineFault(
        line: line, reason: "There is no list \(path) for __\(name)__; write \\__ for the signs themselves.")
    }
    ProtectedFiles.protectInput(path, as: "a list that is being read")
    var alternatives: [String] = []
    for entry in TextLines(Array(contents), separator: UInt8(ascii: "\n")) {
      guard case .success(let text) = entry.text else {
        throw LineFault(line: line, reason: "\(path), line \(entry.number), is not UTF-8.")
      }
      if !text.isEmpty, !text.hasPrefix("#") { alternatives.append(text) }
    }
    guard !alternatives.isEmpty else { throw LineFault(line: line, reason: "The list \(path) is empty.") }
    known.withLock { $0[name] = alternatives }
    return alternatives
  }
}
