import Families
import Foundation
import Images
import System
import Testing

/// Networks that enlarge, against torch; see Tests/Reference/upscalers.py.
@Suite struct UpscalerTests {
  private static let folder = Fixtures.repository.appending(path: "Tests/Fixtures/Upscalers")
  private static let files = [
    "esrgan-old.pth", "realesrgan.pth", "bsrgan.safetensors", "esrgan-twice.safetensors", "realesrgan-x2.pth",
    "compact.pth",
  ]

  private let catalog = ModelCatalog(
    environment: ["LIMN_WEIGHTS": "/nowhere", "HOME": "/nowhere"], executable: "/limn")

  private func upscaler(_ file: String) throws -> PictureUpscaler {
    try catalog.upscaler(Self.folder.appending(path: file).path)
  }

  private func picture(_ name: String) throws -> DeepPicture {
    try PictureFile(contentsOf: Self.folder.appending(path: name).path).decodedDeep()
  }

  private func largestDifference(_ left: DeepPicture, _ right: DeepPicture) -> Int {
    left.size == right.size ? zip(left.samples, right.samples).map { abs(Int($0) - Int($1)) }.max() ?? 0 : .max
  }

  @Test(arguments: files) func everyFormIsEnlargedAsByTorch(_ file: String) throws {
    let upscaler = try upscaler(file)
    let expected = try picture(file.split(separator: ".")[0] + ".png")
    let found = try upscaler(picture("picture.png"), by: upscaler.scale, tileEdge: 64)
    #expect(largestDifference(found, expected) <= 1)
  }

  @Test(arguments: files) func tilesDoNotShow(_ file: String) throws {
    let upscaler = try upscaler(file)
    let large = try picture("picture.png").resized(width: 171, height: 99, filter: .bicubic)
    let whole = try upscaler(large, by: upscaler.scale, tileEdge: 512)
    var steps: [Int] = []
    let tiled = try upscaler(large, by: upscaler.scale, tileEdge: 64) { done, total in
      #expect(total == 6)
      steps.append(done)
    }
    #expect(largestDifference(tiled, whole) <= 1)
    #expect(steps == [1, 2, 3, 4, 5, 6])
  }

  @Test(arguments: files, [2, 3, 4, 8]) func everyFactorIsReached(_ file: String, factor: Int) throws {
    let upscaler = try upscaler(file)
    let small = try picture("picture.png")
    let found = try upscaler(small, by: factor, tileEdge: 48)
    #expect(found.size == PictureSize(width: 18 * factor, height: 14 * factor))
    // The mean of a picture is hardly another one whatever its size.
    let whole = try upscaler(small, by: upscaler.scale, tileEdge: 64)
    func mean(_ picture: DeepPicture) -> Double {
      picture.samples.reduce(0) { $0 + Double($1) } / Double(picture.samples.count)
    }
    if factor <= upscaler.scale { #expect(abs(mean(found) - mean(whole)) < 3) }
  }

  /// A picture of one alpha keeps it; what lies in 16 bits is enlarged in 16 bits.
  @Test func alphaAndDepthAreKept() throws {
    let upscaler = try upscaler("realesrgan.pth")
    let plain = try picture("picture.png")
    let deep = plain.withBitDepth(16)
    let samples = stride(from: 0, to: deep.samples.count, by: 3).flatMap { deep.samples[$0..<$0 + 3] + [40_000] }
    let clear = DeepPicture(width: 18, height: 14, channels: 4, bitDepth: 16, samples: samples)
    let found = try upscaler(clear, by: 4, tileEdge: 64)
    #expect(found.channels == 4 && found.bitDepth == 16)
    #expect(stride(from: 3, to: found.samples.count, by: 4).allSatisfy { abs(Int(found.samples[$0]) - 40_000) <= 1 })
    let colours = found.samples.enumerated().filter { $0.offset % 4 < 3 }.map(\.element)
    #expect(Set(colours.map { $0 % 257 }).count > 100)
    let opaque = DeepPicture(width: 72, height: 56, channels: 3, bitDepth: 16, samples: colours).withBitDepth(8)
    #expect(largestDifference(opaque, try upscaler(plain, by: 4, tileEdge: 64)) <= 1)
  }

  @Test func smallerTilesTakeLess() throws {
    let plans = try upscaler("realesrgan.pth").plans(PictureSize(width: 2048, height: 2048), factor: 4)
    #expect(plans.map(\.tileEdge) == plans.map(\.tileEdge).sorted(by: >))
    #expect(plans.map(\.bytes) == plans.map(\.bytes).sorted(by: >))
    // The pictures themselves take so much.
    #expect(plans.allSatisfy { $0.bytes > 17 * 2048 * 2048 * 6 })
  }

  @Test(arguments: [
    ("nothing-such", "There is no upscaler \"nothing-such\": it is no file, and none is installed."),
    ("realesrgan-x4plus", "This program was built without realesrgan-x4plus"),
  ]) func otherNamesAreRefused(_ name: String, words: String) throws {
    let error = try #require(throws: UserError.self) { try catalog.upscaler(name) }
    #expect("\(error)".hasPrefix(words))
  }

  @Test func otherNetworksAreRefused() throws {
    let path = Fixtures.repository.appending(path: "weights/default/vae/diffusion_pytorch_model.safetensors").path
    let error = #expect(throws: (any Error).self) { try catalog.upscaler(path) }
    #expect("\(error.map { "\($0)" } ?? "")".contains("holds no upscaler that limn runs"))
  }
}
