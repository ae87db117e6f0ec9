/// The formats that limn reads and writes.
package enum PictureFormat: String, CaseIterable, Sendable {
  case png = "PNG"
  case jpeg = "JPEG"
  case webp = "WebP"

  /// As sentences list them.
  static let list = "PNG, JPEG and WebP"

  /// The endings of such files, the usual one first, small letters without the full stop.
  package var endings: [String] {
    switch self {
    case .png: ["png"]
    case .jpeg: ["jpg", "jpeg"]
    case .webp: ["webp"]
    }
  }

  package var mediaType: String { "image/\(rawValue.lowercased())" }

  /// By the ending of a file's name; nil where it is another one or missing.
  package init?(path: String) {
    let name = path.lowercased()
    guard let format = Self.allCases.first(where: { $0.endings.contains { name.hasSuffix(".\($0)") } }) else {
      return nil
    }
    self = format
  }

  /// Recognises the format by its first bytes; throws a sentence that says what the file is instead.
  init(of bytes: [UInt8], name: String) throws(PictureError) {
    guard !bytes.isEmpty else { throw .empty(name: name) }
    if bytes.starts(with: PNGFile.signature) {
      self = .png
    } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else if bytes.starts(with: Array("RIFF".utf8)), bytes.dropFirst(8).starts(with: Array("WEBP".utf8)) {
      self = .webp
    } else {
      throw .foreign(name: name, kind: Self.foreignKind(of: bytes))
    }
  }

  /// First bytes of what people hand over by mistake: offset, the bytes there, the name with its article.
  private static let foreignKinds: [(offset: Int, magic: [UInt8], kind: String)] = [
    (4, Array("ftypavif".utf8), "an AVIF file"),
    (4, Array("ftypavis".utf8), "an AVIF file"),
    (4, Array("ftyphei".utf8), "a HEIC file"),
    (4, Array("ftyphev".utf8), "a HEIC file"),
    (4, Array("ftypmif1".utf8), "a HEIF file"),
    (4, Array("ftyp".utf8), "an MP4 film"),
    (0, Array("GIF8".utf8), "a GIF file"),
    (0, Array("BM".utf8), "a BMP file"),
    (0, [0x49, 0x49, 0x2A, 0x00], "a TIFF file"),
    (0, [0x4D, 0x4D, 0x00, 0x2A], "a TIFF file"),
    (0, [0xFF, 0x0A], "a JPEG XL file"),
    (4, Array("JXL ".utf8), "a JPEG XL file"),
    (4, Array("jP  ".utf8), "a JPEG 2000 file"),
    (0, Array("qoif".utf8), "a QOI file"),
    (0, Array("8BPS".utf8), "a Photoshop file"),
    (0, [0x00, 0x00, 0x01, 0x00], "a Windows icon"),
    (0, [0x8A] + Array("MNG".utf8), "an MNG file"),
    (0, Array("%PDF".utf8), "a PDF file"),
    (0, Array("PK\u{3}\u{4}".utf8), "a ZIP archive"),
    (0, [0x1F, 0x8B], "a gzip archive"),
    (0, Array("GGUF".utf8), "a GGUF checkpoint"),
    (0, Array("<?xml".utf8), "an XML or SVG file"),
    (0, Array("<svg".utf8), "an SVG file"),
    (0, Array("<!DOCTYPE".utf8), "a web page"),
    (0, Array("<html".utf8), "a web page"),
    (0, Array("P6".utf8), "a PPM file"),
    (0, Array("P5".utf8), "a PGM file"),
  ]

  private static func foreignKind(of bytes: [UInt8]) -> String? {
    let known = foreignKinds.first { bytes.dropFirst($0.offset).starts(with: $0.magic) }
    if let known { return known.kind }
    let start = bytes.prefix(512)
    let isText = start.allSatisfy { ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
    return isText ? "a text file" : nil
  }
}
