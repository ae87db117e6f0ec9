import Images
import Networks
import Tensors

/// One use of a network on a whole picture, tile by tile: what comes out is shrunk where the network enlarges further than wanted.
struct EnlargementPass: Sendable {
  /// How many times larger the picture becomes, along each side; at most the network's scale.
  let factor: Int

  /// The uses that make a picture as large as wanted, or larger where no whole numbers lead there.
  static func passes(factor: Int, scale: Int) -> [EnlargementPass] {
    var passes: [EnlargementPass] = []
    var reached = 1
    while reached < factor {
      let rest = factor % reached == 0 ? factor / reached : scale
      passes.append(EnlargementPass(factor: min(scale, rest)))
      reached *= min(scale, rest)
    }
    return passes
  }

  func tiles(of size: PictureSize, edge: Int) -> Int {
    ((size.width + edge - 1) / edge) * ((size.height + edge - 1) / edge)
  }

  /// - Parameters:
  ///   - step: Is called after each tile.
  ///   - damage: What is wrong where the network made numbers that are not finite.
  func callAsFunction(
    _ picture: DeepPicture, _ network: any Upscaler, tileEdge: Int, step: () throws -> Void,
    damage: () -> any Error
  ) throws -> DeepPicture {
    let size = picture.size.enlarged(by: factor)
    // Alpha is enlarged by itself; the colours are written over.
    var result =
      picture.hasAlpha
      ? picture.resized(width: size.width, height: size.height, filter: .bicubic)
      : DeepPicture(
        width: size.width, height: size.height, channels: 3, bitDepth: picture.bitDepth,
        samples: [UInt16](repeating: 0, count: size.pixels * 3))
    let edge = (tileEdge + network.unit - 1) / network.unit * network.unit
    for top in stride(from: 0, to: picture.height, by: edge) {
      for left in stride(from: 0, to: picture.width, by: edge) {
        let (above, before) = (min(top, network.margin), min(left, network.margin))
        let rows = top - above..<min(picture.height, top + edge + network.margin)
        let columns = left - before..<min(picture.width, left + edge + network.margin)
        let tile = network.enlarged(picture.tile(rows: rows, columns: columns, unit: network.unit))
        guard tile.isFinite else { throw damage() }
        let inner = PictureSize(width: min(edge, picture.width - left), height: min(edge, picture.height - top))
        result.lay(
          tile.shrunk(from: network.scale, to: factor, top: above, left: before, inner), top: top * factor,
          left: left * factor)
        try step()
      }
    }
    return result
  }
}

extension Tensor {
  /// The part of an enlarged map that stands for `size` pixels from (`top`, `left`) of what was enlarged, as large as if that had been
  /// enlarged by `factor` only: each pixel the mean of the area that it covers.
  fileprivate func shrunk(from scale: Int, to factor: Int, top: Int, left: Int, _ size: PictureSize) -> Tensor {
    let taps = Self.areas(from: scale, to: factor)
    let (height, width) = (size.height * factor, size.width * factor)
    let source = values
    var result: [Float] = []
    result.reserveCapacity(height * width * 3)
    for row in 0..<height {
      let rows = taps[row % factor].map { ((top + row / factor) * scale + $0.place, $0.weight) }
      for column in 0..<width {
        var sum = SIMD4<Float>()
        for (line, weight) in rows {
          for (place, share) in taps[column % factor] {
            let start = (line * shape[2] + (left + column / factor) * scale + place) * 3
            sum += SIMD4(source[start], source[start + 1], source[start + 2], 0) * (weight * share)
          }
        }
        for channel in 0..<3 { result.append(sum[channel]) }
      }
    }
    return Tensor(shape: [1, height, width, 3], values: result)
  }

  /// For each of `factor` pixels the shares of the `scale` that lie in its place.
  private static func areas(from scale: Int, to factor: Int) -> [[(place: Int, weight: Float)]] {
    (0..<factor).map { target in
      (0..<scale).compactMap { place in
        // In units of 1 / (scale * factor) of a pixel.
        let overlap = min((target + 1) * scale, (place + 1) * factor) - max(target * scale, place * factor)
        return overlap > 0 ? (place, Float(overlap) / Float(scale)) : nil
      }
    }
  }
}
