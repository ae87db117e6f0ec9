import Foundation
import TestSupport
import Testing

@testable import Images

/// Thousands of mutated files and texts: an error or a picture, never a trap, a hang or memory beyond a small
/// factor of the file. `LIMN_FUZZ=10000` sets the rounds of each test.
@Suite("Mutations")
struct FuzzTests {
  private static let rounds = ProcessInfo.processInfo.environment["LIMN_FUZZ"].flatMap { Int($0) } ?? 1_000

  /// Flips, overwrites, cuts, doubles and drops up to eight pieces.
  private static func mutated(_ bytes: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
    var bytes = bytes
    for _ in 0...Int.random(in: 0..<8, using: &random) where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &random)
      let end = min(bytes.count, place + Int.random(in: 1...16, using: &random))
      switch Int.random(in: 0..<6, using: &random) {
      case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 1: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
      case 2: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 3: bytes.removeSubrange(place..<end)
      case 4: bytes.insert(contentsOf: bytes[place..<end], at: place)
      default: if Int.random(in: 0..<8, using: &random) == 0 { bytes.removeLast(bytes.count - place) }
      }
    }
    return bytes
  }

  private static func mutated(_ text: String, _ random: inout SeededRandom) -> String {
    String(decoding: mutated(Array(text.utf8), &random), as: UTF8.self)
  }

  /// What a decoded file may hold: deflate's 1,032 and JPEG's 1,536 bytes a byte.
  private static func check(_ bytes: [UInt8], _ name: String) {
    if let picture = try? Picture(bytes: bytes, name: name) { #expect(picture.pixels.count <= bytes.count * 1_536 * 8) }
    _ = try? PictureReport(bytes: bytes, name: name)
  }

  @Test("PNG files, with their checksums made right again in half of them") func png() throws {
    var random = SeededRandom(seed: 11)
    let files = try (Fixtures.names("png-", ".png") + Fixtures.names("orientation-png", ".png") + ["texts"]).map {
      try Fixtures.bytes($0 + ".png")
    }
    for round in 0..<Self.rounds {
      let bytes = files[round % files.count]
      guard round % 2 == 1 else {
        Self.check(Self.mutated(bytes, &random), "mutated.png")
        continue
      }
      let chunks = try PNGFile(bytes: bytes, name: "whole").chunks.map { chunk in
        guard Int.random(in: 0..<3, using: &random) == 0 else { return chunk }
        return PNGFile.Chunk(type: chunk.type, data: Self.mutated(Array(chunk.data), &random)[...])
      }
      Self.check(PNGFile.bytes(of: chunks), "mutated.png")
    }
  }

  @Test("JPEG files") func jpeg() throws {
    var random = SeededRandom(seed: 12)
    let names = Fixtures.names("jpeg-", ".jpg") + Fixtures.names("orientation-jpg", ".jpg") + ["comment"]
    let files = try names.map { try Fixtures.bytes($0 + ".jpg") }
    for round in 0..<Self.rounds { Self.check(Self.mutated(files[round % files.count], &random), "mutated.jpg") }
  }

  @Test("WebP files") func webp() throws {
    var random = SeededRandom(seed: 16)
    let files = try Fixtures.names("webp-", ".webp").map { try Fixtures.bytes($0 + ".webp") }
    // A plain colour takes a few bytes whatever its size: only the decoder's own limits hold.
    for round in 0..<Self.rounds {
      let bytes = Self.mutated(files[round % files.count], &random)
      if let picture = try? Picture(bytes: bytes, name: "mutated.webp") {
        #expect(picture.width * picture.height <= PictureLimits.pixels)
      }
      _ = try? PictureReport(bytes: bytes, name: "mutated.webp")
    }
  }

  @Test("EXIF") func exif() throws {
    var random = SeededRandom(seed: 13)
    let bytes = try Fixtures.bytes("comment.jpg")
    let start = try #require(bytes.firstRange(of: Array("Exif\0\0".utf8))?.upperBound)
    let exif = Array(bytes[start..<min(start + 200, bytes.count)])
    for _ in 0..<Self.rounds { _ = Exif(tiff: Self.mutated(exif, &random)[...]) }
  }

  @Test("Parameters, XMP and JSON") func texts() {
    var random = SeededRandom(seed: 14)
    let parameters = """
      a fox, (b:1.2)\nNegative prompt: c\nSteps: 20, Sampler: DPM++ 2M Karras, CFG scale: 7, Seed: 1, Size: 512x512, \
      Model: "a, \\"b\\": c", Version: v1.10.1
      """
    let xmp = DigitalSource.painted.xmp(creator: "limn 0.1")
    let graph = #"{"3": {"class_type": "KSampler", "inputs": {"seed": 1, "cfg": 8.5, "positive": ["6", 0]}}, "6": {}}"#
    for _ in 0..<Self.rounds {
      let read = GenerationParameters(parsing: Self.mutated(parameters, &random))
      #expect(GenerationParameters(parsing: read.text).seed == read.seed, "\(read.text.debugDescription)")
      _ = DigitalSource(xmp: Self.mutated(xmp, &random))
      let json = Self.mutated(graph, &random)
      _ = ComfyUI.parameters(prompt: json)
      _ = InvokeAI.parameters(metadata: json)
      #expect(!Slug.slug(of: json).isEmpty)
    }
  }

  @Test("Records of other programs") func records() {
    var random = SeededRandom(seed: 15)
    let records = [
      ("parameters", #"{"sui_image_params": {"prompt": "a", "loras": ["b"], "loraweights": ["0.5"], "seed": 4}}"#),
      ("parameters", #"{"base_model": "a", "resolution": "(8, 9)", "lora_combined_1": "b : 0.5", "seed": "3"}"#),
      ("parameters", #"{"c": "a", "uc": "b", "sampler": "Euler A Trailing", "size": "8x9", "lora": [{"model": "b"}]}"#),
      ("parameters", "a\nSteps: 4, Hashes: {\"a\": \"b\"}, X: \"c\nd\", Size: 8x9, Lora weights: \"b: 0.5\""),
      ("Dream", #""a [b]" -s 50 -S 3 -W 8 -H 9 -C 7.5 -A k_lms -f 0.5"#),
      ("sd-metadata", #"{"image": {"prompt": [{"prompt": "a [b]"}], "seed": 3, "sampler": "k_lms"}}"#),
      ("use_stable_diffusion_model", "['a', 'b']"),
      (
        "XML:com.adobe.xmp",
        "<exif:UserComment><rdf:li x>{&quot;c&quot;: &#34;a&#x41;&quot;}</rdf:li></exif:UserComment>"
      ),
      (
        "prompt",
        #"{"3": {"class_type": "KSampler", "inputs": {"latent_image": ["5", 0], "positive": ["6", 0]}}, "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 8, "height": 9}}, "6": {"class_type": "TextConcat", "inputs": {"text_a": ["6", 0], "text": ["3", 0]}}}"#
      ),
    ]
    for _ in 0..<Self.rounds {
      for (keyword, text) in records { _ = PictureTool.record([PNGText(keyword, Self.mutated(text, &random))]) }
    }
    let brackets = "p\nSteps: 1, Seed: 2, " + String(repeating: "k: {[, ", count: 100_000)
    #expect(GenerationParameters(parsing: brackets).seed == 2)
    let escapes = "p\nSteps: 1, Seed: 2, k: \"" + String(repeating: "\\\"", count: 100_000)
    #expect(GenerationParameters(parsing: escapes).seed == 2)
  }

  @Test("Long texts take linear time") func long() {
    let colons = String(repeating: "a: ", count: 100_000)
    _ = GenerationParameters(parsing: colons)
    _ = GenerationParameters(parsing: "p\n" + String(repeating: "\"", count: 100_000) + ": \"")
    _ = GenerationParameters(parsing: "p\n" + String(repeating: "k: \"x, ", count: 3_000))
    _ = DigitalSource(xmp: String(repeating: "DigitalSourceType>", count: 50_000))
  }
}
