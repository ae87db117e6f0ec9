import System

extension Raster {
  private struct Ink {
    let colour: Pixel
    /// Of the rows of dots.
    let direction: SIMD2<Float>

    init(_ red: Float, _ green: Float, _ blue: Float, degrees: Float) {
      colour = Raster.pixel(SIMD3(red, green, blue))
      direction = SIMD2(cos(degrees * .pi / 180), sin(degrees * .pi / 180))
    }
  }

  /// Cyan, magenta, yellow and black at the angles that printers use, so that their dots make no pattern together.
  private static let inks = [
    Ink(0, 0.62, 0.88, degrees: 15), Ink(0.9, 0.1, 0.5, degrees: 75), Ink(1, 0.89, 0.05, degrees: 0),
    Ink(0.1, 0.1, 0.12, degrees: 45),
  ]

  /// Dots of ink, the larger the more of it a colour needs.
  func halftone(grain: Float) -> Raster {
    let period = 2.6 * grain
    return blurred(0.5 * grain).map { x, y, pixel in
      var amounts = 1 - pixel
      amounts.w = 0
      let black = 0.85 * min(amounts.x, amounts.y, amounts.z)
      amounts -= black
      amounts.w = black
      var colour = Pixel(0.99, 0.975, 0.94, 1)
      for (channel, ink) in Raster.inks.enumerated() where amounts[channel] > 0.03 {
        let along = (Float(x) * ink.direction.x + Float(y) * ink.direction.y) / period
        let beside = (Float(y) * ink.direction.x - Float(x) * ink.direction.y) / period
        // Below it lies as great a share of the plane as the ink is to cover.
        let threshold = (2 - cos(2 * .pi * along) - cos(2 * .pi * beside)) / 4
        let cover = min(max((amounts[channel] - threshold) * period * 0.9 + 0.5, 0), 1)
        colour *= 1 - cover * (1 - ink.colour)
      }
      return colour
    }
  }

  /// Tiles around points that are shaken off a square grid, with joints between them.
  func mosaic(grain: Float) -> Raster {
    let tiles = MosaicTiles(edge: 5.5 * grain)
    let places = (0..<height).flatMap { y in (0..<width).map { x in tiles.place(Float(x) + 0.5, Float(y) + 0.5) } }
    var sums: [SIMD2<Int>: (sum: Pixel, count: Float)] = [:]
    for (place, pixel) in zip(places, pixels) {
      let known = sums[place.tile, default: (Pixel(), 0)]
      sums[place.tile] = (known.sum + pixel, known.count + 1)
    }
    let joint = Raster.pixel(SIMD3(0.3, 0.28, 0.27))
    return map { x, y, pixel in
      let place = places[y * width + x]
      guard let tile = sums[place.tile] else { return pixel }
      let colour = tile.sum / tile.count * (0.93 + 0.14 * Irregularity.value(place.tile.x, place.tile.y, number: 3))
      let cover = min(max(place.depth / (0.5 * grain) - 0.15, 0), 1)
      return joint + (colour - joint) * cover
    }
  }
}

/// The tiles of a mosaic: each belongs to a point, and has all that is nearer to it than to any other (Voronoi's cells).
private struct MosaicTiles {
  /// In pixels, on average.
  let edge: Float

  /// The tile at a place, and how far inside it is: the difference of the distances to the two nearest points.
  func place(_ x: Float, _ y: Float) -> (tile: SIMD2<Int>, depth: Float) {
    let cell = SIMD2(Int((x / edge).rounded(.down)), Int((y / edge).rounded(.down)))
    var nearest = (tile: cell, distance: Float.infinity)
    var next = Float.infinity
    for down in -1...1 {
      for across in -1...1 {
        let tile = SIMD2(cell.x + across, cell.y + down)
        let offset = point(of: tile) - SIMD2(x, y)
        let distance = (offset * offset).sum().squareRoot()
        if distance < nearest.distance {
          next = nearest.distance
          nearest = (tile, distance)
        } else {
          next = min(next, distance)
        }
      }
    }
    return (nearest.tile, next - nearest.distance)
  }

  private func point(of tile: SIMD2<Int>) -> SIMD2<Float> {
    let shift = SIMD2(
      Irregularity.value(tile.x, tile.y, number: 1) - 0.5, Irregularity.value(tile.x, tile.y, number: 2) - 0.5)
    return (SIMD2(Float(tile.x), Float(tile.y)) + 0.5 + shift * 0.75) * edge
  }
}
