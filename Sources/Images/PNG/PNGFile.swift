import CPNG

/// A PNG file taken apart into its chunks (PNG specification, third edition, sections 5 and 11).
///
/// limn walks the chunks itself: libpng's simplified interface, the one that returns errors instead of jumping
/// out of the caller's frames, knows nothing of text and applies `gAMA`. It is handed only what makes pixels.
struct PNGFile {
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  /// One chunk; its checksum was right.
  struct Chunk {
    /// Four letters, "IHDR".
    let type: String
    let data: ArraySlice<UInt8>

    /// Upper-case first letter: a decoder that does not understand it cannot decode the picture.
    var isCritical: Bool { type.utf8.first.map { $0 & 0x20 == 0 } ?? false }
  }

  let name: String
  let header: PNGHeader
  let chunks: [Chunk]

  /// Takes apart a file's bytes. Checks every critical chunk's checksum; drops ancillary ones that are damaged.
  init(bytes: [UInt8], name: String) throws(PictureError) {
    func damaged(_ trouble: String) -> PictureError { .damaged(name: name, format: .png, trouble: trouble) }

    var rest = bytes.dropFirst(Self.signature.count)
    var chunks: [Chunk] = []
    while chunks.last?.type != "IEND" {
      guard let length = rest.number(at: 0, bytes: 4), let tagged = rest.block(at: 4, length: 4 + length),
        let checksum = rest.number(at: 8 + length, bytes: 4)
      else { throw damaged("it is cut short after \(bytes.count) bytes, in chunk \(chunks.count + 1)") }
      let typeBytes = tagged.prefix(4)
      guard typeBytes.allSatisfy({ (0x41...0x5A).contains($0 & 0xDF) }) else {
        throw damaged("chunk \(chunks.count + 1) has a type that is not four letters")
      }
      let chunk = Chunk(type: String(decoding: typeBytes, as: UTF8.self), data: tagged.dropFirst(4))
      if Self.checksum(of: tagged) == checksum {
        chunks.append(chunk)
      } else if chunk.isCritical {
        throw damaged("the checksum of its \(chunk.type) chunk is wrong")
      }
      rest = rest.dropFirst(12 + length)
    }
    guard let first = chunks.first, first.type == "IHDR" else { throw damaged("it does not begin with IHDR") }
    self.name = name
    self.chunks = chunks
    header = try PNGHeader(first.data, name: name)
  }

  /// The first chunk of a type.
  func first(_ type: String) -> Chunk? { chunks.first { $0.type == type } }

  /// A whole file: the signature and these chunks with their checksums.
  static func bytes(of chunks: [Chunk]) -> [UInt8] {
    var bytes = signature
    bytes.reserveCapacity(chunks.reduce(signature.count) { $0 + 12 + $1.data.count })
    for chunk in chunks {
      bytes.appendBigEndian(UInt32(chunk.data.count))
      let start = bytes.count
      bytes.append(contentsOf: chunk.type.utf8)
      bytes.append(contentsOf: chunk.data)
      bytes.appendBigEndian(UInt32(checksum(of: bytes[start...])))
    }
    return bytes
  }

  /// CRC-32 of a chunk's type and data.
  private static func checksum(of bytes: ArraySlice<UInt8>) -> Int {
    unsafe bytes.withUnsafeBufferPointer { unsafe Int(crc32(0, $0.baseAddress, uInt($0.count))) }
  }
}
