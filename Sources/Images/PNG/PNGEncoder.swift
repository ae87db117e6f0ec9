import CPNG

/// `Picture` to PNG in memory: 8-bit RGB, or RGBA where pixels are transparent, text before the pixels. The same picture and texts give the same bytes.
package enum PNGEncoder {
  /// What to spend; milliseconds and size of a photograph of 512x512 on one core of 2023.
  package enum Effort: Sendable {
    /// 125 ms, 365 KiB: files.
    case thorough
    /// 24 ms, 708 KiB: previews.
    case fast
  }

  /// A whole PNG file. Throws `PictureError.unwritable` with libpng's words.
  package static func encode(_ picture: Picture, texts: [PNGText] = [], effort: Effort = .thorough) throws(PictureError)
    -> [UInt8]
  {
    let plain = try PNGFile(bytes: packed(picture, effort), name: "the picture")
    var chunks = plain.chunks
    chunks.insert(contentsOf: texts.map(\.chunk), at: 1)  // after IHDR, so that readers meet the text first
    return PNGFile.bytes(of: chunks)
  }

  /// Runs libpng's simplified interface, which returns its errors.
  private static func packed(_ picture: Picture, _ effort: Effort) throws(PictureError) -> [UInt8] {
    var image = unsafe png_image()
    unsafe image.version = png_uint_32(PNG_IMAGE_VERSION)
    unsafe image.width = png_uint_32(picture.width)
    unsafe image.height = png_uint_32(picture.height)
    unsafe image.format = png_uint_32(PNG_FORMAT_FLAG_COLOR | (picture.alpha == nil ? 0 : PNG_FORMAT_FLAG_ALPHA))
    unsafe image.flags = effort == .fast ? png_uint_32(PNG_IMAGE_FLAG_FAST) : 0
    let samples = picture.samples
    var size = png_alloc_size_t(samples.count + samples.count / 16 + picture.height + 4_096)
    var bytes = [UInt8](repeating: 0, count: Int(size))
    let succeeded = unsafe samples.withUnsafeBytes { pixels in
      unsafe bytes.withUnsafeMutableBytes { output in
        unsafe png_image_write_to_memory(&image, output.baseAddress, &size, 0, pixels.baseAddress, 0, nil) != 0
      }
    }
    unsafe png_image_free(&image)
    guard succeeded else { throw unsafe .unwritable(format: .png, reason: image.sentence) }
    bytes.removeLast(bytes.count - Int(size))
    return bytes
  }
}

extension Picture {
  /// As PNG stores them: three bytes a pixel, or four.
  fileprivate var samples: [UInt8] {
    guard let alpha else { return pixels }
    var samples: [UInt8] = []
    samples.reserveCapacity(alpha.count * 4)
    for (index, opacity) in alpha.enumerated() {
      samples += [pixels[index * 3], pixels[index * 3 + 1], pixels[index * 3 + 2], opacity]
    }
    return samples
  }
}
