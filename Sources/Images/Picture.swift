/// A picture: 8-bit RGB (sRGB), rows from the top, each pixel three bytes; `pixels[(y * width + x) * 3 + channel]`.
package struct Picture: Equatable, Sendable {
  /// Pixels a row; at least 1.
  package let width: Int
  /// Rows; at least 1.
  package let height: Int
  /// `width * height * 3` bytes.
  package var pixels: [UInt8]

  package var size: PictureSize { PictureSize(width: width, height: height) }

  /// Wraps pixels that exist already; their number must be `width * height * 3`.
  package init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(width > 0 && height > 0, "Picture: a picture of \(width)x\(height) pixels is empty")
    precondition(
      pixels.count == width * height * 3,
      "Picture: \(pixels.count) bytes given for \(width)x\(height); expected \(width * height * 3)")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// A picture of one colour.
  package init(width: Int, height: Int, red: UInt8, green: UInt8, blue: UInt8) {
    let colour = [red, green, blue]
    self.init(
      width: width, height: height, pixels: (0..<width * height * 3).map { colour[$0 % 3] })
  }

  /// Red, green and blue at column `x` of row `y`.
  package subscript(x: Int, y: Int) -> (red: UInt8, green: UInt8, blue: UInt8) {
    precondition(
      x >= 0 && x < width && y >= 0 && y < height, "Picture: no pixel (\(x), \(y)) in \(width)x\(height)")
    let start = (y * width + x) * 3
    return (pixels[start], pixels[start + 1], pixels[start + 2])
  }
}
