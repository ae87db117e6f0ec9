import Images

/// A place drawn by rule, on which things are laid that were painted by themselves: the places that the model was taught, as
/// `weights/training/scenes.py` draws them, and the sea.
enum Place: String, CaseIterable {
  case beach, meadow, snow, night, city, desert, sunset, sky, forest, room, table, underwater, space, mountains, sea

  /// Whether the model was taught to paint single things there.
  var isTaught: Bool { self != .sea }

  /// Whether things stand on its ground.
  var hasGround: Bool { ![.sky, .underwater, .space].contains(self) }

  /// The empty place.
  func drawn(_ size: PictureSize) -> Picture {
    let page = page
    let square = Float(min(size.width, size.height))
    let (left, top) = (Float(size.width) - square, Float(size.height) - square)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(size.pixels * 3)
    for row in 0..<size.height {
      for column in 0..<size.width {
        let point = PlacePoint(
          x: (Float(column) + 0.5 - left / 2) / square, y: (Float(row) + 0.5 - top / 2) / square)
        let colour = page(point).clamped(lowerBound: .zero, upperBound: SIMD3(repeating: 255))
        for channel in 0..<3 { bytes.append(UInt8(colour[channel].rounded(.toNearestOrEven))) }
      }
    }
    return Picture(width: size.width, height: size.height, pixels: bytes)
  }

  private var page: (PlacePoint) -> SIMD3<Float> {
    switch self {
    case .beach: PlacePages.beach
    case .meadow: PlacePages.meadow
    case .snow: PlacePages.snow(PlaceDots(count: 26, radius: 0.013, seed: 1))
    case .night: PlacePages.night(PlaceDots(count: 26, radius: 0.010, seed: 2, bottom: 0.7))
    case .city: PlacePages.city
    case .desert: PlacePages.desert
    case .sunset: PlacePages.sunset
    case .sky: PlacePages.sky
    case .forest: PlacePages.forest
    case .room: PlacePages.room
    case .table: PlacePages.table
    case .underwater: PlacePages.underwater(PlaceDots(count: 12, radius: 0.022, seed: 5))
    case .space: PlacePages.space(PlaceDots(count: 34, radius: 0.009, seed: 4))
    case .mountains: PlacePages.mountains
    case .sea: PlacePages.sea
    }
  }
}

/// A point of a page, measured on the square in its middle: 0 to 1 from left to right and from the top down.
struct PlacePoint {
  let x: Float
  let y: Float
}

/// Discs at places that never change.
struct PlaceDots {
  private var discs: [SIMD3<Float>] = []

  init(count: Int, radius: Float, seed: UInt64, bottom: Float = 1.5) {
    var state = seed &* 0x9E37_79B9_7F4A_7C15
    func next() -> Float {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(state >> 40) / Float(1 << 24)
    }
    for _ in 0..<count * 4 {
      let (x, y, size) = (next() * 3 - 1, next() * 3 - 1, radius * (0.6 + 0.8 * next()))
      if y < bottom { discs.append(SIMD3(x, y, size)) }
    }
  }

  /// How far within a disc a point lies; below zero outside all.
  func depth(_ point: PlacePoint) -> Float {
    var depth: Float = -1
    for disc in discs where abs(disc.y - point.y) < 0.05 && abs(disc.x - point.x) < 0.05 {
      let (across, down) = (point.x - disc.x, point.y - disc.y)
      depth = max(depth, disc.z - (across * across + down * down).squareRoot())
    }
    return depth
  }
}
