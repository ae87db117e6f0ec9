import Images
import Testing

@Suite("Masks") struct MaskTests {
  private static let mask: Mask = {
    var values = [UInt8](repeating: 0, count: 63)
    for y in 2..<5 { for x in 3..<9 { values[9 * y + x] = 255 } }
    values[54] = 100
    return Mask(width: 9, height: 7, values: values)
  }()

  /// Pillow 13.0.0: `Image.filter(ImageFilter.GaussianBlur(radius))`.
  private static let blurred: [Double: [UInt8]] = [
    1.5: [
      2, 9, 19, 32, 43, 49, 52, 52, 52, 4, 16, 36, 59, 80, 91, 95, 95, 95, 7, 24, 56, 92, 124, 140, 147, 147, 147,
      11, 29, 66, 108, 145, 165, 172, 173, 173, 15, 29, 58, 93, 124, 140, 147, 147, 147, 21, 27, 41, 61, 80, 91, 95,
      95, 95, 25, 24, 27, 34, 43, 49, 52, 52, 52,
    ],
    4: [
      39, 43, 47, 53, 60, 66, 71, 76, 79, 40, 44, 49, 54, 61, 67, 72, 76, 80, 42, 46, 50, 55, 62, 67, 72, 77, 80, 44,
      47, 51, 57, 62, 68, 73, 77, 80, 45, 49, 53, 58, 63, 69, 73, 77, 80, 47, 50, 54, 59, 64, 69, 73, 77, 80, 48, 51,
      55, 59, 65, 69, 74, 77, 80,
    ],
  ]

  @Test(arguments: [1.5, 4]) func blursAsPillow(radius: Double) throws {
    #expect(MaskTests.mask.blurred(radius: radius).values == MaskTests.blurred[radius])
    #expect(MaskTests.mask.blurred(radius: 0) == MaskTests.mask)
  }

  /// Pillow 13.0.0: `Image.convert("L")`.
  @Test func greyAsPillow() {
    let picture = Picture(
      width: 5, height: 1, pixels: [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255, 12, 200, 77])
    #expect(Mask(picture).values == [76, 150, 29, 255, 130])
  }

  @Test func aPictureIsContinued() {
    let picture = Picture(width: 2, height: 1, pixels: [1, 2, 3, 4, 5, 6])
    let sides = Outpainting(left: 1, bottom: 1)
    #expect(sides.size(of: picture.size) == PictureSize(width: 3, height: 2))
    let row: [UInt8] = [1, 2, 3, 1, 2, 3, 4, 5, 6]
    #expect(sides.extended(picture) == Picture(width: 3, height: 2, pixels: row + row))
    #expect(sides.mask(of: picture.size, nil).values == [255, 0, 0, 255, 255, 255])
    let inner = Mask(width: 2, height: 1, values: [0, 9])
    #expect(sides.mask(of: picture.size, inner).values == [255, 0, 9, 255, 255, 255])
  }

  @Test func picturesMeetAlongAMask() {
    let (black, white) = (
      Picture(width: 3, height: 1, red: 0, green: 0, blue: 0),
      Picture(width: 3, height: 1, red: 255, green: 255, blue: 255)
    )
    let mixed = black.painted(over: Mask(width: 3, height: 1, values: [0, 100, 255]), with: white)
    #expect(mixed.pixels == [0, 0, 0, 100, 100, 100, 255, 255, 255])
  }

  @Test func whatLeavesNothingToPaint() {
    #expect(Mask(width: 2, height: 1, values: [127, 0]).isEmpty)
    #expect(!Mask(width: 2, height: 1, values: [128, 0]).isEmpty)
  }
}
