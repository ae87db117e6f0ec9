import JSON

/// What a picture file says of itself: `limn inspect`.
package struct PictureReport: Equatable, Sendable {
  package let name: String
  package let format: PictureFormat
  /// As stored, before EXIF turns it.
  package let width: Int
  package let height: Int
  /// Bits a sample.
  package let bitDepth: Int
  /// The IPTC mark; nil where there is none.
  package let source: DigitalSource?
  /// How it was made, where a tool that limn knows wrote it down.
  package let parameters: GenerationParameters?
  /// "limn 0.1", "ComfyUI", "InvokeAI", "stable-diffusion.cpp", "AUTOMATIC1111"; nil where unknown.
  package let tool: String?
  /// Every text of the file as it stands, in order: PNG text chunks; XMP, EXIF comment and COM of others.
  package let texts: [PNGText]

  /// Reads a file. Throws `PictureError`; the pixels are not decoded.
  package init(contentsOf path: String) throws(PictureError) {
    try self.init(bytes: FileBytes.contents(of: path), name: path)
  }

  /// Reads what is left of an open file. Throws `PictureError`.
  package init(descriptor: Int32, name: String) throws(PictureError) {
    try self.init(bytes: FileBytes.contents(of: descriptor, name: name), name: name)
  }

  /// Reads a file's bytes; `name` stands in the errors.
  package init(bytes: [UInt8], name: String) throws(PictureError) {
    switch try PictureFormat(of: bytes, name: name) {
    case .png:
      let file = try PNGFile(bytes: bytes, name: name)
      var texts = PNGText.texts(of: file)
      if let comment = file.first("eXIf").flatMap({ Exif(tiff: $0.data) })?.userComment {
        texts.append(PNGText("parameters", comment))
      }
      self.init(
        name: name, format: .png, size: (file.header.width, file.header.height), bitDepth: file.header.bitDepth,
        texts: texts)
    case .jpeg:
      let file = try JPEGFile(bytes: bytes, name: name)
      var texts = file.comments.map { PNGText("Comment", $0) }
      texts += Self.texts(file.exif, xmp: file.xmp)
      self.init(
        name: name, format: .jpeg, size: (file.width, file.height), bitDepth: file.bitDepth, texts: texts)
    case .webp:
      let file = try WebPFile(bytes: bytes, name: name)
      self.init(
        name: name, format: .webp, size: (file.width, file.height), bitDepth: 8,
        texts: Self.texts(file.exif, xmp: file.xmp))
    }
  }

  private static func texts(_ exif: Exif?, xmp: String?) -> [PNGText] {
    var texts: [PNGText] = []
    if let software = exif?.software { texts.append(PNGText("Software", software)) }
    if let comment = exif?.userComment { texts.append(PNGText("parameters", comment)) }
    if let xmp { texts.append(PNGText(DigitalSource.chunkKeyword, xmp)) }
    return texts
  }

  private init(name: String, format: PictureFormat, size: (Int, Int), bitDepth: Int, texts: [PNGText]) {
    self.name = name
    self.format = format
    (width, height) = size
    self.bitDepth = bitDepth
    self.texts = texts
    source = texts.first { $0.keyword == DigitalSource.chunkKeyword }.flatMap { DigitalSource(xmp: $0.text) }
    let record = PictureTool.record(texts)
    parameters = record?.parameters
    tool = record?.tool ?? texts.first { $0.keyword == "Software" }?.text
  }
}
