import Testing

@testable import Images

@Suite("Resampling")
struct ResamplingTests {
  private static let filters: [(String, ResamplingFilter)] = [
    ("nearest", .nearest), ("box", .box), ("bilinear", .bilinear), ("bicubic", .bicubic), ("lanczos", .lanczos),
  ]

  @Test(
    "Every filter makes Pillow's very values", arguments: filters, [(13, 11), (96, 64), (47, 17), (1, 1), (48, 31)])
  func resize(filter: (name: String, filter: ResamplingFilter), size: (Int, Int)) throws {
    let source = try Fixtures.expected("resize-source")
    let resized = source.resized(width: size.0, height: size.1, filter: filter.filter)
    #expect(try resized == Fixtures.expected("resize-\(filter.name)-\(size.0)x\(size.1)"))
  }

  @Test("Fitting crops the centre as Pillow's ImageOps.fit", arguments: [(16, 16), (24, 8), (9, 20), (64, 96)])
  func fit(width: Int, height: Int) throws {
    let source = try Fixtures.expected("resize-source")
    #expect(try source.fitted(width: width, height: height) == Fixtures.expected("fit-\(width)x\(height)"))
  }

  @Test("The same size is the same picture") func same() throws {
    let source = try Fixtures.expected("resize-source")
    #expect(source.resized(width: source.width, height: source.height) == source)
  }
}
