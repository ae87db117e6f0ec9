import CWebP

/// WebP to `Picture`: upright, alpha over white.
enum WebPDecoder {
  static func decode(_ file: WebPFile) throws(PictureError) -> Picture {
    let pixels = try pixels(of: file)
    let picture = Picture(
      width: file.width, height: file.height, pixels: file.hasAlpha ? Picture.overWhite(pixels) : pixels)
    return picture.turned(file.exif?.orientation ?? .upright)
  }

  /// The same with alpha where the file has it.
  static func decodeDeep(_ file: WebPFile) throws(PictureError) -> DeepPicture {
    let picture = DeepPicture(
      width: file.width, height: file.height, channels: file.hasAlpha ? 4 : 3, bitDepth: 8,
      samples: try pixels(of: file).map(UInt16.init))
    return picture.turned(file.exif?.orientation ?? .upright)
  }

  private static func pixels(of file: WebPFile) throws(PictureError) -> [UInt8] {
    let samples = file.hasAlpha ? 4 : 3
    var pixels = [UInt8](repeating: 0, count: file.width * file.height * samples)
    let isDecoded = unsafe file.bytes.withUnsafeBufferPointer { input in
      unsafe pixels.withUnsafeMutableBufferPointer { output in
        let decode = unsafe file.hasAlpha ? WebPDecodeRGBAInto : WebPDecodeRGBInto
        return unsafe decode(
          input.baseAddress, input.count, output.baseAddress, output.count, Int32(file.width * samples)) != nil
      }
    }
    guard isDecoded else { throw .damaged(name: file.name, format: .webp, trouble: "its pixels cannot be decoded") }
    return pixels
  }
}
