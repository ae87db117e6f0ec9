/// A picture with all that a PNG can hold of one: 8 or 16 bits a sample, with or without alpha; rows from the top, upright.
package struct DeepPicture: Equatable, Sendable {
  package let width: Int
  package let height: Int
  /// 3, or 4 with alpha, which the colours are not multiplied by.
  package let channels: Int
  /// Bits a sample: 8 or 16.
  package let bitDepth: Int
  /// `width * height * channels` numbers, up to `highest`.
  package var samples: [UInt16]

  package var size: PictureSize { PictureSize(width: width, height: height) }
  package var hasAlpha: Bool { channels == 4 }
  package var highest: Int { bitDepth == 16 ? 65_535 : 255 }

  package init(width: Int, height: Int, channels: Int, bitDepth: Int, samples: [UInt16]) {
    precondition(
      [3, 4].contains(channels) && [8, 16].contains(bitDepth) && samples.count == width * height * channels,
      "DeepPicture: \(samples.count) samples for \(width)x\(height)x\(channels) of \(bitDepth) bits")
    (self.width, self.height, self.channels, self.bitDepth) = (width, height, channels, bitDepth)
    self.samples = samples
  }

  package init(_ picture: Picture) {
    self.init(
      width: picture.width, height: picture.height, channels: 3, bitDepth: 8, samples: picture.pixels.map(UInt16.init))
  }

  /// In 8 bits, alpha over white.
  package var picture: Picture {
    let (source, highest) = (samples.span, highest)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(width * height * 3)
    for start in stride(from: 0, to: source.count, by: channels) {
      let alpha = hasAlpha ? Int(source[start + 3]) : highest
      for channel in 0..<3 {
        let sample = (Int(source[start + channel]) * alpha + highest * (highest - alpha) + highest / 2) / highest
        pixels.append(UInt8((sample * 255 + highest / 2) / highest))
      }
    }
    return Picture(width: width, height: height, pixels: pixels)
  }

  /// The same colours in another number of bits, alpha left as it is.
  package func withBitDepth(_ depth: Int) -> DeepPicture {
    guard depth != bitDepth else { return self }
    let deeper = depth == 16
    return DeepPicture(
      width: width, height: height, channels: channels, bitDepth: depth,
      samples: samples.map { deeper ? $0 * 257 : UInt16((Int($0) + 128) / 257) })
  }
}
