import Foundation

/// Files by path, those included that a program carries: where `/usr/bin/limn` has files packed behind it
/// (``PackedFiles``), it is a folder too, and `/usr/bin/limn/default/model_index.json` is one of them.
package enum FileTree {
  /// The names within a folder, sorted; empty where it is none or cannot be read.
  package static func names(in folder: String) -> [String] {
    if let (files, inner) = PackedFiles.holding(folder) { return files.names(in: inner) }
    return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }

  /// Where the bytes of a file lie: a packed one within another, any other one in itself.
  package static func place(of path: String) -> FilePlace {
    guard let (files, inner) = PackedFiles.holding(path), let range = files.range(of: inner) else {
      return FilePlace(path: path, range: nil)
    }
    return FilePlace(path: files.path, range: range)
  }

  /// All bytes of a file.
  ///
  /// - Parameter limit: No file larger than so many bytes is read.
  /// - Throws: ``FileError``
  package static func read(_ path: String, atMost limit: Int) throws(FileError) -> [UInt8] {
    let place = place(of: path)
    let descriptor = unsafe open(place.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw [ENOENT, ENOTDIR].contains(errno) ? .missing : .unreadable }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw .unreadable }
    let range = place.range ?? 0..<Int(status.st_size)
    guard range.count <= limit else { throw .tooLarge(limit: limit) }
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
      while count < range.count {
        let got = unsafe pread(
          descriptor, buffer.baseAddress! + count, range.count - count, off_t(range.lowerBound + count))
        guard got > 0 else { return }
        count += got
      }
    }
    // Shortened meanwhile, or a device that fails.
    guard bytes.count == range.count else { throw .unreadable }
    return bytes
  }

  /// Reads a file from front to back in blocks of at most 4 MB.
  ///
  /// - Throws: ``FileError``, or what `body` throws.
  package static func forEachBlock(
    of path: String, _ body: (Data) throws(FileError) -> Void
  ) throws(FileError) {
    let place = place(of: path)
    guard PathKind(place.path) != .missing else { throw .missing }
    guard let file = FileHandle(forReadingAtPath: place.path) else { throw .unreadable }
    defer { try? file.close() }
    var left = place.range?.count ?? .max
    do { if let range = place.range { try file.seek(toOffset: UInt64(range.lowerBound)) } } catch { throw .unreadable }
    while left > 0 {
      let block: Data?
      do { block = try file.read(upToCount: min(left, 4 << 20)) } catch { throw .unreadable }
      guard let block, !block.isEmpty else { return }
      left -= block.count
      try body(block)
    }
  }
}

/// Why a file's bytes cannot be had.
package enum FileError: Error, Equatable, CustomStringConvertible {
  case missing
  case unreadable
  /// `limit`: in bytes.
  case tooLarge(limit: Int)

  package var description: String {
    switch self {
    case .missing: "there is no such file"
    case .unreadable: "it cannot be read by this user, or is no regular file"
    case .tooLarge(let limit): "it is larger than \(limit >> 20) MB, as no such file is"
    }
  }
}

/// Bytes of a file, or of a part of it.
package struct FilePlace: Equatable, Sendable {
  package let path: String
  /// In bytes; nil for the whole file.
  package let range: Range<Int>?
}
