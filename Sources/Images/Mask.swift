/// Which part of a picture is painted anew: 255 wholly, 0 not at all.
package struct Mask: Equatable, Sendable {
  package let width: Int
  package let height: Int
  /// Row by row.
  package private(set) var values: [UInt8]

  package var size: PictureSize { PictureSize(width: width, height: height) }

  package init(width: Int, height: Int, values: [UInt8]) {
    precondition(
      width > 0 && height > 0 && values.count == width * height,
      "Mask: \(values.count) values for \(width)x\(height)")
    (self.width, self.height, self.values) = (width, height, values)
  }

  /// The picture in grey, as Pillow converts it (`convert("L")`): white is painted anew.
  package init(_ picture: Picture) {
    let pixels = picture.pixels
    self.init(
      width: picture.width, height: picture.height,
      values: (0..<picture.width * picture.height).map { index in
        let (red, green, blue) = (Int(pixels[3 * index]), Int(pixels[3 * index + 1]), Int(pixels[3 * index + 2]))
        return UInt8((19_595 * red + 38_470 * green + 7_471 * blue + 0x8000) >> 16)
      })
  }

  /// The mask as a picture in grey.
  package var picture: Picture {
    Picture(width: width, height: height, pixels: values.flatMap { [$0, $0, $0] })
  }

  /// Whether anything is painted anew.
  package var isEmpty: Bool { !values.contains { $0 >= Mask.threshold } }

  /// From here on a place counts as painted anew where there is nothing between (diffusers binarises at 0.5).
  package static let threshold: UInt8 = 128

  /// Black for white.
  package var inverted: Mask { Mask(width: width, height: height, values: values.map { 255 - $0 }) }

  /// What both masks have painted anew.
  package func joined(with other: Mask) -> Mask {
    precondition(other.size == size, "joined: masks of \(size) and \(other.size)")
    return Mask(width: width, height: height, values: zip(values, other.values).map(max))
  }

  /// Softened by three box blurs, Pillow's `GaussianBlur(radius)`: the edges of the picture are repeated outwards.
  ///
  /// - Parameter radius: The standard deviation, in pixels.
  package func blurred(radius: Double) -> Mask {
    guard radius > 0 else { return self }
    let box = BoxBlur(standardDeviation: radius)
    var blurred = self
    for row in 0..<height { box.blur(&blurred.values, first: row * width, stride: 1, count: width) }
    for column in 0..<width { box.blur(&blurred.values, first: column, stride: width, count: height) }
    return blurred
  }
}

/// Three box blurs after one another, of a width that need not be whole (Gwosdek et al. 2011; Pillow's `BoxBlur.c`).
private struct BoxBlur {
  private static let passes = 3
  /// Whole pixels on each side, and the weights of those and of the one beyond, in 2^-24.
  private let radius: Int
  private let weight: Int
  private let edgeWeight: Int

  init(standardDeviation: Double) {
    let variance = standardDeviation * standardDeviation / Double(BoxBlur.passes)
    let length = (12 * variance + 1).squareRoot()
    let whole = ((length - 1) / 2).rounded(.down)
    let part =
      (2 * whole + 1) * (whole * (whole + 1) - 3 * variance) / (6 * (variance - (whole + 1) * (whole + 1)))
    radius = Int(whole + part)
    weight = Int(Double(1 << 24) / ((whole + part) * 2 + 1))
    edgeWeight = ((1 << 24) - (radius * 2 + 1) * weight) / 2
  }

  /// Blurs a line of values that lie `stride` apart.
  func blur(_ values: inout [UInt8], first: Int, stride: Int, count: Int) {
    var line = (0..<count).map { Int(values[first + $0 * stride]) }
    func at(_ index: Int, _ line: [Int]) -> Int { line[min(count - 1, max(0, index))] }
    for _ in 0..<BoxBlur.passes {
      var sum = (-radius...radius).reduce(0) { $0 + at($1, line) }
      let source = line
      for index in 0..<count {
        let edges = at(index - radius - 1, source) + at(index + radius + 1, source)
        line[index] = (sum * weight + edges * edgeWeight + (1 << 23)) >> 24
        sum += at(index + radius + 1, source) - at(index - radius, source)
      }
    }
    for index in 0..<count { values[first + index * stride] = UInt8(min(255, max(0, line[index]))) }
  }
}
