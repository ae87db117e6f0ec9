/// What is wrong with a GGUF file, as the end of a sentence.
struct GGUFFault: Error {
  let problem: String
}

/// Reads a GGUF file from front to back. Lengths and counts are held against what is left of the file before anything is made of them.
///
/// Source: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
struct GGUFScanner {
  private let file: MappedFile
  private(set) var position: Int

  init(_ file: MappedFile, at position: Int) {
    self.file = file
    self.position = position
  }

  /// Bytes that are left.
  var room: Int { file.count - position }

  /// A little-endian number of a fixed width.
  mutating func number<Value: FixedWidthInteger>(_ type: Value.Type) throws(GGUFFault) -> Value {
    let width = Value.bitWidth / 8
    guard room >= width else { throw cutOff }
    defer { position += width }
    return file.littleEndian(type, at: position)
  }

  /// A count of things of at least so many bytes each, of which there cannot be more than fit.
  mutating func count(of what: String, atLeast bytes: Int) throws(GGUFFault) -> Int {
    let count = try number(UInt64.self)
    guard count <= UInt64(room / bytes) else {
      throw GGUFFault(
        problem: "\(count) \(what) would not fit into the \(room) bytes that are left at byte \(position)")
    }
    return Int(count)
  }

  /// Where the bytes of a text lie.
  mutating func textRange() throws(GGUFFault) -> Range<Int> {
    let length = try count(of: "bytes of text", atLeast: 1)
    defer { position += length }
    return position..<position + length
  }

  mutating func text() throws(GGUFFault) -> String { file.text(in: try textRange()) }

  mutating func skip(_ bytes: Int) throws(GGUFFault) {
    guard bytes <= room else { throw cutOff }
    position += bytes
  }

  private var cutOff: GGUFFault { GGUFFault(problem: "it ends at byte \(file.count), in the middle of its header") }
}

extension MappedFile {
  /// A little-endian number at any place within the file.
  func littleEndian<Value: FixedWidthInteger>(_ type: Value.Type, at place: Int) -> Value {
    unsafe bytes(in: place..<place + Value.bitWidth / 8).withBytes { bytes in
      Value(littleEndian: unsafe bytes.loadUnaligned(as: type))
    }
  }

  /// Bytes as UTF-8, repaired where they are none.
  func text(in range: Range<Int>) -> String {
    unsafe bytes(in: range).withBytes { unsafe String(decoding: $0, as: UTF8.self) }
  }
}
