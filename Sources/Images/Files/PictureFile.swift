/// A picture whose header was read, not yet its pixels.
package struct PictureFile {
  private enum Kind {
    case png(PNGFile)
    case jpeg(JPEGFile)
    case webp(WebPFile)
  }

  package let name: String
  private let bytes: [UInt8]
  private var byteCount: Int { bytes.count }
  private let kind: Kind

  /// Throws `PictureError`.
  package init(contentsOf path: String) throws(PictureError) {
    try self.init(bytes: FileBytes.contents(of: path), name: path)
  }

  /// Reads what is left of an open file, "standard input" say. Throws `PictureError`.
  package init(descriptor: Int32, name: String) throws(PictureError) {
    try self.init(bytes: FileBytes.contents(of: descriptor, name: name), name: name)
  }

  package init(bytes: [UInt8], name: String) throws(PictureError) {
    self.name = name
    self.bytes = bytes
    switch try PictureFormat(of: bytes, name: name) {
    case .png: kind = .png(try PNGFile(bytes: bytes, name: name))
    case .jpeg: kind = .jpeg(try JPEGFile(bytes: bytes, name: name))
    case .webp: kind = .webp(try WebPFile(bytes: bytes, name: name))
    }
  }

  /// Memory that decoding takes at most, the file's own bytes included.
  package var decodingBytes: Int {
    switch kind {
    case .png(let file):
      // Samples with alpha as libpng hands them out, the picture, the picture turned upright; the file twice.
      let samples = 4 * (file.header.bitDepth == 16 ? 2 : 1)
      return 2 * byteCount + file.header.width * file.header.height * (samples + 3 + 3)
    case .jpeg(let file):
      // In progressive files all coefficients are kept, two bytes each.
      let coefficients = file.scans > 1 ? 2 * file.components : 0
      return byteCount + file.width * file.height * (file.components + 3 + 3 + coefficients)
    case .webp(let file):
      // The decoder's own planes are as large as what it hands out.
      return byteCount + file.width * file.height * (4 + 4 + 3 + 3)
    }
  }

  /// What the file says of itself. Throws `PictureError`.
  package var report: PictureReport {
    get throws(PictureError) { try PictureReport(bytes: bytes, name: name) }
  }

  /// White where the picture is transparent, upright; nil where nothing of it is. Throws `PictureError`.
  package func transparency() throws(PictureError) -> Mask? {
    let picture = try decodedDeep()
    guard picture.channels == 4 else { return nil }
    let opacity = stride(from: 3, to: picture.samples.count, by: 4).map { index in
      picture.bitDepth == 16
        ? UInt8((Int(picture.samples[index]) * 255 + 32_767) / 65_535) : UInt8(picture.samples[index])
    }
    let mask = Mask(width: picture.width, height: picture.height, values: opacity).inverted
    return mask.isEmpty ? nil : mask
  }

  /// Upright, alpha over white. Throws `PictureError`.
  package func decoded() throws(PictureError) -> Picture {
    switch kind {
    case .png(let file): try PNGDecoder.decode(file)
    case .jpeg(let file): try JPEGDecoder.decode(file)
    case .webp(let file): try WebPDecoder.decode(file)
    }
  }

  /// Upright, with alpha and 16 bits where the file has them. Throws `PictureError`.
  package func decodedDeep() throws(PictureError) -> DeepPicture {
    switch kind {
    case .png(let file): try PNGDecoder.decodeDeep(file)
    case .jpeg(let file): DeepPicture(try JPEGDecoder.decode(file))
    case .webp(let file): try WebPDecoder.decodeDeep(file)
    }
  }

  package var format: PictureFormat {
    switch kind {
    case .png: .png
    case .jpeg: .jpeg
    case .webp: .webp
    }
  }

  /// As it is seen, upright.
  package var size: PictureSize {
    let (width, height, orientation) =
      switch kind {
      case .png(let file):
        (
          file.header.width, file.header.height,
          file.first("eXIf").flatMap { Exif(tiff: $0.data) }?.orientation ?? .upright
        )
      case .jpeg(let file): (file.width, file.height, file.exif?.orientation ?? .upright)
      case .webp(let file): (file.width, file.height, file.exif?.orientation ?? .upright)
      }
    let path = orientation.path(width: width, height: height)
    return PictureSize(width: path.width, height: path.height)
  }

  /// What a PNG says of how its samples are meant as colours; nothing for other files.
  var colourChunks: [PNGFile.Chunk] {
    guard case .png(let file) = kind else { return [] }
    return file.chunks.filter { ["gAMA", "cHRM", "sRGB", "iCCP"].contains($0.type) }
  }
}
