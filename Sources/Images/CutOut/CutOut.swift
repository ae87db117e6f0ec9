/// Things cut out of a picture whose background has one colour.
///
/// What can be reached from the edges through the background's colour is background; what can be reached on from there
/// through colours between it and a shadow's is shadow. In the seam of a few pixels along both, opacity follows from
/// where a pixel's colour lies between the background's and that of the thing inside.
struct CutOut {
  /// How far a channel may be off in what still is background, of 255, and in holes of a thing, which must be plainer. A
  /// coloured background is chosen so that the thing has nothing of its colour, and is less even.
  private let tolerance: Float
  private let holeTolerance: Float
  /// Pixels of the background along a thing that may be part of its edge.
  private static let brim = 3
  /// Of the picture's pixels, what a hole has at least.
  private static let leastHole = 0.0015
  private static let shadowTolerance: Float = 14
  /// The steepest change from pixel to pixel in a shadow; a thing's edge is steeper.
  private static let shadowSlope: Float = 9
  private static let deepestShadow: Float = 0.85
  private static let faintestShadow: Float = 0.03
  /// Of the height of what is not background, from below, where shadows lie.
  private static let shadowRows = 0.24
  private let seam: Int

  private let width: Int
  private let height: Int
  private let colours: [SIMD3<Float>]
  private let ground: SIMD3<Float>
  private let shadow: SIMD3<Float>
  private var isGround: [Bool]
  private var alpha: [Float]

  init(_ picture: Picture, shadow: Picture.Colour) {
    (width, height) = (picture.width, picture.height)
    // Edges are soft by two or three pixels of 128 before they are enlarged.
    seam = max(3, min(12, min(width, height) * 5 / 256))
    let bytes = picture.pixels
    colours = stride(from: 0, to: bytes.count, by: 3).map {
      SIMD3(Float(bytes[$0]), Float(bytes[$0 + 1]), Float(bytes[$0 + 2]))
    }
    ground = CutOut.edgeColour(colours, width, height)
    let isColoured = ground.max() - ground.min() > 40
    (tolerance, holeTolerance) = isColoured ? (44, 30) : (16, 8)
    self.shadow = SIMD3(Float(shadow.red), Float(shadow.green), Float(shadow.blue))
    isGround = Array(repeating: false, count: colours.count)
    alpha = Array(repeating: 1, count: colours.count)
    findGround()
    findHoles()
    findShadow()
  }

  /// The median of what lies along the picture's edges, channel by channel.
  private static func edgeColour(_ colours: [SIMD3<Float>], _ width: Int, _ height: Int) -> SIMD3<Float> {
    let edge = colours.indices.filter {
      let (y, x) = $0.quotientAndRemainder(dividingBy: width)
      return x == 0 || y == 0 || x == width - 1 || y == height - 1
    }
    return SIMD3((0..<3).map { channel in edge.map { colours[$0][channel] }.sorted()[edge.count / 2] })
  }

  private func distance(_ index: Int) -> Float { (colours[index] - ground).largest }

  /// How far on the way from the background's colour to the shadow's a pixel is; nil where it lies beside that way.
  private func shade(_ index: Int) -> Float? {
    let way = shadow - ground
    let share = ((colours[index] - ground) * way).sum() / max(1, (way * way).sum())
    let beside = (colours[index] - ground - share * way).largest
    return beside < Self.shadowTolerance && share > 0 && share < Self.deepestShadow ? share : nil
  }

  private func forNeighbours(of index: Int, _ body: (Int) -> Void) {
    let (y, x) = index.quotientAndRemainder(dividingBy: width)
    if x > 0 { body(index - 1) }
    if x + 1 < width { body(index + 1) }
    if y > 0 { body(index - width) }
    if y + 1 < height { body(index + width) }
  }

  private mutating func findGround() {
    var open = colours.indices.filter {
      let (y, x) = $0.quotientAndRemainder(dividingBy: width)
      return (x == 0 || y == 0 || x == width - 1 || y == height - 1) && distance($0) < tolerance
    }
    for index in open { isGround[index] = true }
    while let index = open.popLast() {
      var found: [Int] = []
      forNeighbours(of: index) { if !isGround[$0], distance($0) < tolerance { found.append($0) } }
      for next in found { isGround[next] = true }
      open += found
    }
    for index in colours.indices where isGround[index] { alpha[index] = 0 }
  }

  private mutating func findHoles() {
    var isSeen = isGround
    for start in colours.indices where !isSeen[start] && distance(start) < holeTolerance {
      var hole = [start]
      isSeen[start] = true
      var place = 0
      while place < hole.count {
        forNeighbours(of: hole[place]) {
          if !isSeen[$0], distance($0) < holeTolerance {
            isSeen[$0] = true
            hole.append($0)
          }
        }
        place += 1
      }
      guard Double(hole.count) > Self.leastHole * Double(colours.count) else { continue }
      for index in hole {
        isGround[index] = true
        alpha[index] = 0
      }
    }
  }

  private mutating func findShadow() {
    let rows = (0..<height).filter { y in (0..<width).contains { !isGround[y * width + $0] } }
    guard let top = rows.first, let bottom = rows.last else { return }
    let first = (bottom - Int(Self.shadowRows * Double(bottom - top))) * width
    var open = colours.indices.filter { isGround[$0] && $0 >= first }
    while let index = open.popLast() {
      var found: [Int] = []
      forNeighbours(of: index) { next in
        guard !isGround[next], next >= first, shade(next) != nil,
          (colours[next] - colours[index]).largest < Self.shadowSlope
        else { return }
        found.append(next)
      }
      for next in found {
        isGround[next] = true
        alpha[next] = shade(next) ?? 0
      }
      open += found
    }
    // A shadow fades into what still counts as background.
    open = colours.indices.filter { alpha[$0] > 0 && isGround[$0] }
    while let index = open.popLast() {
      var found: [Int] = []
      forNeighbours(of: index) { next in
        if isGround[next], alpha[next] == 0, next >= first, shade(next) ?? 0 > Self.faintestShadow {
          found.append(next)
        }
      }
      for next in found { alpha[next] = shade(next) ?? 0 }
      open += found
    }
  }

