/// The file format, little-endian throughout:
/// - 8 bytes `LIMNGRD3`
/// - three UInt32: bits of the table, outputs, words of the vocabulary
/// - Float32: scales [outputs], bias [outputs], calibration [outputs, 2]
/// - UInt64: the hashes of the vocabulary, most used first
/// - Int8: the table [2^bits, 16], to the end of the file
extension Classifier {
  private static let magic = Array("LIMNGRD3".utf8)
  static let rowBytes = 16

  /// - Parameter bytes: a whole file.
  /// - Throws: `GuardrailError.classifier` for any file that does not keep to the format to the last byte.
  package init(bytes: [UInt8]) throws(GuardrailError) {
    var reader = ByteReader(bytes: bytes)
    guard bytes.count >= 20, Array(bytes[0..<8]) == Self.magic else {
      throw .classifier("its file does not begin with “LIMNGRD3”; it is damaged or of another version.")
    }
    reader.position = 8
    let bits = Int(reader.uint32())
    let outputs = Int(reader.uint32())
    let words = Int(reader.uint32())
    guard (8...22).contains(bits), outputs == Output.count, words <= 1 << 22 else {
      throw .classifier(
        "its file claims 2^\(bits) rows, \(outputs) outputs and \(words) words; this version reads 2^8 to 2^22 rows and \(Output.count) outputs."
      )
    }
    let expected = 20 + 16 * outputs + 8 * words + Self.rowBytes << bits
    guard bytes.count == expected else {
      throw .classifier("its file has \(bytes.count) bytes; its header promises \(expected). It is damaged.")
    }
    head = Head(scales: reader.floats(outputs), bias: reader.floats(outputs), calibration: reader.floats(2 * outputs))
    guard [head.scales, head.bias, head.calibration].allSatisfy({ $0.allSatisfy { $0.isFinite && abs($0) < 1e6 } })
    else {
      throw .classifier("its file holds numbers that are infinite or absurd. It is damaged.")
    }
    self.words = (0..<words).map { _ in reader.uint64() }
    tableBits = bits
    tableStart = reader.position
    self.bytes = bytes
  }

  /// The bytes of a file.
  /// - Parameter table: [2^tableBits, 16].
  static func file(tableBits: Int, head: Head, words: [UInt64], table: [Int8]) -> [UInt8] {
    precondition(
      table.count == rowBytes << tableBits, "Classifier.file: a table of \(table.count), not \(rowBytes << tableBits)")
    var bytes = magic
    for number in [tableBits, Output.count, words.count] { bytes.append(littleEndian: UInt32(number)) }
    for number in head.scales + head.bias + head.calibration { bytes.append(littleEndian: number.bitPattern) }
    for word in words { bytes.append(littleEndian: word) }
    bytes.append(contentsOf: table.lazy.map { UInt8(bitPattern: $0) })
    return bytes
  }
}

/// Reads little-endian numbers one after another from bytes that are known to suffice.
private struct ByteReader {
  let bytes: [UInt8]
  var position = 0

  mutating func uint32() -> UInt32 {
    defer { position += 4 }
    return (0..<4).reduce(0) { $0 | UInt32(bytes[position + $1]) << UInt32(8 * $1) }
  }

  mutating func uint64() -> UInt64 {
    let low = UInt64(uint32())
    return low | UInt64(uint32()) << 32
  }

  mutating func floats(_ count: Int) -> [Float] { (0..<count).map { _ in Float(bitPattern: uint32()) } }
}

extension [UInt8] {
  fileprivate mutating func append(littleEndian value: some FixedWidthInteger) {
    for byte in 0..<(value.bitWidth / 8) { append(UInt8(truncatingIfNeeded: value >> (8 * byte))) }
  }
}
