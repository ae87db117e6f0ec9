/// xterm's 256 colours: 16 that users choose (never used here), a 6x6x6 cube, 24 greys.
enum XtermPalette {
  private static let levels = [0, 95, 135, 175, 215, 255]

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
