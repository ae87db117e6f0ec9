import CPNG

/// PNG to `Picture`: every colour type and bit depth, interlaced or not. Alpha is laid over white, `gAMA` and
/// colour profiles are ignored (as PyTorch pipelines do), `eXIf` turns the picture upright.
enum PNGDecoder {
  /// Chunks that make pixels; libpng sees no others.
  private static let pixelChunks: Set<String> = ["IHDR", "PLTE", "tRNS", "IDAT", "IEND"]

  /// Deflate packs at most 1,032 bytes into one, so less `IDAT` than this is a cut or invented picture.
  private static let bestCompression = 1_032

  /// Decodes a file that was taken apart. Throws `PictureError.damaged` with libpng's words.
  static func decode(_ file: PNGFile) throws(PictureError) -> Picture {
    let (bytes, hasAlpha) = try pixelFile(file)
    let pixels =
      file.header.bitDepth == 16
      ? try pixels16(of: bytes, of: file, hasAlpha: hasAlpha) : try pixels8(of: bytes, of: file, hasAlpha: hasAlpha)
    let picture = Picture(width: file.header.width, height: file.header.height, pixels: pixels)
    return picture.turned(orientation(file))
  }

  /// The same with alpha and 16 bits where the file has them.
  static func decodeDeep(_ file: PNGFile) throws(PictureError) -> DeepPicture {
    let (bytes, hasAlpha) = try pixelFile(file)
    let isDeep = file.header.bitDepth == 16
    let samples: [UInt16]
    if isDeep {
      samples = try divided(
        read(bytes, of: file, hasAlpha: hasAlpha, format: PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_LINEAR),
        hasAlpha: hasAlpha)
    } else {
      let shallow: [UInt8] = try read(bytes, of: file, hasAlpha: hasAlpha, format: PNG_FORMAT_FLAG_COLOR)
      samples = shallow.map(UInt16.init)
    }
    let picture = DeepPicture(
      width: file.header.width, height: file.header.height, channels: hasAlpha ? 4 : 3, bitDepth: isDeep ? 16 : 8,
      samples: samples)
    return picture.turned(orientation(file))
  }

  /// Samples that libpng multiplied by their alpha, as they were.
  private static func divided(_ samples: [UInt16], hasAlpha: Bool) -> [UInt16] {
    guard hasAlpha else { return samples }
    var divided = samples
    for start in stride(from: 0, to: samples.count, by: 4) {
      let alpha = Int(samples[start + 3])
      guard alpha > 0 else { continue }
      for index in start..<start + 3 {
        divided[index] = UInt16(min(65_535, (Int(samples[index]) * 65_535 + alpha / 2) / alpha))
      }
    }
    return divided
  }

  private static func orientation(_ file: PNGFile) -> Orientation {
    file.first("eXIf").flatMap { Exif(tiff: $0.data) }?.orientation ?? .upright
  }

  /// A file of nothing but what makes pixels, and whether it has alpha.
  private static func pixelFile(_ file: PNGFile) throws(PictureError) -> (bytes: [UInt8], hasAlpha: Bool) {
    let chunks = file.chunks.filter { pixelChunks.contains($0.type) }
    let packedBytes = chunks.lazy.filter { $0.type == "IDAT" }.reduce(0) { $0 + $1.data.count }
    guard file.header.rawBytes <= packedBytes * bestCompression else {
      throw .damaged(
        name: file.name, format: .png,
        trouble: "\(packedBytes) bytes cannot hold the \(file.header.width)x\(file.header.height) pixels it claims")
    }
    let hasAlpha = [.greyAlpha, .rgbAlpha].contains(file.header.colour) || file.first("tRNS") != nil
    return (PNGFile.bytes(of: chunks), hasAlpha)
  }

  /// RGB of a file of up to 8 bits a sample.
  private static func pixels8(of bytes: [UInt8], of file: PNGFile, hasAlpha: Bool) throws(PictureError) -> [UInt8] {
    let samples: [UInt8] = try read(bytes, of: file, hasAlpha: hasAlpha, format: PNG_FORMAT_FLAG_COLOR)
    return hasAlpha ? Picture.overWhite(samples) : samples
  }

  /// RGB of a file of 16 bits a sample.
  ///
  /// Read with libpng's "linear" format, which leaves samples as they stand (no `gAMA` is passed on) but for being
  /// multiplied by their alpha: libpng 1.6 up to 1.6.53 writes beyond its buffer, or loses passes, where it makes 8
  /// bits of 16 in interlaced files (CVE-2025-65018 and the first repair of it).
  private static func pixels16(of bytes: [UInt8], of file: PNGFile, hasAlpha: Bool) throws(PictureError) -> [UInt8] {
    let samples: [UInt16] = try read(
      bytes, of: file, hasAlpha: hasAlpha, format: PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_LINEAR)
    let source = samples.span
    let channels = hasAlpha ? 4 : 3
    var pixels: [UInt8] = []
    pixels.reserveCapacity(source.count / channels * 3)
    for start in stride(from: 0, to: source.count, by: channels) {
      let white = hasAlpha ? 65_535 - Int(source[start + 3]) : 0
      for channel in 0..<3 {
        let sample = min(65_535, Int(source[start + channel]) + white)
        pixels.append(UInt8((sample * 255 + 32_767) / 65_535))
      }
    }
    return pixels
  }

  /// Runs libpng's simplified interface, which returns its errors: RGB or RGBA samples.
  private static func read<Sample: FixedWidthInteger>(
    _ bytes: [UInt8], of file: PNGFile, hasAlpha: Bool, format: UInt32
  ) throws(PictureError) -> [Sample] {
    let (width, height) = (file.header.width, file.header.height)
    var image = unsafe png_image()
    unsafe image.version = png_uint_32(PNG_IMAGE_VERSION)
    var samples: [Sample] = []
    let succeeded = unsafe bytes.withUnsafeBytes { input in
      guard unsafe png_image_begin_read_from_memory(&image, input.baseAddress, input.count) != 0 else { return false }
      defer { unsafe png_image_free(&image) }
      guard unsafe Int(image.width) == width, unsafe Int(image.height) == height else { return false }
      unsafe image.format = png_uint_32(hasAlpha ? format | PNG_FORMAT_FLAG_ALPHA : format)
      samples = [Sample](repeating: 0, count: width * height * (hasAlpha ? 4 : 3))
      return unsafe samples.withUnsafeMutableBytes { output in
        unsafe png_image_finish_read(&image, nil, output.baseAddress, 0, nil) != 0
      }
    }
    guard succeeded else {
      throw unsafe .damaged(name: file.name, format: .png, trouble: "libpng says \"\(image.sentence)\"")
    }
    return samples
  }
}

extension png_image {
  /// libpng's message of the last failure.
  var sentence: String {
    unsafe withUnsafeBytes(of: message) { unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
