/// How a picture becomes a file: `--format`, `--quality`.
package struct PictureEncoding: Equatable, Sendable {
  package static let usualQuality = 92

  package let format: PictureFormat
  /// 1 to 100, of JPEG and WebP; 100 is lossless in WebP.
  package let quality: Int

  package init(_ format: PictureFormat = .png, quality: Int = usualQuality) {
    precondition((1...100).contains(quality), "PictureEncoding: quality \(quality) is not 1 to 100")
    self.format = format
    self.quality = quality
  }

  /// The whole file, with what there is to say about the picture where the format keeps such things: text chunks of PNG,
  /// EXIF and XMP of the
  /// others, comments of JPEG. The same picture and texts give the same bytes. Throws `PictureError.unwritable`.
  package func encode(_ picture: Picture, texts: [PNGText] = []) throws(PictureError) -> [UInt8] {
    func text(_ keyword: String) -> String? { texts.first { $0.keyword == keyword }?.text }
    let (software, comment) = (text("Software"), text("parameters"))
    let exif = software == nil && comment == nil ? nil : Exif.tiff(software: software, comment: comment)
    let xmp = text(DigitalSource.chunkKeyword)
    let comments = texts.filter { $0.keyword == "Comment" }.map(\.text)
    return switch format {
    case .png: try PNGEncoder.encode(picture, texts: texts)
    // A JPEG has no alpha.
    case .jpeg: try JPEGEncoder.encode(picture.onWhite, quality: quality, exif: exif, xmp: xmp, comments: comments)
    case .webp: try WebPEncoder.encode(picture, quality: quality, exif: exif, xmp: xmp)
    }
  }

  /// Whether so much text can be kept in such a file at all; a JPEG has 64 KB for it.
  ///
  /// - Parameter characters: In UTF-16, of prompts.
  package func holds(characters: Int) -> Bool { format != .jpeg || 2 * characters <= JPEGEncoder.segmentBytes - 4_096 }
}
