/// The file format, little-endian throughout:
/// - 8 bytes `LIMNGRD4`
/// - four UInt32: bits of the table, outputs, words of the vocabulary that are used, and that merely exist
/// - Float32: scales [outputs], bias [outputs], calibration [outputs, 2]
/// - UInt64: the hashes of the vocabulary, most used first, then those that merely exist
/// - Int8: the table [2^bits, 16], to the end of the file
extension Classifier {
  private static let magic = Array("LIMNGRD4".utf8)
  static let rowBytes = 16

  /// - Parameter bytes: a whole file.
  /// - Throws: `GuardrailError.classifier` for any file that does not keep to the format to the last byte.
  package init(bytes: [UInt8]) throws(GuardrailError) {
    guard bytes.count >= 24, bytes.starts(with: Self.magic) else {
      throw .classifier("its file does not begin with “LIMNGRD4”; it is damaged or of another version.")
    }
    var reader = ByteReader(bytes: bytes, position: 8)
    let bits = Int(reader.number(UInt32.self))
    let outputs = Int(reader.number(UInt32.self))
    let used = Int(reader.number(UInt32.self))
    let rare = Int(reader.number(UInt32.self))
    guard (8...22).contains(bits), outputs == Output.count, max(used, rare) <= 1 << 22 else {
      throw .classifier(
        "its file claims 2^\(bits) rows, \(outputs) outputs and \(used + rare) words; this version reads 2^8 to 2^22 rows and \(Output.count) outputs."
      )
    }
    let expected = 24 + 16 * outputs + 8 * (used + rare) + Self.rowBytes << bits
    guard bytes.count == expected else {
      throw .classifier("its file has \(bytes.count) bytes; its header promises \(expected). It is damaged.")
    }
    head = Head(scales: reader.floats(outputs), bias: reader.floats(outputs), calibration: reader.floats(2 * outputs))
    guard [head.scales, head.bias, head.calibration].allSatisfy({ $0.allSatisfy { $0.isFinite && abs($0) < 1e6 } })
    else {
      throw .classifier("its file holds numbers that are infinite or absurd. It is damaged.")
    }
    words = ClassifierWords(used: reader.numbers(UInt64.self, used), rare: reader.numbers(UInt64.self, rare))
    tableBits = bits
    tableStart = reader.position
    self.bytes = bytes
  }

  /// The bytes of a file.
  /// - Parameter table: [2^tableBits, 16].
  static func file(tableBits: Int, head: Head, words: ClassifierWords, table: [Int8]) -> [UInt8] {
    precondition(
      table.count == rowBytes << tableBits, "Classifier.file: a table of \(table.count), not \(rowBytes << tableBits)")
    var bytes = magic
    for number in [tableBits, Output.count, words.used.count, words.rare.count] {
      bytes.append(littleEndian: UInt32(number))
    }
    for number in head.scales + head.bias + head.calibration { bytes.append(littleEndian: number.bitPattern) }
    for word in words.used + words.rare { bytes.append(littleEndian: word) }
    bytes.append(contentsOf: table.lazy.map { UInt8(bitPattern: $0) })
    return bytes
  }
}

/// Reads little-endian numbers one after another from bytes that are known to suffice.
private struct ByteReader {
  let bytes: [UInt8]
  var position: Int

  mutating func number<Number: FixedWidthInteger & BitwiseCopyable>(_ type: Number.Type) -> Number {
    defer { position += MemoryLayout<Number>.size }
    // Any bytes are a number; the span checks the bounds.
    return unsafe Number(littleEndian: bytes.span.bytes.unsafeLoadUnaligned(fromByteOffset: position, as: type))
  }

  mutating func numbers<Number: FixedWidthInteger & BitwiseCopyable>(_ type: Number.Type, _ count: Int) -> [Number] {
    var numbers: [Number] = []
    numbers.reserveCapacity(count)
    for _ in 0..<count { numbers.append(number(type)) }
    return numbers
  }

  mutating func floats(_ count: Int) -> [Float] { numbers(UInt32.self, count).map(Float.init(bitPattern:)) }
}

extension [UInt8] {
  fileprivate mutating func append(littleEndian value: some FixedWidthInteger) {
    for byte in 0..<(value.bitWidth / 8) { append(UInt8(truncatingIfNeeded: value >> (8 * byte))) }
  }
}