  /// The things, the background's colour taken out of their edges.
  func picture() -> Picture {
    var (alpha, own) = (alpha, colours)
    for index in colours.indices where isGround[index] { own[index] = alpha[index] > 0 ? shadow : colours[index] }
    let depths = depths()
    for index in colours.indices where (-Self.brim...seam).contains(depths[index]) && depths[index] != 0 {
      guard depths[index] > 0 || alpha[index] == 0 else { continue }
      let inside = inside(index, depths)
      let opacity = opacity(index, inside)
      guard depths[index] > 0 || opacity > 0.04 else { continue }
      alpha[index] = opacity
      let unmixed = opacity > 0.05 ? (colours[index] - (1 - opacity) * ground) / opacity : colours[index]
      own[index] = withoutSpill(unmixed, inside)
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(colours.count * 3)
    for colour in own {
      let levels = colour.clamped(lowerBound: .zero, upperBound: SIMD3(repeating: 255)).rounded(.toNearestOrEven)
      for channel in 0..<3 { bytes.append(UInt8(levels[channel])) }
    }
    return Picture(
      width: width, height: height, pixels: bytes,
      alpha: alpha.map { UInt8((max(0, min(1, $0)) * 255).rounded(.toNearestOrEven)) })
  }

  /// How many pixels each lies within the things, counted up to one more than the seam; below zero along them outside.
  private func depths() -> [Int] {
    var depths = isGround.map { $0 ? 0 : seam + 1 }
    for depth in 1...seam {
      for index in depths.indices where depths[index] == seam + 1 {
        var touches = false
        forNeighbours(of: index) { touches = touches || depths[$0] == depth - 1 }
        if touches { depths[index] = depth }
      }
    }
    for depth in 1...Self.brim {
      for index in depths.indices where depths[index] == 0 {
        var touches = false
        forNeighbours(of: index) { touches = touches || (depth == 1 ? depths[$0] > 0 : depths[$0] == 1 - depth) }
        if touches { depths[index] = -depth }
      }
    }
    return depths
  }

  /// The mean colour of a thing beside a pixel of its seam; nil where it is as thin as two seams.
  private func inside(_ index: Int, _ depths: [Int]) -> SIMD3<Float>? {
    let reach = seam + Self.brim
    let (y, x) = index.quotientAndRemainder(dividingBy: width)
    var (sum, weights) = (SIMD3<Float>(), Float(0))
    for v in max(0, y - reach)...min(height - 1, y + reach) {
      for u in max(0, x - reach)...min(width - 1, x + reach) where depths[v * width + u] > seam {
        let weight = 1 / Float(1 + (v - y) * (v - y) + (u - x) * (u - x))
        sum += weight * colours[v * width + u]
        weights += weight
      }
    }
    return weights > 0 ? sum / weights : nil
  }

  /// Where a pixel lies between the background's colour and that of the thing beside it.
  private func opacity(_ index: Int, _ inside: SIMD3<Float>?) -> Float {
    guard let inside else { return min(1, distance(index) / 90) }
    let way = inside - ground
    let length = (way * way).sum()
    // A thing of nearly the background's colour.
    return length < 900 ? 1 : max(0, min(1, ((colours[index] - ground) * way).sum() / length))
  }

  /// A colour with no more of a coloured background's hue than the thing beside it has.
  private func withoutSpill(_ colour: SIMD3<Float>, _ inside: SIMD3<Float>?) -> SIMD3<Float> {
    let hue = ground - ground.sum() / 3
    let length = (hue * hue).sum()
    guard length > 900 else { return colour }
    func share(_ colour: SIMD3<Float>) -> Float { ((colour - colour.sum() / 3) * hue).sum() / length }
    let excess = share(colour) - max(0, inside.map(share) ?? 0)
    return excess > 0 ? colour - excess * hue : colour
  }
}

extension SIMD3<Float> {
  /// The largest of the absolute values.
  fileprivate var largest: Float { Swift.max(abs(x), abs(y), abs(z)) }
}

extension Picture {
  /// An opaque colour.
  package struct Colour: Sendable, Hashable {
    package let red: UInt8
    package let green: UInt8
    package let blue: UInt8

    package init(red: UInt8, green: UInt8, blue: UInt8) { (self.red, self.green, self.blue) = (red, green, blue) }

    package static let white = Colour(red: 255, green: 255, blue: 255)
  }

  /// The things of a picture, its plain background left out.
  ///
  /// - Parameter shadow: The colour of shadows on the background, which stay as see-through as they are dark.
  package func cutOut(shadow: Colour) -> Picture { CutOut(self, shadow: shadow).picture() }

  /// Laid over another picture of the same size.
  package func laid(over ground: Picture) -> Picture {
    precondition(size == ground.size, "laid: \(size) over \(ground.size)")
    guard let alpha else { return self }
    var pixels = pixels
    for index in pixels.indices {
      let share = Int(alpha[index / 3])
      pixels[index] = UInt8((Int(pixels[index]) * share + Int(ground.pixels[index]) * (255 - share) + 127) / 255)
    }
    return Picture(width: width, height: height, pixels: pixels)
  }

  /// As it looks on white paper.
  package var onWhite: Picture {
    alpha == nil ? self : laid(over: Picture(width: width, height: height, red: 255, green: 255, blue: 255))
  }
}
