/// A picture: 8-bit RGB (sRGB), rows from the top, each pixel three bytes; `pixels[(y * width + x) * 3 + channel]`.
package struct Picture: Equatable, Sendable {
  /// Pixels a row; at least 1.
  package let width: Int
  /// Rows; at least 1.
  package let height: Int
  /// `width * height * 3` bytes.
  package var pixels: [UInt8]
  /// How opaque each pixel is, `width * height` bytes; nil where all are.
  package internal(set) var alpha: [UInt8]?

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

  /// With how opaque each pixel is.
  init(width: Int, height: Int, pixels: [UInt8], alpha: [UInt8]) {
    precondition(alpha.count == width * height, "Picture: \(alpha.count) alphas for \(width)x\(height)")
    self.init(width: width, height: height, pixels: pixels)
    self.alpha = alpha
  }

  /// A picture of one colour.
  package init(width: Int, height: Int, red: UInt8, green: UInt8, blue: UInt8) {
    let colour = [red, green, blue]
    self.init(
      width: width, height: height, pixels: (0..<width * height * 3).map { colour[$0 % 3] })
  }

  /// Pictures of one size, side by side.
  package init(row pictures: [Picture]) {
    precondition(
      !pictures.isEmpty && pictures.allSatisfy { $0.size == pictures[0].size },
      "Picture: a row of pictures of several sizes")
    let (width, height) = (pictures[0].width, pictures[0].height)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(pictures.count * width * height * 3)
    for y in 0..<height {
      for picture in pictures { pixels += picture.pixels[(y * width * 3)..<((y + 1) * width * 3)] }
    }
    self.init(width: width * pictures.count, height: height, pixels: pixels)
  }

  /// Red, green and blue at column `x` of row `y`.
  package subscript(x: Int, y: Int) -> (red: UInt8, green: UInt8, blue: UInt8) {
    precondition(
      x >= 0 && x < width && y >= 0 && y < height, "Picture: no pixel (\(x), \(y)) in \(width)x\(height)")
    let start = (y * width + x) * 3
    return (pixels[start], pixels[start + 1], pixels[start + 2])
  }
}
