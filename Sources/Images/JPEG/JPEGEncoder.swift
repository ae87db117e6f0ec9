import CJPEG

/// `Picture` to JPEG in memory; EXIF, XMP and comments before the pixels.
package enum JPEGEncoder {
  /// What a marker segment holds beside its length.
  static let segmentBytes = 65_533

  /// A whole baseline JPEG file. Throws `PictureError.unwritable` with libjpeg's words.
  ///
  /// - Parameter isSubsampled: Whether colours are half as fine as brightness along each side.
  package static func encode(
    _ picture: Picture, quality: Int, exif: [UInt8]? = nil, xmp: String? = nil, comments: [String] = [],
    isSubsampled: Bool = false
  ) throws(PictureError) -> [UInt8] {
    let plain = try packed(picture, quality, isSubsampled ? TJSAMP_420 : TJSAMP_444)
    var bytes = Array(plain.prefix(2))
    // EXIF takes the place of JFIF's header (APP0), which libjpeg writes first.
    if let exif { bytes += try segment(0xE1, Exif.mark + exif) }
    if let xmp { bytes += try segment(0xE1, JPEGFile.xmpTag + Array(xmp.utf8)) }
    for comment in comments { bytes += try segment(0xFE, Array(comment.utf8)) }
    return bytes + plain.dropFirst(2)
  }

  private static func segment(_ marker: UInt8, _ data: [UInt8]) throws(PictureError) -> [UInt8] {
    guard data.count <= segmentBytes else {
      throw .unwritable(
        format: .jpeg,
        reason:
          "how it was made takes \(data.count) bytes, and a JPEG has room for \(segmentBytes); PNG and WebP have more")
    }
    let length = data.count + 2
    return [0xFF, marker, UInt8(length >> 8), UInt8(length & 0xFF)] + data
  }

  private static func packed(_ picture: Picture, _ quality: Int, _ sampling: TJSAMP) throws(PictureError) -> [UInt8] {
    guard let compressor = unsafe tjInitCompress() else {
      throw .unwritable(format: .jpeg, reason: "there is no memory for the encoder")
    }
    defer { unsafe tjDestroy(compressor) }
    var output: UnsafeMutablePointer<UInt8>?
    var size: UInt = 0
    let (width, height) = (Int32(picture.width), Int32(picture.height))
    let status = unsafe picture.pixels.withUnsafeBufferPointer { pixels in
      unsafe tjCompress2(
        compressor, pixels.baseAddress, width, width * 3, height, TJPF_RGB.rawValue, &output, &size,
        Int32(sampling.rawValue), Int32(quality), TJFLAG_ACCURATEDCT)
    }
    defer { unsafe tjFree(output) }
    guard status == 0, let bytes = unsafe output else {
      throw .unwritable(format: .jpeg, reason: "libjpeg says \"\(unsafe String(cString: tjGetErrorStr2(compressor)))\"")
    }
    return unsafe Array(UnsafeBufferPointer(start: bytes, count: Int(size)))
  }
}
