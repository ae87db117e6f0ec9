/// xterm's 256 colours: 16 that users choose (never used here), a 6x6x6 cube, 24 greys.
enum XtermPalette {
  private static let levels = [0, 95, 135, 175, 215, 255]

  /// An index for each pixel, row by row; what a pixel is off by goes to its neighbours (Floyd and Steinberg 1976), so that an
  /// area has its colour on the whole.
  static func dithered(_ picture: Picture) -> [Int] {
    let width = picture.width
    var wished = picture.pixels.map(Int.init)
    var indices: [Int] = []
    indices.reserveCapacity(width * picture.height)
    for y in 0..<picture.height {
      for x in 0..<width {
        let start = (y * width + x) * 3
        let colour = (0..<3).map { min(255, max(0, wished[start + $0])) }
        let index = index(colour[0], colour[1], colour[2])
        indices.append(index)
        let level = levels(of: index)
        for channel in 0..<3 {
          let error = colour[channel] - level[channel]
          for (right, down, share) in [(1, 0, 7), (-1, 1, 3), (0, 1, 5), (1, 1, 1)]
          where (0..<width).contains(x + right) && y + down < picture.height {
            wished[((y + down) * width + x + right) * 3 + channel] += error * share / 16
          }
        }
      }
    }
    return indices
  }

  /// Red, green and blue of an index of the cube or the greys.
  private static func levels(of index: Int) -> [Int] {
    guard index < 232 else { return [Int](repeating: 8 + 10 * (index - 232), count: 3) }
    let cube = index - 16
    return [levels[cube / 36], levels[cube / 6 % 6], levels[cube % 6]]
  }

  /// The index of the nearest colour of the cube or the greys.
  static func index(_ red: Int, _ green: Int, _ blue: Int) -> Int {
    let cube = [red, green, blue].map { channel in
      levels.indices.min { abs(levels[$0] - channel) < abs(levels[$1] - channel) } ?? 0
    }
    let grey = min(23, max(0, ((red + green + blue) / 3 - 3) / 10))
    let greyLevel = 8 + 10 * grey
    func distance(_ r: Int, _ g: Int, _ b: Int) -> Int {
      (r - red) * (r - red) + (g - green) * (g - green) + (b - blue) * (b - blue)
    }
    let cubeDistance = distance(levels[cube[0]], levels[cube[1]], levels[cube[2]])
    return distance(greyLevel, greyLevel, greyLevel) < cubeDistance
      ? 232 + grey : 16 + 36 * cube[0] + 6 * cube[1] + cube[2]
  }
}
