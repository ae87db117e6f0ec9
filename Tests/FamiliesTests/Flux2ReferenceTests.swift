import Images
import System
import Testing

@testable import Families

/// Sizes as diffusers' `Flux2KleinPipeline` comes to them, step 4 of its call.
@Suite struct Flux2ReferenceTests {
  @Test(arguments: [
    (64, 64, 64, 64), (100, 70, 96, 64), (1023, 1025, 1008, 1024), (1024, 1024, 1024, 1024), (1400, 900, 1264, 816),
    (4000, 3000, 1168, 880), (8000, 1000, 2896, 352), (79, 500, 64, 496),
  ]) func sizes(_ width: Int, _ height: Int, _ wide: Int, _ high: Int) throws {
    let size = try Flux2Reference.size(of: PictureSize(width: width, height: height), multiple: 16)
    #expect(size == PictureSize(width: wide, height: high))
  }

  @Test(arguments: [(63, 64), (200, 20), (64, 513)]) func whatTheModelDoesNotLookAt(_ width: Int, _ height: Int) {
    let error = #expect(throws: UserError.self) {
      try Flux2Reference.size(of: PictureSize(width: width, height: height), multiple: 16)
    }
    #expect(error?.description.hasPrefix("A `reference` is ") == true)
  }

  /// The middle is kept, pixel by pixel.
  @Test func sidesAreCutNotShrunk() throws {
    var pixels: [UInt8] = []
    for row in 0..<90 { for column in 0..<70 { pixels += [UInt8(column), UInt8(row), 0] } }
    let prepared = try Flux2Reference.prepared(Picture(width: 70, height: 90, pixels: pixels), multiple: 16)
    #expect(prepared.width == 64 && prepared.height == 80)
    #expect(prepared[0, 0] == (3, 5, 0) && prepared[63, 79] == (66, 84, 0))
  }
}
