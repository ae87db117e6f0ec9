import CWebP

/// A WebP file's chunks and what its first frame says of itself (RFC 9649).
struct WebPFile {
  struct Chunk {
    /// Four characters, "VP8 ".
    let type: String
    let data: ArraySlice<UInt8>
  }

  let name: String
  let bytes: [UInt8]
  let width: Int
  let height: Int
  let hasAlpha: Bool
  let exif: Exif?
  /// The XMP packet.
  let xmp: String?

  /// Throws for truncated files, animations and sizes beyond `PictureLimits`.
  init(bytes: [UInt8], name: String) throws(PictureError) {
    guard let length = bytes[...].number(at: 4, bytes: 4, .littleEndian), length + 8 <= bytes.count else {
      throw .damaged(name: name, format: .webp, trouble: "it is cut short")
    }
    var features = WebPBitstreamFeatures()
    let status = unsafe WebPGetFeatures(bytes, bytes.count, &features)
    guard status == VP8_STATUS_OK else {
      throw .damaged(name: name, format: .webp, trouble: "its header cannot be read")
    }
    guard features.has_animation == 0 else {
      throw .unsupported(name: name, format: .webp, trouble: "it is an animation; expected one picture")
    }
    width = Int(features.width)
    height = Int(features.height)
    hasAlpha = features.has_alpha != 0
    try PictureLimits.check(width: width, height: height, name: name, format: .webp)
    let chunks = Self.chunks(of: bytes)
    func data(_ type: String) -> ArraySlice<UInt8>? { chunks.first { $0.type == type }?.data }
    self.name = name
    self.bytes = bytes
    // Some writers begin it as a JPEG's segment begins.
    exif = data("EXIF").flatMap { Exif(tiff: $0.starts(with: Exif.mark) ? $0.dropFirst(Exif.mark.count) : $0) }
    xmp = data("XMP ").flatMap { $0.count <= PictureLimits.textBytes ? String(decoding: $0, as: UTF8.self) : nil }
  }

  /// The chunks up to the first that is cut off.
  static func chunks(of bytes: [UInt8]) -> [Chunk] {
    var chunks: [Chunk] = []
    var rest = bytes.dropFirst(12)
    while let type = rest.block(at: 0, length: 4), let length = rest.number(at: 4, bytes: 4, .littleEndian),
      let data = rest.block(at: 8, length: length)
    {
      chunks.append(Chunk(type: String(decoding: type, as: UTF8.self), data: data))
      rest = rest.dropFirst(8 + length + length % 2)
    }
    return chunks
  }

  /// A file of these chunks.
  static func bytes(of chunks: [Chunk]) -> [UInt8] {
    var body = Array("WEBP".utf8)
    for chunk in chunks {
      body += Array(chunk.type.utf8)
      body.appendLittleEndian(UInt32(chunk.data.count))
      body += chunk.data
      if chunk.data.count % 2 == 1 { body.append(0) }
    }
    var bytes = Array("RIFF".utf8)
    bytes.appendLittleEndian(UInt32(body.count))
    return bytes + body
  }
}
