import Foundation
import Synchronization

/// Files that a program carries behind its own code: a tar archive (POSIX.1-1988 ustar) from the next multiple of 4096
/// bytes after the end of its ELF sections.
///
/// The program runs as it does without them, and they are mapped from where they lie. `weights/pack.sh` packs them.
struct PackedFiles: Sendable {
  let path: String
  private let ranges: [String: Range<Int>]

  private static let block = 512
  private static let page = 4096
  private static let mostFiles = 10_000
  private static let known = Mutex<[String: PackedFiles?]>([:])

  /// The files packed into the program that `path` goes through, and the rest of the path; nil where there is none.
  static func holding(_ path: String) -> (files: PackedFiles, inner: String)? {
    var host = path[...]
    while let slash = host.lastIndex(of: "/"), slash > host.startIndex {
      host = host[..<slash]
      guard let kind = PathKind(onDisk: String(host)) else { continue }
      guard kind == .file, let files = PackedFiles.open(String(host)) else { return nil }
      return (files, String(path[path.index(after: slash)...]))
    }
    return nil
  }

  private static func open(_ path: String) -> PackedFiles? {
    if let files = known.withLock({ $0[path] }) { return files }
    let files = PackedFiles(path: path)
    known.withLock { $0[path] = files }
    return files
  }

  private init?(path: String) {
    guard let file = FileHandle(forReadingAtPath: path), let size = try? file.seekToEnd() else { return nil }
    defer { try? file.close() }
    func bytes(at offset: Int, _ count: Int) -> [UInt8]? {
      guard offset >= 0, offset <= Int(size) - count, (try? file.seek(toOffset: UInt64(offset))) != nil,
        let data = try? file.read(upToCount: count), data.count == count
      else { return nil }
      return Array(data)
    }
    guard let header = bytes(at: 0, 64), let end = PackedFiles.endOfSections(header) else { return nil }
    var offset = (end + PackedFiles.page - 1) / PackedFiles.page * PackedFiles.page
    var ranges: [String: Range<Int>] = [:]
    // An entry that is cut off, and whatever would follow it, is not there.
    while ranges.count < PackedFiles.mostFiles, let entry = bytes(at: offset, PackedFiles.block).flatMap(Entry.init),
      entry.size <= Int(size) - offset - PackedFiles.block
    {
      offset += PackedFiles.block
      if entry.isFile { ranges[entry.name] = offset..<offset + entry.size }
      offset += (entry.size + PackedFiles.block - 1) / PackedFiles.block * PackedFiles.block
    }
    guard !ranges.isEmpty else { return nil }
    self.path = path
    self.ranges = ranges
  }

  func range(of name: String) -> Range<Int>? { ranges[name] }

  func kind(of name: String) -> PathKind {
    if ranges[name] != nil { return .file }
    return ranges.keys.contains { $0.hasPrefix(name + "/") } ? .folder : .missing
  }

  func names(in folder: String) -> [String] {
    let inside = ranges.keys.filter { $0.hasPrefix(folder + "/") }
    return Set(inside.map { String($0.dropFirst(folder.utf8.count + 1).prefix { $0 != "/" }) }).sorted()
  }

  /// Where a 64-bit little-endian ELF file's table of sections ends, which linkers put last; nil for any other file.
  private static func endOfSections(_ header: [UInt8]) -> Int? {
    guard header.prefix(6) == [0x7F, 0x45, 0x4C, 0x46, 2, 1] else { return nil }
    func number(_ range: Range<Int>) -> Int { range.reversed().reduce(0) { $0 << 8 | Int(header[$1]) } }
    guard header[0x2F] == 0 else { return nil }
    return number(0x28..<0x2F) + number(0x3A..<0x3C) * number(0x3C..<0x3E)
  }

  /// One header of the archive.
  private struct Entry {
    let name: String
    /// In bytes.
    let size: Int
    let isFile: Bool

    init?(_ block: [UInt8]) {
      func text(_ range: Range<Int>) -> String { String(decoding: block[range].prefix { $0 != 0 }, as: UTF8.self) }
      guard text(257..<263).hasPrefix("ustar"),
        let size = Int(text(124..<136).trimmingCharacters(in: .whitespaces), radix: 8), size >= 0
      else { return nil }
      let prefix = text(345..<500)
      name = (prefix.isEmpty ? "" : prefix + "/") + text(0..<100)
      self.size = size
      isFile = block[156] == UInt8(ascii: "0") || block[156] == 0
    }
  }
}
