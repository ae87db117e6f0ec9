/// A JPEG file's marker segments up to the pixels (ITU-T T.81, annex B).
struct JPEGFile {
  let name: String
  let bytes: [UInt8]
  let width: Int
  let height: Int
  /// Bits a sample: 8.
  let bitDepth: Int
  /// 1 grey, 3 colour, 4 CMYK.
  let components: Int
  /// Adobe's APP14 stands in the file: its CMYK is kept inverted.
  let isAdobe: Bool
  /// Passes over the picture; more than one in progressive files.
  let scans: Int
  let exif: Exif?
  /// The XMP packet of APP1.
  let xmp: String?
  /// COM segments.
  let comments: [String]

  /// Walks the markers. Throws for truncated and contradictory files and for sizes beyond `PictureLimits`.
  init(bytes: [UInt8], name: String) throws(PictureError) {
    var frame: ArraySlice<UInt8>?
    var exif: Exif?
    var xmp: String?
    var comments: [String] = []
    var isAdobe = false
    for segment in JPEGSegments(bytes) {
      switch segment.marker {
      case 0xC0...0xCF where ![0xC4, 0xC8, 0xCC].contains(segment.marker):
        frame = frame ?? segment.data
      case 0xE1 where segment.data.starts(with: Exif.mark):
        exif = exif ?? Exif(tiff: segment.data.dropFirst(Exif.mark.count))
      case 0xE1 where segment.data.starts(with: Self.xmpTag):
        xmp = xmp ?? String(decoding: segment.data.dropFirst(Self.xmpTag.count), as: UTF8.self)
      case 0xEE where segment.data.starts(with: Array("Adobe".utf8)): isAdobe = true
      case 0xFE: comments.append(String(decoding: segment.data.prefix { $0 != 0 }, as: UTF8.self))
      default: break
      }
    }
    guard let frame, let bitDepth = frame.number(at: 0, bytes: 1), let height = frame.number(at: 1, bytes: 2),
      let width = frame.number(at: 3, bytes: 2), let components = frame.number(at: 5, bytes: 1)
    else { throw .damaged(name: name, format: .jpeg, trouble: "it is cut short before its header says a size") }
    try PictureLimits.check(width: width, height: height, name: name, format: .jpeg)
    guard Self.isEnded(bytes) else {
      throw .damaged(name: name, format: .jpeg, trouble: "it is cut short: no marker ends it")
    }
    self.name = name
    self.bytes = bytes
    self.width = width
    self.height = height
    self.bitDepth = bitDepth
    self.components = components
    self.isAdobe = isAdobe
    self.exif = exif
    self.xmp = xmp
    self.comments = comments
    scans = zip(bytes, bytes.dropFirst()).count { $0 == 0xFF && $1 == 0xDA }
  }

  /// Whether the last scan is followed by the end marker; neither occurs among a scan's pixels.
  private static func isEnded(_ bytes: [UInt8]) -> Bool {
    for index in bytes.indices.dropLast().reversed() where bytes[index] == 0xFF {
      if bytes[index + 1] == 0xD9 { return true }
      if bytes[index + 1] == 0xDA { return false }
    }
    return false
  }

  static let xmpTag = Array("http://ns.adobe.com/xap/1.0/\0".utf8)
}

/// The marker segments of a JPEG from its start to the first scan.
private struct JPEGSegments: Sequence, IteratorProtocol {
  private var rest: ArraySlice<UInt8>

  /// `bytes` begins with the SOI marker.
  init(_ bytes: [UInt8]) { rest = bytes.dropFirst(2) }

  mutating func next() -> (marker: UInt8, data: ArraySlice<UInt8>)? {
    guard let markerStart = rest.firstIndex(of: 0xFF) else { return nil }
    rest = rest[markerStart...].drop { $0 == 0xFF }  // fill bytes may stand before a marker
    guard let marker = rest.first else { return nil }
    switch marker {
    case 0xD9, 0xDA: return nil
    case 0x00, 0x01, 0xD0...0xD8:  // without a length
      rest = rest.dropFirst()
      return (marker, [])
    default:
      guard let length = rest.number(at: 1, bytes: 2), let data = rest.block(at: 3, length: length - 2) else {
        return nil
      }
      rest = rest.dropFirst(1 + length)
      return (marker, data)
    }
  }
}
