import TestSupport
import Testing

@testable import Images

@Suite("Writing PNG")
struct PNGEncodingTests {
  @Test("What is written is read back", arguments: [(1, 1), (3, 5), (64, 33)])
  func roundTrip(width: Int, height: Int) throws {
    var random = SeededRandom(seed: 3)
    let picture = Picture(
      width: width, height: height,
      pixels: (0..<width * height * 3).map { _ in UInt8.random(in: 0...255, using: &random) })
    let texts = [
      PNGText("parameters", "a fox\nSteps: 20"), PNGText("Title", "狐狸 🦊"), PNGText("Comment", "café"),
      PNGText("XML:com.adobe.xmp", "<x/>", isInternational: true),
    ]
    let bytes = try PNGEncoder.encode(picture, texts: texts)
    #expect(try Picture(bytes: bytes, name: "it") == picture)
    let file = try PNGFile(bytes: bytes, name: "it")
    #expect(file.chunks.prefix(5).map(\.type) == ["IHDR", "tEXt", "iTXt", "tEXt", "iTXt"])
    #expect(file.chunks.compactMap { PNGText($0) }.map(\.text) == texts.map(\.text))
    #expect(try PNGEncoder.encode(picture, texts: texts) == bytes)
  }

  @Test("Texts of every kind of chunk are read as Pillow wrote them") func texts() throws {
    let file = try PNGFile(bytes: Fixtures.bytes("texts.png"), name: "texts.png")
    let texts = file.chunks.compactMap { PNGText($0) }
    #expect(texts.map(\.keyword) == ["parameters", "Title", "packed", "packed too"])
    #expect(texts[0].text == "café\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1")
    #expect(texts[1].text == "狐狸")
    #expect(texts[2].text == String(repeating: "x", count: 300))
    #expect(texts[3].text == String(repeating: "é", count: 300))
  }

  @Test("A NUL in a prompt does not end the chunk") func nul() throws {
    let chunk = PNGText("parameters", "a\u{0}b").chunk
    #expect(PNGText(chunk)?.text == "a\u{FFFD}b")
  }
}
