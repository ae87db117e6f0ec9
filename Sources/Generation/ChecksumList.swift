import Crypto
import Foundation

/// A file of SHA-256 sums, as `sha256sum` writes and checks: 64 digits, two characters, a path.
package struct ChecksumList: Sendable {
  /// Where the paths start.
  private let folder: String
  private let sums: [(digits: String, path: String)]

  /// Reads the list at `folder/SHA256SUMS`; nil where there is none.
  ///
  /// - Throws: ``GenerationError/input(_:)`` where it is no such list.
  package init?(folder: String) throws {
    let place = "\(folder)/SHA256SUMS"
    guard FileManager.default.fileExists(atPath: place) else { return nil }
    guard let text = try? String(contentsOfFile: place, encoding: .utf8) else {
      throw GenerationError.input("\(place) cannot be read.")
    }
    sums = try text.split(separator: "\n").map { line in
      let digits = line.prefix { $0.isHexDigit }
      guard digits.count == 64, line.count > 66 else {
        throw GenerationError.input("\(place): \"\(line.prefix(80))\" is no SHA-256 sum with a path after it.")
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
  private static func sum(of path: String) -> String? {
    guard let file = FileHandle(forReadingAtPath: path) else { return nil }
    defer { try? file.close() }
    var sum = SHA256()
    do {
      while let block = try file.read(upToCount: 1 << 22), !block.isEmpty { sum.update(data: block) }
    } catch {
      return nil
    }
    return sum.finalize().map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }
}
