import Foundation
import System

/// The lines that were typed before, the newest last, in a file of its own where one is given.
package struct LineHistory: Sendable {
  package private(set) var lines: [String]
  private let path: String?
  /// Where the person looks: the number of lines is the line that is being typed.
  private var place: Int
  /// What was typed before the person looked.
  private var typed = ""

  /// So many are kept.
  private static let most = 1000
  private static let mostBytes = 8 << 20

  /// - Parameter path: Of a file with a line each; nil keeps them in memory only. What cannot be read holds none.
  package init(path: String? = nil) {
    self.path = path
    let bytes = path.flatMap { try? FileTree.read($0, atMost: Self.mostBytes) } ?? []
    let known = bytes.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self).harmlessLine }
    lines = known.suffix(Self.most)
    place = lines.count
    if known.count > 2 * Self.most { rewrite() }
  }

  /// Keeps a line, unless it is the same as the last.
  package mutating func add(_ line: String) {
    defer { leave() }
    guard !line.isEmpty, line != lines.last else { return }
    lines.append(line)
    if lines.count > Self.most { lines.removeFirst() }
    append(line)
  }

  package mutating func leave() {
    place = lines.count
    typed = ""
  }

  /// The line before the one that is shown; nil where there is none.
  package mutating func previous(from text: String) -> String? {
    guard place > 0 else { return nil }
    if place == lines.count { typed = text }
    place -= 1
    return lines[place]
  }

  /// The line after the one that is shown, at last the one that was being typed.
  package mutating func next() -> String? {
    guard place < lines.count else { return nil }
    place += 1
    return place == lines.count ? typed : lines[place]
  }

  /// The newest line that holds a text, before another one that does.
  /// - Returns: Its number.
  package func last(holding text: String, before number: Int? = nil) -> Int? {
    guard !text.isEmpty else { return nil }
    return lines[..<(number ?? lines.count)].lastIndex { $0.localizedCaseInsensitiveContains(text) }
  }

  /// Readable by its owner only: prompts are private. What cannot be kept is no reason to stop.
  private func append(_ line: String) {
    guard let path else { return }
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    try? FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let file = unsafe open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW, 0o600)
    guard file >= 0 else { return }
    defer { close(file) }
    let bytes = Array((line + "\n").utf8)
    _ = unsafe write(file, bytes, bytes.count)
  }

  private func rewrite() {
    guard let path else { return }
    let text = lines.map { $0 + "\n" }.joined()
    // Whole or not at all, in a file with the same rights.
    try? Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
  }
}
