import Testing

@testable import Images

@Suite("Finishes")
struct FinishTests {
  /// A red disc with a blue bar in it, on white.
  private static func disc(width: Int = 96, height: Int = 64) -> Picture {
    var picture = Picture(width: width, height: height, red: 255, green: 255, blue: 255)
    for y in 0..<height {
      for x in 0..<width {
        let (across, down) = (x - width / 2, y - height / 2)
        guard across * across + down * down < 24 * 24 else { continue }
        let colour: [UInt8] = abs(down) < 5 ? [30, 60, 200] : [210, 40, 30]
        picture.pixels.replaceSubrange((y * width + x) * 3..<(y * width + x) * 3 + 3, with: colour)
      }
    }
    return picture
  }

  private static func colours(_ picture: Picture) -> Set<[UInt8]> {
    Set(stride(from: 0, to: picture.pixels.count, by: 3).map { Array(picture.pixels[$0..<$0 + 3]) })
  }

  @Test(arguments: Finish.allCases) func keepsTheSizeChangesThePictureAndAlwaysInTheSameWay(finish: Finish) {
    let picture = Self.disc()
    let finished = picture.finished(finish, grain: 2)
    #expect(finished.width == picture.width && finished.height == picture.height)
    #expect(finished != picture)
    #expect(picture.finished(finish, grain: 2) == finished)
  }

  @Test(arguments: Finish.allCases, [(1, 1), (1, 9), (7, 2), (33, 31)])
  func takesPicturesOfAnySize(finish: Finish, size: (width: Int, height: Int)) {
    for grain in [0, 0.5, 1, 3.7, 40] {
      let finished = Self.disc(width: size.width, height: size.height).finished(finish, grain: grain)
      #expect(finished.width == size.width && finished.height == size.height)
    }
  }

  @Test func pixelArtIsSquaresOfFewColoursWithAnOutline() {
    let finished = Self.disc().finished(.pixel, grain: 2)
    for y in 0..<finished.height {
      for x in 0..<finished.width { #expect(finished[x, y] == finished[x / 8 * 8, y / 8 * 8]) }
    }
    // White, red and blue, and the latter two darker at the edge.
    #expect((4...6).contains(Self.colours(finished).count))
    let (middle, rim) = (finished[48, 20], finished[48, 8])
    #expect(middle.red > 180 && rim.red < 120 && rim.red > rim.blue)
  }

  @Test func aPictureWithoutAPlainBackgroundGetsNoOutline() {
    var picture = Picture(width: 64, height: 64, red: 250, green: 250, blue: 250)
    // Four quarters: none has three fifths of the border.
    for y in 0..<64 {
      for x in 0..<64 {
        picture.pixels[(y * 64 + x) * 3] = x < 32 ? 250 : 60
        picture.pixels[(y * 64 + x) * 3 + 1] = y < 32 ? 250 : 60
      }
    }
    #expect(Self.colours(picture.finished(.pixel, grain: 1)) == Self.colours(picture))
  }

  @Test func pencilIsGreyAndBlueprintsAreBlueWithWhiteLines() {
    let sketch = Self.disc().finished(.sketch, grain: 2)
    for colour in Self.colours(sketch) { #expect(abs(Int(colour[0]) - Int(colour[2])) < 12) }
    #expect(sketch[2, 2].red > 220 && (30..<60).contains { sketch[$0, 30].red < 140 })
    let plan = Self.disc().finished(.blueprint, grain: 2)
    #expect(plan[3, 3].blue > 2 * plan[3, 3].red)
    #expect((0..<96).contains { plan[$0, 20].red > 200 })
  }

  @Test func halftoneCoversAsMuchAsTheColourIsDark() {
    for level in [UInt8(64), 128, 192] {
      let printed = Picture(width: 120, height: 120, red: level, green: level, blue: level).finished(
        .halftone, grain: 2)
      let mean = printed.pixels.reduce(0) { $0 + Int($1) } / printed.pixels.count
      #expect(abs(mean - Int(level)) < 40, "\(level) is printed as \(mean)")
    }
  }

  @Test func tilesKeepTheColourOfTheirPlace() {
    let finished = Self.disc().finished(.mosaic, grain: 1)
    let red = (40..<56).map { finished[$0, 18] }.max { $0.red < $1.red }
    #expect(red.map { $0.red > 150 && $0.green < 90 } == true)
  }

  @Test func watercolourLeavesThePaperWhite() {
    let paper = Picture(width: 40, height: 40, red: 255, green: 255, blue: 255).finished(.watercolor, grain: 2)
    #expect(paper.pixels.allSatisfy { $0 > 240 })
  }
}
