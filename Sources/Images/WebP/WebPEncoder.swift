import CWebP

/// `Picture` to WebP in memory, with EXIF and XMP behind the pixels.
enum WebPEncoder {
  /// WebP's own limit, in pixels a side.
  static let side = 16_383

  /// A whole WebP file, with alpha where the picture has some; lossless at quality 100. Throws `PictureError.unwritable`.
  static func encode(_ picture: Picture, quality: Int, exif: [UInt8]?, xmp: String?) throws(PictureError) -> [UInt8] {
    guard picture.width <= side, picture.height <= side else {
      throw .unwritable(
        format: .webp, reason: "it has \(picture.width)x\(picture.height) pixels, and WebP takes at most \(side) a side"
      )
    }
    let plain = try packed(picture, quality)
    guard exif != nil || xmp != nil else { return plain }
    var chunks = WebPFile.chunks(of: plain).filter { $0.type != "VP8X" }
    // The flags of RFC 9649, 2.7: alpha 16, EXIF 8, XMP 4; then the size less one, three bytes each.
    var header: [UInt8] = [(picture.alpha == nil ? 0 : 16) | (exif == nil ? 0 : 8) | (xmp == nil ? 0 : 4), 0, 0, 0]
    for side in [picture.width - 1, picture.height - 1] {
      header += (0..<3).map { UInt8(truncatingIfNeeded: side >> (8 * $0)) }
    }
    chunks.insert(WebPFile.Chunk(type: "VP8X", data: header[...]), at: 0)
    if let exif { chunks.append(WebPFile.Chunk(type: "EXIF", data: exif[...])) }
    if let xmp { chunks.append(WebPFile.Chunk(type: "XMP ", data: Array(xmp.utf8)[...])) }
    return WebPFile.bytes(of: chunks)
  }

  private static func packed(_ picture: Picture, _ quality: Int) throws(PictureError) -> [UInt8] {
    var output: UnsafeMutablePointer<UInt8>?
    let (width, height) = (Int32(picture.width), Int32(picture.height))
    let size = unsafe (picture.withAlpha ?? picture.pixels).withUnsafeBufferPointer { pixels in
      switch (picture.alpha == nil, quality == 100) {
      case (true, true): unsafe WebPEncodeLosslessRGB(pixels.baseAddress, width, height, width * 3, &output)
      case (true, false): unsafe WebPEncodeRGB(pixels.baseAddress, width, height, width * 3, Float(quality), &output)
      case (false, true): unsafe WebPEncodeLosslessRGBA(pixels.baseAddress, width, height, width * 4, &output)
      case (false, false):
        unsafe WebPEncodeRGBA(pixels.baseAddress, width, height, width * 4, Float(quality), &output)
      }
    }
    guard size > 0, let bytes = unsafe output else {
      throw .unwritable(format: .webp, reason: "libwebp cannot encode it, for lack of memory perhaps")
    }
    defer { unsafe WebPFree(bytes) }
    return unsafe Array(UnsafeBufferPointer(start: bytes, count: size))
  }
}

extension Picture {
  /// Four bytes a pixel; nil where all are opaque.
  fileprivate var withAlpha: [UInt8]? {
    alpha.map { alpha in
      alpha.indices.flatMap { [pixels[3 * $0], pixels[3 * $0 + 1], pixels[3 * $0 + 2], alpha[$0]] }
    }
  }
}
