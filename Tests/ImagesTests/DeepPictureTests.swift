import TestSupport
import Testing

@testable import Images

@Suite("Pictures with alpha and 16 bits")
struct DeepPictureTests {
  private func random(_ width: Int, _ height: Int, channels: Int, bitDepth: Int) -> DeepPicture {
    var random = SeededRandom(seed: 5)
    let highest: UInt16 = bitDepth == 16 ? 65_535 : 255
    var samples = (0..<width * height * channels).map { _ in UInt16.random(in: 0...highest, using: &random) }
    // libpng multiplies 16-bit colours by their alpha, which must not be near zero to be undone.
    if channels == 4 { for place in stride(from: 3, to: samples.count, by: 4) { samples[place] |= highest / 2 + 1 } }
    return DeepPicture(width: width, height: height, channels: channels, bitDepth: bitDepth, samples: samples)
  }

  @Test("What is written is read back", arguments: [3, 4], [8, 16])
  func roundTrip(channels: Int, bitDepth: Int) throws {
    let picture = random(17, 9, channels: channels, bitDepth: bitDepth)
    let bytes = try PNGEncoder.encode(picture, texts: [PNGText("Comment", "a fox")])
    let read = try PictureFile(bytes: bytes, name: "it").decodedDeep()
    #expect(read.size == picture.size && read.channels == channels && read.bitDepth == bitDepth)
    let farthest = zip(read.samples, picture.samples).map { abs(Int($0) - Int($1)) }.max() ?? .max
    #expect(farthest <= (channels == 4 && bitDepth == 16 ? 2 : 0))
    #expect(try PictureReport(bytes: bytes, name: "it").texts.map(\.text) == ["a fox"])
  }

  @Test("In 8 bits over white it is what limn paints from", arguments: [3, 4], [8, 16])
  func overWhite(channels: Int, bitDepth: Int) throws {
    let picture = random(17, 9, channels: channels, bitDepth: bitDepth)
    let plain = try Picture(bytes: PNGEncoder.encode(picture), name: "it")
    let farthest = zip(plain.pixels, picture.picture.pixels).map { abs(Int($0) - Int($1)) }.max() ?? .max
    #expect(farthest <= 1)
  }

  @Test("Resizing is Pillow's", arguments: [ResamplingFilter.bicubic, .lanczos, .box])
  func resizing(filter: ResamplingFilter) {
    let picture = random(17, 9, channels: 3, bitDepth: 8)
    let plain = picture.picture.resized(width: 31, height: 5, filter: filter)
    #expect(picture.resized(width: 31, height: 5, filter: filter).picture == plain)
  }

  @Test("A JPEG says what it was given") func jpeg() throws {
    let texts = [
      PNGText("parameters", "a fox\nSteps: 4, Seed: 1, Size: 16x8"),
      PNGText(DigitalSource.chunkKeyword, DigitalSource.repainted.xmp(creator: "limn"), isInternational: true),
    ]
    let picture = Picture(width: 64, height: 40, red: 200, green: 30, blue: 90)
    let bytes = try PictureEncoding(.jpeg, quality: 95).encode(picture, texts: texts)
    let read = try Picture(bytes: bytes, name: "it")
    #expect(zip(read.pixels, picture.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 2 })
    let report = try PictureReport(bytes: bytes, name: "it")
    #expect(report.source == .repainted && report.parameters?.seed == 1)
  }
}
