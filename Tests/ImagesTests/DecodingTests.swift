import Foundation
import Testing

@testable import Images

@Suite("Reading pictures")
struct DecodingTests {
  @Test(
    "Every PNG colour type, depth, interlacing and transparency decodes as in Pillow",
    arguments: Fixtures.names("png-", ".png"))
  func png(name: String) throws {
    let picture = try Picture(contentsOf: Fixtures.path(name + ".png"))
    // 16-bit samples with alpha are rounded twice.
    let tolerance = name.hasPrefix("png-4-16") || name.hasPrefix("png-6-16") ? 1 : 0
    let difference = largestDifference(picture, try Fixtures.expected(name))
    #expect(difference <= tolerance)
  }

  @Test("All PNG fixtures are there") func pngCount() {
    #expect(Fixtures.names("png-", ".png").count == 34)
  }

  @Test(
    "Every kind of JPEG decodes as in Pillow",
    arguments: [
      "jpeg-444", "jpeg-422", "jpeg-420", "jpeg-progressive", "jpeg-grey", "jpeg-cmyk", "jpeg-restart",
    ])
  func jpeg(name: String) throws {
    let picture = try Picture(contentsOf: Fixtures.path(name + ".jpg"))
    // Another release of libjpeg-turbo may round otherwise.
    #expect(largestDifference(picture, try Fixtures.expected(name)) <= 1)
  }

  @Test(
    "Every kind of WebP decodes as in Pillow",
    arguments: ["webp-lossy", "webp-lossless", "webp-alpha", "webp-alpha-lossless", "webp-turned"])
  func webp(name: String) throws {
    let picture = try Picture(contentsOf: Fixtures.path(name + ".webp"))
    let isExact = name.hasSuffix("lossless") || name.hasSuffix("turned")
    // Another release of libwebp may round otherwise; alpha is rounded once here, as Pillow does.
    #expect(largestDifference(picture, try Fixtures.expected(name)) <= (isExact ? 0 : 1))
  }

  @Test("A film is no picture") func film() throws {
    let error = #expect(throws: PictureError.self) {
      try Picture(bytes: Fixtures.bytes("film.webp"), name: "film.webp")
    }
    #expect(
      error?.description == "film.webp is a WebP file that limn cannot read: it is an animation; expected one picture.")
  }

  @Test("A WebP cut anywhere is damaged, or the whole picture") func cutWebP() throws {
    let bytes = try Fixtures.bytes("webp-turned.webp")
    for end in stride(from: 12, to: bytes.count, by: 7) {
      let error = #expect(throws: PictureError.self) { try Picture(bytes: Array(bytes[..<end]), name: "cut.webp") }
      #expect(error?.description.hasPrefix("cut.webp is a damaged WebP file: ") == true)
    }
  }

  @Test("EXIF turns PNG and JPEG upright", arguments: 1...8, ["png", "jpg"])
  func orientation(number: Int, kind: String) throws {
    let name = "orientation-\(kind)-\(number)"
    let picture = try Picture(contentsOf: Fixtures.path("\(name).\(kind)"))
    #expect(picture.width == (number < 5 ? 21 : 14))
    #expect(largestDifference(picture, try Fixtures.expected(name)) <= (kind == "png" ? 0 : 1))
  }

  @Test(
    "A file of another format is named for what it is",
    arguments: [
      ("a.gif", Array("GIF89a......".utf8), "a.gif is a GIF file; limn reads PNG, JPEG and WebP."),
      ("notes", Array("buy milk\n".utf8), "notes is a text file; limn reads PNG, JPEG and WebP."),
      ("x", [0, 1, 2, 3, 4], "x is not a picture that limn knows; it reads PNG, JPEG and WebP."),
      ("x.png", [], "x.png is empty (0 bytes); limn reads PNG, JPEG and WebP."),
    ])
  func foreign(name: String, bytes: [UInt8], sentence: String) {
    let error = #expect(throws: PictureError.self) { try Picture(bytes: bytes, name: name) }
    #expect(error?.description == sentence)
  }

  @Test("Headers that claim too much are refused before anything is allocated")
  func bombs() throws {
    func png(_ width: UInt32, _ height: UInt32) -> [UInt8] {
      var header: [UInt8] = []
      header.appendBigEndian(width)
      header.appendBigEndian(height)
      return PNGFile.bytes(of: [
        .init(type: "IHDR", data: (header + [8, 2, 0, 0, 0])[...]), .init(type: "IDAT", data: [0x78, 0x9C, 0, 0]),
        .init(type: "IEND", data: []),
      ])
    }
    #expect(throws: PictureError.tooLarge(name: "a", width: 16_385, height: 1)) {
      try Picture(bytes: png(16_385, 1), name: "a")
    }
    #expect(throws: PictureError.tooLarge(name: "a", width: 16_000, height: 16_000)) {
      try Picture(bytes: png(16_000, 16_000), name: "a")
    }
    #expect(throws: PictureError.self) { try Picture(bytes: png(0, 4), name: "a") }
    let error = #expect(throws: PictureError.self) { try Picture(bytes: png(10_000, 10_000), name: "a") }
    #expect(error?.description == "a is a damaged PNG file: 4 bytes cannot hold the 10000x10000 pixels it claims.")
  }

  @Test(
    "A file cut anywhere is damaged, never half a picture",
    arguments: ["png-2-8.png", "jpeg-420.jpg", "jpeg-progressive.jpg"])
  func truncated(name: String) throws {
    let whole = try Fixtures.bytes(name)
    for length in 3..<whole.count {
      #expect(throws: PictureError.self, "\(name) cut to \(length) bytes") {
        try Picture(bytes: Array(whole[..<length]), name: name)
      }
    }
  }

  @Test("A wrong checksum is named") func checksum() throws {
    var bytes = try Fixtures.bytes("png-2-8.png")
    bytes[bytes.count - 20] ^= 1
    let error = #expect(throws: PictureError.self) { try Picture(bytes: bytes, name: "b.png") }
    #expect(error?.description == "b.png is a damaged PNG file: the checksum of its IDAT chunk is wrong.")
  }

  @Test("Bytes after the end and between JPEG markers do no harm") func extraneous() throws {
    for name in ["png-2-8.png", "jpeg-444.jpg"] {
      let whole = try Fixtures.bytes(name)
      #expect(try Picture(bytes: whole + [1, 2, 3, 4], name: name) == Picture(bytes: whole, name: name))
    }
    let whole = try Fixtures.bytes("jpeg-444.jpg")
    let padded = Array(whole.dropLast(2)) + [0, 0, 0xFF, 0xD9]
    #expect(try Picture(bytes: padded, name: "padded") == Picture(bytes: whole, name: "whole"))
  }

  @Test("A JPEG with endless scans is refused") func scans() throws {
    let whole = try Fixtures.bytes("jpeg-444.jpg")
    let scans = [[UInt8]](repeating: [0xFF, 0xDA], count: 200).joined()
    let error = #expect(throws: PictureError.self) {
      try Picture(bytes: whole.dropLast(2) + scans + whole.suffix(2), name: "a.jpg")
    }
    #expect(error?.description.contains("37x29 pixels 201 times") == true)
  }

  @Test("A missing file and a folder are sentences") func unreadable() {
    let missing = #expect(throws: PictureError.self) { try Picture(contentsOf: "no/such.png") }
    #expect(missing?.description == "no/such.png cannot be read: no such file or directory.")
    let folder = #expect(throws: PictureError.self) { try Picture(contentsOf: Fixtures.path("")) }
    #expect(folder?.description.hasSuffix("it is a folder; name a picture in it.") == true)
  }
}
