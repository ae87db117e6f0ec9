import Crypto
import Foundation
import System

/// A file of SHA-256 sums, as `sha256sum` writes and checks: 64 digits, two characters, a path.
package struct ChecksumList: Sendable {
  /// Where the paths start.
  private let folder: String
  private let sums: [(digits: String, path: String)]

  /// Reads the list at `folder/SHA256SUMS`; nil where there is none.
  ///
  /// - Throws: ``UserError/input(_:)`` where it is no such list.
  package init?(folder: String) throws { try self.init(file: "\(folder)/SHA256SUMS", folder: folder) }

  /// Reads a list that lies elsewhere than the files do; nil where there is none.
  ///
  /// - Throws: ``UserError/input(_:)`` where it is no such list.
  init?(file place: String, folder: String) throws {
    let text: String
    do {
      text = String(decoding: try FileTree.read(place, atMost: 1 << 20), as: UTF8.self)
    } catch FileError.missing {
      return nil
    } catch {
      throw UserError.input("\(place) cannot be used: \(error).")
    }
    sums = try text.split(separator: "\n").map { line in
      let digits = line.prefix { $0.isHexDigit }
      guard digits.count == 64, line.count > 66 else {
        throw UserError.input("\(place): \"\(line.prefix(80))\" is no SHA-256 sum with a path after it.")
      }
      return (digits.lowercased(), String(line.dropFirst(66)))
    }
    self.folder = folder
  }

  package var count: Int { sums.count }

  /// Files that are missing or differ from what they were, in the order of the list.
  package func differences() -> [String] {
    sums.compactMap { digits, path in
      guard let sum = ChecksumList.sum(of: "\(folder)/\(path)") else { return "\(path) is missing" }
      return sum == digits ? nil : "\(path) was changed"
    }
  }

  /// Nil where the file cannot be read.
  static func sum(of path: String) -> String? { try? SHA256(contentsOf: path).finalize().hexadecimal }
}

extension SHA256 {
  /// The sum of a file's bytes so far.
  init(contentsOf path: String) throws(FileError) {
    self.init()
    try FileTree.forEachBlock(of: path) { (block) throws(FileError) in update(data: block) }
  }
}
