import Crypto
import Tensors

/// The form in which encodings are kept: their number; rank, extents and float32 values of each; and the SHA-256 of all that with the
/// key. Numbers are little-endian, of 8 bytes but for the values.
enum EncodingFile {
  private static let checksumLength = 32
  /// No encoding has more axes, or more tensors.
  private static let most = 64

  static func bytes(of tensors: [Tensor], _ key: EncodingKey) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(tensors.reduce(1024) { $0 + 4 * $1.count } + checksumLength)
    func append(_ number: Int, _ bytes: inout [UInt8]) {
      for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }
    append(tensors.count, &bytes)
    for tensor in tensors {
      append(tensor.rank, &bytes)
      for extent in tensor.shape { append(extent, &bytes) }
      unsafe tensor.withBuffer { unsafe bytes.append(contentsOf: UnsafeRawBufferPointer($0)) }
    }
    return sealed(bytes, key)
  }

  /// The bytes with their checksum.
  static func sealed(_ bytes: [UInt8], _ key: EncodingKey) -> [UInt8] { bytes + checksum(bytes[...], key) }

  /// Nil where the bytes are anything but what ``bytes(of:_:)`` makes for this key.
  static func tensors(in bytes: [UInt8], _ key: EncodingKey) -> [Tensor]? {
    let end = bytes.count - checksumLength
    guard end >= 0, bytes[end...].elementsEqual(checksum(bytes[..<end], key)) else { return nil }
    var position = 0
    func number() -> Int? {
      guard end - position >= 8 else { return nil }
      defer { position += 8 }
      return Int(
        truncatingIfNeeded: bytes[position..<position + 8].reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) })
    }
    guard let count = number(), (0...most).contains(count) else { return nil }
    var tensors: [Tensor] = []
    for _ in 0..<count {
      guard let rank = number(), (0...most).contains(rank) else { return nil }
      var shape: [Int] = []
      var length = 4
      for _ in 0..<rank {
        guard let extent = number(), (0...end).contains(extent) else { return nil }
        let (product, isTooLarge) = length.multipliedReportingOverflow(by: extent)
        guard !isTooLarge else { return nil }
        shape.append(extent)
        length = product
      }
      guard length <= end - position else { return nil }
      let values = unsafe Tensor(shape: shape) { target in
        unsafe UnsafeMutableRawBufferPointer(target).copyBytes(from: bytes[position..<position + length])
      }
      tensors.append(values)
      position += length
    }
    return position == end ? tensors : nil
  }

  private static func checksum(_ bytes: ArraySlice<UInt8>, _ key: EncodingKey) -> [UInt8] {
    var hash = SHA256()
    hash.update(data: key.digest)
    hash.update(data: bytes)
    return Array(hash.finalize())
  }
}
