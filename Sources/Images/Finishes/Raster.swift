import System

/// A picture to calculate with: each pixel's red, green, blue and brightness from 0 to 1, rows from the top.
struct Raster: Sendable {
  typealias Pixel = SIMD4<Float>

  let width: Int
  let height: Int
  private(set) var pixels: [Pixel]

  init(_ picture: Picture) {
    width = picture.width
    height = picture.height
    let bytes = picture.pixels
    pixels = stride(from: 0, to: bytes.count, by: 3).map { at in
      Raster.pixel(SIMD3(Float(bytes[at]), Float(bytes[at + 1]), Float(bytes[at + 2])) / 255)
    }
  }

  private init(width: Int, height: Int, pixels: [Pixel]) {
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// A colour with its brightness (luma of Rec. 601).
  static func pixel(_ colour: SIMD3<Float>) -> Pixel {
    Pixel(colour, (colour * SIMD3(0.299, 0.587, 0.114)).sum())
  }

  /// What lies outside 0 to 1 is cut off.
  var picture: Picture {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(pixels.count * 3)
    for pixel in pixels {
      let levels = (pixel.withinUnit * 255).rounded(.toNearestOrEven)
      for channel in 0..<3 { bytes.append(UInt8(levels[channel])) }
    }
    return Picture(width: width, height: height, pixels: bytes)
  }

  subscript(x: Int, y: Int) -> Pixel { pixels[y * width + x] }

  func map(_ body: (_ x: Int, _ y: Int, _ pixel: Pixel) -> Pixel) -> Raster {
    var result: [Pixel] = []
    result.reserveCapacity(pixels.count)
    for y in 0..<height {
      for x in 0..<width { result.append(body(x, y, self[x, y])) }
    }
    return Raster(width: width, height: height, pixels: result)
  }

  /// Blurred by a Gaussian of this standard deviation in pixels; beyond its edges the picture goes on as there.
  func blurred(_ deviation: Float) -> Raster {
    let reach = max(1, Int((3 * deviation).rounded(.up)))
    let weights = (-reach...reach).map { exp(-Float($0 * $0) / (2 * deviation * deviation)) }
    let sum = weights.reduce(0, +)
    let across = map { x, y, _ in
      var mean = Pixel()
      for (offset, weight) in zip(-reach...reach, weights) {
        mean += weight * self[min(max(x + offset, 0), width - 1), y]
      }
      return mean / sum
    }
    return across.map { x, y, _ in
      var mean = Pixel()
      for (offset, weight) in zip(-reach...reach, weights) {
        mean += weight * across[x, min(max(y + offset, 0), height - 1)]
      }
      return mean / sum
    }
  }

  /// Each pixel the mean of the square around it, `2 * reach + 1` pixels wide, as far as it lies within the picture.
  func averaged(reach: Int) -> Raster {
    // Sums of all pixels above and to the left; doubles, so that differences of large sums stay exact enough.
    let stride = width + 1
    var sums = [SIMD4<Double>](repeating: .init(), count: stride * (height + 1))
    for y in 0..<height {
      var line = SIMD4<Double>()
      for x in 0..<width {
        line += SIMD4<Double>(self[x, y])
        sums[(y + 1) * stride + x + 1] = sums[y * stride + x + 1] + line
      }
    }
    return map { x, y, _ in
      let (left, right) = (max(x - reach, 0), min(x + reach + 1, width))
      let (top, bottom) = (max(y - reach, 0), min(y + reach + 1, height))
      let sum =
        sums[bottom * stride + right] - sums[bottom * stride + left] - sums[top * stride + right]
        + sums[top * stride + left]
      return Pixel(sum / Double((right - left) * (bottom - top)))
    }
  }

  /// How surely a line of ink lies at each pixel, 0 to 1, in every lane: where it is darker than what surrounds it
  /// (a difference of Gaussians; Winnemöller 2011, "XDoG").
  func lines(grain: Float) -> Raster {
    let wide = blurred(1.6 * grain)
    let narrow = blurred(0.8 * grain)
    return map { x, y, _ in
      ((wide[x, y] - narrow[x, y]) * 18 - 0.25).withinUnit
    }
  }
}

extension Raster.Pixel {
  /// Each lane cut off below 0 and above 1.
  var withinUnit: Self { clamped(lowerBound: .zero, upperBound: .one) }
}
