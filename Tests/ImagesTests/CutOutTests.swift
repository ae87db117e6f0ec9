import Testing

@testable import Images

@Suite struct CutOutTests {
  private static let shadow = Picture.Colour(red: 38, green: 40, blue: 62)

  /// A disc with soft edges on a plain ground, 64x64; `hole` is the radius of a hole in its middle.
  private func disc(
    _ colour: SIMD3<Float>, on ground: SIMD3<Float>, hole: Float = 0
  ) -> (picture: Picture, opacity: [Float]) {
    var (pixels, opacity): ([UInt8], [Float]) = ([], [])
    for y in 0..<64 {
      for x in 0..<64 {
        let distance = ((Float(x) - 31.5) * (Float(x) - 31.5) + (Float(y) - 31.5) * (Float(y) - 31.5)).squareRoot()
        let share = max(0, min(1, min(20 - distance, distance - hole) / 2 + 0.5))
        opacity.append(share)
        let mixed = share * colour + (1 - share) * ground
        for channel in 0..<3 { pixels.append(UInt8(mixed[channel].rounded())) }
      }
    }
    return (Picture(width: 64, height: 64, pixels: pixels), opacity)
  }

  @Test(arguments: [SIMD3<Float>(255, 255, 255), [84, 168, 86], [52, 104, 205]])
  func thingsComeOutWithCleanEdges(ground: SIMD3<Float>) throws {
    let colour: SIMD3<Float> = [220, 60, 40]
    let (picture, opacity) = disc(colour, on: ground, hole: 7)
    let things = picture.cutOut(shadow: Self.shadow)
    let alpha = try #require(things.alpha)
    let errors = zip(alpha, opacity).map { abs(Float($0) / 255 - $1) }
    #expect(errors.max() ?? 1 < 0.2)
    #expect(errors.reduce(0, +) / Float(errors.count) < 0.01)
    // The ground's colour is taken out of the edges.
    for index in alpha.indices where alpha[index] > 60 {
      for channel in 0..<3 { #expect(abs(Float(things.pixels[index * 3 + channel]) - colour[channel]) < 30) }
    }
    let back = Picture(
      width: 64, height: 64, red: UInt8(ground.x), green: UInt8(ground.y), blue: UInt8(ground.z))
    let differences = zip(things.laid(over: back).pixels, picture.pixels).map { abs(Int($0) - Int($1)) }
    #expect(differences.max() ?? 255 <= 40)
  }

  @Test func shadowsStayAsShadows() throws {
    var (picture, _) = disc([220, 60, 40], on: [255, 255, 255])
    // A soft shadow along the foot of the disc.
    for y in 47..<58 {
      for x in 8..<56 where picture[x, y].blue == 255 {
        let depth = max(0, 0.5 - abs(Float(y) - 52) / 10 - abs(Float(x) - 31.5) / 90)
        let ground = SIMD3<Float>(255, 255, 255) * (1 - depth) + SIMD3<Float>(38, 40, 62) * depth
        for channel in 0..<3 { picture.pixels[(y * 64 + x) * 3 + channel] = UInt8(ground[channel].rounded()) }
      }
    }
    let things = picture.cutOut(shadow: Self.shadow)
    let alpha = try #require(things.alpha)
    let at = 54 * 64 + 31
    #expect((50...110).contains(alpha[at]))
    #expect(Array(things.pixels[at * 3..<at * 3 + 3]) == [38, 40, 62])
  }

  @Test func aPlainPictureIsLeftOutWhole() {
    let picture = Picture(width: 9, height: 5, red: 10, green: 200, blue: 30)
    #expect(picture.cutOut(shadow: Self.shadow).alpha == Array(repeating: 0, count: 45))
    #expect(Picture(width: 1, height: 1, red: 1, green: 2, blue: 3).cutOut(shadow: Self.shadow).alpha == [0])
  }

  @Test func alphaIsWrittenToPNG() throws {
    let things = disc([220, 60, 40], on: [255, 255, 255]).picture.cutOut(shadow: Self.shadow)
    let bytes = try PNGEncoder.encode(things)
    // Colour type 6 of IHDR: RGBA.
    #expect(bytes[25] == 6)
    #expect(try PNGEncoder.encode(things.onWhite)[25] == 2)
  }
}
