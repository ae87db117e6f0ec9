/// The file format, little-endian throughout:
/// - 8 bytes `LIMNGRD1`
/// - four UInt32: bits of the table, its width, outputs, words of the vocabulary
/// - Float32: scales [width], bias [width], weights [outputs, width], output bias [outputs], calibration [outputs, 2]
/// - UInt64: the hashes of the vocabulary, most used first
/// - Int8: the table [2^bits, width], to the end of the file
extension Classifier {
  private static let magic = Array("LIMNGRD1".utf8)

  /// - Parameter bytes: a whole file.
  /// - Throws: `GuardrailError.classifier` for any file that does not keep to the format to the last byte.
  package init(bytes: [UInt8]) throws(GuardrailError) {
    var reader = ByteReader(bytes: bytes)
    guard bytes.count >= 24, Array(bytes[0..<8]) == Self.magic else {
      throw .classifier("its file does not begin with “LIMNGRD1”; it is damaged or of another program.")
    }
    reader.position = 8
    let bits = Int(reader.uint32())
    let width = Int(reader.uint32())
    let outputs = Int(reader.uint32())
    let words = Int(reader.uint32())
    guard (8...22).contains(bits), (16...256).contains(width), width % 16 == 0, outputs == Self.outputs,
      words <= 1 << 22
    else {
      throw .classifier(
        "its file claims 2^\(bits) rows of \(width), \(outputs) outputs and \(words) words; this version reads 2^8 to 2^22 rows of 16 to 256 (in steps of 16) and \(Self.outputs) outputs."
      )
    }
    let floats = 2 * width + outputs * width + 3 * outputs
    let expected = 24 + 4 * floats + 8 * words + width << bits
    guard bytes.count == expected else {
      throw .classifier("its file has \(bytes.count) bytes; its header promises \(expected). It is damaged.")
    }
    head = Head(
      scales: reader.floats(width), bias: reader.floats(width), weights: reader.floats(outputs * width),
      outputBias: reader.floats(outputs), calibration: reader.floats(2 * outputs))
    let numbers = [head.scales, head.bias, head.weights, head.outputBias, head.calibration]
    guard numbers.allSatisfy({ $0.allSatisfy { $0.isFinite && abs($0) < 1e6 } }) else {
      throw .classifier("its file holds numbers that are infinite or absurd. It is damaged.")
    }
    self.words = (0..<words).map { _ in reader.uint64() }
    tableBits = bits
    self.width = width
    table = Self.table(bytes, from: reader.position, count: width << bits)
  }

  private static func table(_ bytes: [UInt8], from start: Int, count: Int) -> [SIMD16<Int8>] {
    var table: [SIMD16<Int8>] = []
    table.reserveCapacity(count / 16)
    var position = start
    for _ in 0..<(count / 16) {
      var lane = SIMD16<UInt8>()
      for column in 0..<16 { lane[column] = bytes[position + column] }
      table.append(SIMD16<Int8>(truncatingIfNeeded: lane))
      position += 16
    }
    return table
  }

  /// The bytes of a file.
  /// - Parameter table: [2^tableBits, head.bias.count].
  static func file(tableBits: Int, head: Head, words: [UInt64], table: [Int8]) -> [UInt8] {
    let width = head.bias.count
    precondition(
      table.count == width << tableBits, "Classifier.file: a table of \(table.count), not \(width << tableBits)")
    var bytes = magic
    for number in [tableBits, width, outputs, words.count] { bytes.append(littleEndian: UInt32(number)) }
    for number in head.scales + head.bias + head.weights + head.outputBias + head.calibration {
      bytes.append(littleEndian: number.bitPattern)
    }
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
