import TestSupport
import Testing

@testable import Images

@Suite("Writing JPEG and WebP")
struct PictureEncodingTests {
  private let picture: Picture = {
    var picture = Picture(width: 31, height: 22, red: 0, green: 0, blue: 0)
    for pixel in 0..<31 * 22 {
      let (x, y) = (pixel % 31, pixel / 31)
      picture.pixels[3 * pixel] = UInt8(x * 8)
      picture.pixels[3 * pixel + 1] = UInt8(y * 11)
      picture.pixels[3 * pixel + 2] = UInt8((x + y) * 4)
    }
    return picture
  }()

  private var parameters: GenerationParameters {
    var parameters = GenerationParameters()
    parameters.prompt = "a fox 🦊 by the café"
    parameters.negativePrompt = "blur"
    parameters.steps = 20
    parameters.seed = 3
    parameters.version = "limn 0.1"
    return parameters
  }

  @Test("Settings and mark come back from every format", arguments: PictureFormat.allCases, MetadataPolicy.allCases)
  func metadata(format: PictureFormat, policy: MetadataPolicy) throws {
    let texts = policy.texts(parameters: parameters, source: .repainted, software: "limn 0.1")
    let encoding = PictureEncoding(format)
    let bytes = try encoding.encode(picture, texts: texts)
    let report = try PictureReport(bytes: bytes, name: "it")
    #expect(report.format == format && report.width == 31 && report.height == 22)
    #expect(report.parameters == (policy == .full ? parameters : nil))
    #expect(report.source == (policy == .none ? nil : DigitalSource.repainted))
    #expect(report.tool == (policy == .none ? nil : "limn 0.1"))
    #expect(try encoding.encode(picture, texts: texts) == bytes)
  }

  @Test("Pixels stay what they were, as near as the format allows", arguments: [20, 75, 92, 100])
  func pixels(quality: Int) throws {
    for format in PictureFormat.allCases {
      let bytes = try PictureEncoding(format, quality: quality).encode(picture)
      let difference = largestDifference(try Picture(bytes: bytes, name: "it"), picture)
      switch (format, quality) {
      case (.png, _), (.webp, 100): #expect(difference == 0)
      case (.jpeg, 100): #expect(difference <= 4)
      default: #expect(difference <= (quality > 80 ? 32 : 96))
      }
    }
  }

  @Test("A better quality takes more bytes") func quality() throws {
    for format in [PictureFormat.jpeg, .webp] {
      let sizes = try [10, 50, 90].map { try PictureEncoding(format, quality: $0).encode(picture).count }
      #expect(sizes == sizes.sorted() && sizes[0] < sizes[2])
    }
  }

  @Test("A JPEG has room for 64 KB of settings, the others for all") func longPrompts() throws {
    var long = parameters
    long.prompt = String(repeating: "very ", count: 8_000) + "long"
    let texts = MetadataPolicy.full.texts(parameters: long, source: .painted, software: "limn 0.1")
    let error = #expect(throws: PictureError.self) { try PictureEncoding(.jpeg).encode(picture, texts: texts) }
    #expect(error?.description.contains("has room for 65533; PNG and WebP have more") == true)
    #expect(!PictureEncoding(.jpeg).holds(characters: long.prompt.utf16.count))
    #expect(PictureEncoding(.jpeg).holds(characters: 20_000) && PictureEncoding(.webp).holds(characters: 1 << 20))
    for format in [PictureFormat.png, .webp] {
      let bytes = try PictureEncoding(format).encode(picture, texts: texts)
      #expect(try PictureReport(bytes: bytes, name: "it").parameters?.prompt == long.prompt)
    }
  }

  @Test("What was done to a photograph stands in a JPEG's comment") func comments() throws {
    let texts = [PNGText("Comment", "limn enlarge, Upscale: 4"), PNGText("Software", "limn 0.1")]
    let report = try PictureReport(bytes: PictureEncoding(.jpeg).encode(picture, texts: texts), name: "it")
    #expect(report.texts.contains { $0.keyword == "Comment" && $0.text == "limn enlarge, Upscale: 4" })
    #expect(report.parameters == nil && report.tool == "limn 0.1")
  }

  @Test("Endings", arguments: [("a.PNG", PictureFormat.png), ("b.jpeg", .jpeg), ("c.d.jpg", .jpeg), ("e.webp", .webp)])
  func endings(path: String, format: PictureFormat) {
    #expect(PictureFormat(path: path) == format)
    #expect(PictureFormat(path: path + "x") == nil && PictureFormat(path: "jpg") == nil)
  }
}
