import Foundation

/// A small file by which the system tells of itself.
package struct SystemFile: Sendable {
  private let path: String

  package init(_ path: String) { self.path = path }

  /// Its lines; none where it cannot be read.
  package var lines: [String] {
    // Such files have no size that could be asked for beforehand: they are read until they end.
    guard let file = FileHandle(forReadingAtPath: path), let bytes = try? file.readToEnd() else { return [] }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  /// What follows a label on the first line that begins with it, without the blanks around it.
  package func line(after label: String) -> String? {
    lines.first { $0.hasPrefix(label) }.map { $0.dropFirst(label.count).trimmingCharacters(in: .whitespaces) }
  }

  /// The whole number after a label, as in `/proc/meminfo`; after none, the file's first.
  package func number(after label: String = "") -> Int? {
    line(after: label)?.split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) }
  }
}
