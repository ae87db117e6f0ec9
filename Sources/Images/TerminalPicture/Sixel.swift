/// DEC sixel graphics (VT330/VT340 programmer reference, chapter 14): six rows at a time, one colour after another.
enum Sixel {
  /// Levels of red, green and blue: 252 colours, most for green, to which the eye is keenest.
  private static let levels = [6, 7, 6]

  /// 8x8 thresholds of Bayer 1973, 0...63: dithering that stands still while a picture forms.
  private static let thresholds: [Int] = (0..<64).map { index in
    let (x, y) = (index % 8, index / 8)
    // Bits of x ^ y and y, the lowest first and so the coarsest.
    return (0..<3).reduce(0) { $0 << 2 | ((x ^ y) >> $1 & 1) << 1 | y >> $1 & 1 }
  }

  static func command(_ picture: Picture) -> [UInt8] {
    let indices = quantised(picture)
    var bytes = Array("\u{1B}P0;1;0q\"1;1;\(picture.width);\(picture.height)".utf8)
    for colour in Set(indices).sorted() { bytes += definition(Int(colour)) }
    for top in stride(from: 0, to: picture.height, by: 6) {
      bytes += band(indices, width: picture.width, rows: top..<min(top + 6, picture.height))
    }
    return bytes + Array("\u{1B}\\".utf8)
  }

  /// The palette index of each pixel.
  private static func quantised(_ picture: Picture) -> [UInt8] {
    var indices: [UInt8] = []
    indices.reserveCapacity(picture.width * picture.height)
    for y in 0..<picture.height {
      for x in 0..<picture.width {
        let threshold = thresholds[y % 8 * 8 + x % 8]
        let start = (y * picture.width + x) * 3
        let index = levels.indices.reduce(0) { index, channel in
          let steps = levels[channel] - 1
          // The level below, or the one above where what is left over beats the threshold.
          let level = (Int(picture.pixels[start + channel]) * steps * 64 + threshold * 255 + 127) / (255 * 64)
          return index * levels[channel] + min(steps, level)
        }
        indices.append(UInt8(index))
      }
    }
    return indices
  }

  /// "#index;2;red;green;blue", the channels in percent.
  private static func definition(_ colour: Int) -> [UInt8] {
    let (blue, rest) = (colour % levels[2], colour / levels[2])
    let (green, red) = (rest % levels[1], rest / levels[1])
    let percents = zip([red, green, blue], levels).map { "\($0 * 100 / ($1 - 1))" }
    return Array("#\(colour);2;\(percents.joined(separator: ";"))".utf8)
  }

  /// Up to six rows: for each colour the sixels that have it, repeats counted; "$" returns, "-" goes down.
  private static func band(_ indices: [UInt8], width: Int, rows: Range<Int>) -> [UInt8] {
    var masks: [UInt8: [UInt8]] = [:]
    for (bit, row) in rows.enumerated() {
      for x in 0..<width {
        masks[indices[row * width + x], default: [UInt8](repeating: 0, count: width)][x] |= 1 << bit
      }
    }
    var bytes: [UInt8] = []
    for (colour, mask) in masks.sorted(by: { $0.key < $1.key }) {
      bytes += Array("#\(colour)".utf8)
      var x = 0
      while x < width {
        let end = mask[x...].firstIndex { $0 != mask[x] } ?? width
        let sixel = mask[x] + 63
        bytes += end - x > 3 ? Array("!\(end - x)".utf8) + [sixel] : [UInt8](repeating: sixel, count: end - x)
        x = end
      }
      bytes.append(UInt8(ascii: "$"))
    }
    bytes[bytes.count - 1] = UInt8(ascii: "-")
    return bytes
  }
}
