import Foundation
import Images
import Testing

/// Parts of pictures around masks, and masks that pictures bring themselves.
@Suite struct MaskRegionTests {
  private func mask(_ width: Int, _ height: Int, _ left: Int, _ top: Int, _ right: Int, _ bottom: Int) -> Mask {
    Mask(
      width: width, height: height,
      values: (0..<width * height).map { index in
        let (x, y) = (index % width, index / width)
        return (left..<right).contains(x) && (top..<bottom).contains(y) ? 255 : 0
      })
  }

  /// diffusers' own example: a part of 128x32 becomes 128x128 where 512x512 are painted.
  @Test func aRegionTakesTheAspect() {
    let square = PictureSize(width: 512, height: 512)
    #expect(
      mask(400, 300, 100, 100, 228, 132).region(padding: 0, aspect: square)
        == PixelRectangle(left: 100, top: 52, width: 128, height: 128))
    #expect(
      mask(400, 300, 0, 290, 10, 300).region(padding: 5, aspect: square)
        == PixelRectangle(left: 0, top: 285, width: 15, height: 15))
  }

  @Test func aRegionStaysInside() throws {
    for (padding, aspect) in [(0, (64, 64)), (9, (64, 200)), (400, (300, 64)), (3, (64, 8))] {
      let region = try #require(
        mask(70, 50, 60, 10, 70, 45).region(padding: padding, aspect: PictureSize(width: aspect.0, height: aspect.1)))
      #expect(
        region.left >= 0 && region.top >= 0 && region.left + region.width <= 70 && region.top + region.height <= 50)
      #expect(
        region.left <= 60 && region.left + region.width == 70 && region.top <= 10 && region.top + region.height >= 45)
    }
    #expect(mask(8, 8, 0, 0, 0, 0).region(padding: 4, aspect: PictureSize(width: 8, height: 8)) == nil)
  }

  @Test func whatIsCutOutCanBePutBack() {
    let picture = Picture(width: 5, height: 4, pixels: (0..<60).map { UInt8($0) })
    let region = PixelRectangle(left: 1, top: 2, width: 3, height: 2)
    #expect(picture.cropped(to: region).pixels == Array(picture.pixels[33..<42] + picture.pixels[48..<57]))
    #expect(picture.replacing(region, with: picture.cropped(to: region)) == picture)
  }

  @Test func transparencyIsAMask() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Fixtures/PicturesRegions")
    let file = try PictureFile(contentsOf: folder.appending(path: "hole.png").path)
    #expect(try file.transparency() == Mask(Picture(contentsOf: folder.appending(path: "hole.mask.png").path)))
    let opaque = try PictureFile(contentsOf: folder.appending(path: "hole.mask.png").path)
    #expect(try opaque.transparency() == nil)
  }
}
