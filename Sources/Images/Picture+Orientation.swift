/// How a camera held the picture (EXIF tag 0x0112): what stands in the file's first row and first column.
enum Orientation: Int, CaseIterable, Sendable {
  case upright = 1
  case mirrored = 2
  case upsideDown = 3
  case upsideDownMirrored = 4
  case transposed = 5
  /// The file must be turned clockwise by 90 degrees.
  case turnClockwise = 6
  case transverse = 7
  /// The file must be turned anticlockwise by 90 degrees.
  case turnAnticlockwise = 8
}

/// Where the pixels of an upright picture stand in its file.
struct OrientedPath {
  let width: Int
  let height: Int
  private let start: (x: Int, y: Int)
  private let across: (x: Int, y: Int)
  private let down: (x: Int, y: Int)

  init(
    width: Int, height: Int, start: (x: Int, y: Int), across: (x: Int, y: Int), down: (x: Int, y: Int)
  ) {
    (self.width, self.height) = (width, height)
    (self.start, self.across, self.down) = (start, across, down)
  }

  /// The pixel of the file, whose rows have so many, that belongs at (`x`, `y`).
  func source(_ x: Int, _ y: Int, width: Int) -> Int {
    let row = start.y + across.y * x + down.y * y
    return row * width + start.x + across.x * x + down.x * y
  }
}

extension Orientation {
  /// - Parameters:
  ///   - width: Of the file's picture.
  ///   - height: Of the file's picture.
  func path(width: Int, height: Int) -> OrientedPath {
    let swapsSides = rawValue >= Orientation.transposed.rawValue
    let (newWidth, newHeight) = swapsSides ? (height, width) : (width, height)
    // The source pixel of target (0, 0), and the steps in the source for one step right and one down.
    let (right, bottom) = (width - 1, height - 1)
    let (start, across, down): ((x: Int, y: Int), (x: Int, y: Int), (x: Int, y: Int)) =
      switch self {
      case .upright: ((0, 0), (1, 0), (0, 1))
      case .mirrored: ((right, 0), (-1, 0), (0, 1))
      case .upsideDown: ((right, bottom), (-1, 0), (0, -1))
      case .upsideDownMirrored: ((0, bottom), (1, 0), (0, -1))
      case .transposed: ((0, 0), (0, 1), (1, 0))
      case .turnClockwise: ((0, bottom), (0, -1), (1, 0))
      case .transverse: ((right, bottom), (0, -1), (-1, 0))
      case .turnAnticlockwise: ((right, 0), (0, 1), (-1, 0))
      }
    return OrientedPath(width: newWidth, height: newHeight, start: start, across: across, down: down)
  }
}

extension Picture {
  /// The picture as it should be seen, given the orientation that its file names.
  func turned(_ orientation: Orientation) -> Picture {
    guard orientation != .upright else { return self }
    let path = orientation.path(width: width, height: height)
    let file = pixels.span
    var turned: [UInt8] = []
    turned.reserveCapacity(pixels.count)
    for y in 0..<path.height {
      for x in 0..<path.width {
        let source = path.source(x, y, width: width) * 3
        for channel in 0..<3 { turned.append(file[source + channel]) }
      }
    }
    return Picture(width: path.width, height: path.height, pixels: turned)
  }
}
