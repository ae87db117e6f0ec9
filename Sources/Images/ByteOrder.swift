/// The order in which a file keeps the bytes of a number.
enum ByteOrder {
  case bigEndian
  case littleEndian
}

extension ArraySlice<UInt8> {
  /// The unsigned number of `count` bytes at `offset` from the slice's start; nil where the slice ends before.
  func number(at offset: Int, bytes count: Int, _ order: ByteOrder = .bigEndian) -> Int? {
    guard offset >= 0, offset <= self.count - count else { return nil }
    let field = self[startIndex + offset..<startIndex + offset + count]
    let bigEndian = order == .bigEndian ? field : ArraySlice(field.reversed())
    return bigEndian.reduce(0) { $0 << 8 | Int($1) }
  }

  /// The `length` bytes at `offset` from the slice's start; nil where the slice ends before.
  func block(at offset: Int, length: Int) -> ArraySlice<UInt8>? {
    guard offset >= 0, length >= 0, offset <= count, length <= count - offset else { return nil }
    return self[startIndex + offset..<startIndex + offset + length]
  }
}

extension [UInt8] {
  /// Appends the bytes of `value`, the highest first.
  mutating func appendBigEndian<Number: FixedWidthInteger & UnsignedInteger>(_ value: Number) {
    let count = Number.bitWidth / 8
    append(contentsOf: (1...count).map { UInt8(truncatingIfNeeded: value >> Number(8 * (count - $0))) })
  }

  /// Appends the bytes of `value`, the lowest first.
  mutating func appendLittleEndian(_ value: UInt32) {
    append(contentsOf: (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) })
  }
}
