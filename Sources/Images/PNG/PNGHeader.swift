/// The `IHDR` chunk.
struct PNGHeader {
  let width: Int
  let height: Int
  /// Bits a sample: 1, 2, 4, 8 or 16.
  let bitDepth: Int
  let colour: Colour
  let isInterlaced: Bool

  /// The colour types of the specification, table 11.1, with the bit depths allowed for each.
  enum Colour: Int {
    case grey = 0
    case rgb = 2
    case palette = 3
    case greyAlpha = 4
    case rgbAlpha = 6

    var samples: Int {
      switch self {
      case .grey, .palette: 1
      case .greyAlpha: 2
      case .rgb: 3
      case .rgbAlpha: 4
      }
    }

    var bitDepths: [Int] {
      switch self {
      case .grey: [1, 2, 4, 8, 16]
      case .palette: [1, 2, 4, 8]
      case .rgb, .greyAlpha, .rgbAlpha: [8, 16]
      }
    }
  }

  /// Reads the chunk's data; throws for what the specification forbids and for sizes beyond `PictureLimits`.
  init(_ data: ArraySlice<UInt8>, name: String) throws(PictureError) {
    func damaged(_ trouble: String) -> PictureError { .damaged(name: name, format: .png, trouble: trouble) }

    guard data.count == 13, let width = data.number(at: 0, bytes: 4), let height = data.number(at: 4, bytes: 4),
      let bitDepth = data.number(at: 8, bytes: 1), let colourType = data.number(at: 9, bytes: 1),
      let interlacing = data.number(at: 12, bytes: 1)
    else { throw damaged("its IHDR chunk has \(data.count) bytes; expected 13") }
    try PictureLimits.check(width: width, height: height, name: name, format: .png)
    guard let colour = Colour(rawValue: colourType), colour.bitDepths.contains(bitDepth) else {
      throw damaged("its header says colour type \(colourType) with \(bitDepth) bits, which no PNG has")
    }
    guard interlacing <= 1 else { throw damaged("its header says interlacing \(interlacing); expected 0 or 1") }
    self.width = width
    self.height = height
    self.bitDepth = bitDepth
    self.colour = colour
    isInterlaced = interlacing == 1
  }

  /// Bytes of the unpacked samples, at least (interlacing adds a few).
  var rawBytes: Int { height * (1 + (width * colour.samples * bitDepth + 7) / 8) }
}
