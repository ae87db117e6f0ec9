import Families
import Foundation
import Guardrail
import Images
import JSON
import System
import Testing

/// What weights/fetch.sh left.
private enum Fetched {
  static let catalog = ModelCatalog(
    environment: ["LIMN_WEIGHTS": Fixtures.repository.appending(path: "weights").path, "HOME": "/nowhere"],
    executable: "/limn")
  static var isThere: Bool { catalog.pictureFilter != nil && (try? catalog.styleTransfer()) != nil }
}

/// The networks of others that limn carries, against onnxruntime; see Tests/Reference/packaged_networks.py.
@Suite(.enabled(if: Fetched.isThere, "weights/fetch.sh has not fetched the networks"))
struct PackagedNetworksTests {
  private let expected: JSONValue

  init() throws {
    let file = Fixtures.repository.appending(path: "Tests/Fixtures/PackagedNetworks/expected.json")
    expected = try JSONValue(parsing: Array(Data(contentsOf: file)))
  }

  private func picture(_ name: String, edge: Int? = nil) throws -> Picture {
    let picture = try Picture(contentsOf: Fixtures.repository.appending(path: "docs/pictures/\(name).png").path)
    return edge.map { picture.resized(width: $0, height: $0) } ?? picture
  }

  // MARK: Upscalers

  @Test(arguments: ["realesr-animevideov3", "realesrgan-x4plus", "realesrgan-x4plus-anime"])
  func upscalersAreThoseOfTorch(_ name: String) throws {
    func read(_ file: String) throws -> DeepPicture {
      let folder = Fixtures.repository.appending(path: "Tests/Fixtures/PackagedNetworks")
      return try PictureFile(contentsOf: folder.appending(path: "\(file).png").path).decodedDeep()
    }
    let found = try Fetched.catalog.upscaler(name)(read("castle"), by: 4, tileEdge: 512)
    let expected = try read(name)
    #expect(found.size == expected.size)
    #expect(zip(found.samples, expected.samples).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
  }

  /// Tiles and the whole, by the network that sees furthest: of a picture wider than a tile and its margin.
  @Test func tilesOfTheLargestUpscalerDoNotShow() throws {
    let upscaler = try Fetched.catalog.upscaler("realesrgan-x4plus")
    let wide = try DeepPicture(picture("castle")).resized(width: 176, height: 24)
    let whole = try upscaler(wide, by: 4, tileEdge: 512)
    let tiled = try upscaler(wide, by: 4, tileEdge: 64)
    let farthest = zip(whole.samples, tiled.samples).map { abs(Int($0) - Int($1)) }.max() ?? .max
    #expect(farthest <= 1)
  }

  // MARK: Styles

  @Test(arguments: [("castle in mosaic", "castle", ["mosaic"]), ("robot in both", "robot", ["mosaic", "night"])])
  func stylesAreThoseOfOnnxruntime(_ name: String, content: String, styles: [String]) throws {
    let transfer = try Fetched.catalog.styleTransfer()
    let painted = try transfer(DeepPicture(picture(content, edge: 384)), in: styles.map { try picture($0) })
    let values = try #require(expected["painted"]?[name]?.array).compactMap(\.double)
    let found = stride(from: 0, to: painted.samples.count, by: 997).map { Double(painted.samples[$0]) / 255 }
    #expect(found.count == values.count)
    let differences = zip(found, values).map { abs($0 - $1) * 255 }
    #expect((differences.max() ?? .infinity) <= 2)
    #expect(differences.reduce(0, +) / Double(differences.count) < 0.6)
  }

  /// Any size and aspect comes out as large as it went in, however thin.
  @Test(arguments: [(1, 1), (3, 90), (90, 3), (5, 7), (101, 67), (64, 64)])
  func everySizeIsPainted(width: Int, height: Int) throws {
    let transfer = try Fetched.catalog.styleTransfer()
    let small = try DeepPicture(picture("castle")).resized(width: width, height: height)
    let painted = try transfer(small, in: [picture("mosaic")])
    #expect(painted.size == small.size)
  }

  @Test func weakStylesStayNearThePicture() throws {
    let transfer = try Fetched.catalog.styleTransfer()
    let castle = try DeepPicture(picture("castle", edge: 160))
    let mosaic = try picture("mosaic")
    func distance(_ strength: Double) throws -> Double {
      let painted = try transfer(castle, in: [mosaic], strength: strength)
      return zip(painted.samples, castle.samples).reduce(0) { $0 + abs(Double($1.0) - Double($1.1)) }
    }
    #expect(try distance(0) < distance(1))
  }

  @Test func coloursAreKept() throws {
    let transfer = try Fetched.catalog.styleTransfer()
    let castle = try DeepPicture(picture("castle", edge: 96))
    let kept = try transfer(castle, in: [picture("night")], keepsColours: true)
    func chroma(_ picture: DeepPicture) -> [Int] {
      stride(from: 0, to: picture.samples.count, by: 3).map { Int(picture.samples[$0]) - Int(picture.samples[$0 + 2]) }
    }
    // Where nothing was cut off at black or white, the differences between colours are those of the picture.
    let pairs = zip(chroma(kept), chroma(castle)).enumerated().filter { index, _ in
      kept.samples[3 * index..<3 * index + 3].allSatisfy { (1...254).contains($0) }
    }
    #expect(pairs.count > 96 * 20)
    #expect(pairs.allSatisfy { abs($0.element.0 - $0.element.1) <= 1 })
  }

  @Test func alphaStays() throws {
    let castle = try DeepPicture(picture("castle", edge: 64))
    let samples = stride(from: 0, to: castle.samples.count, by: 3).flatMap {
      castle.samples[$0..<$0 + 3] + [UInt16($0 % 251)]
    }
    let clear = DeepPicture(width: 64, height: 64, channels: 4, bitDepth: 8, samples: samples)
    let painted = try Fetched.catalog.styleTransfer()(clear, in: [picture("mosaic")])
    #expect(stride(from: 3, to: samples.count, by: 4).allSatisfy { painted.samples[$0] == samples[$0] })
  }

  // MARK: The filter

  @Test func theFilterSeesWhatOnnxruntimeSees() throws {
    let filter = try #require(Fetched.catalog.pictureFilter)
    let scores = try #require(expected["nudity"]?.object)
    #expect(scores.count > 20)
    for (name, score) in scores {
      let found = try filter(picture(String(name.dropLast(4))))
      // Half a thousandth is rounded away, and the weights are kept in half precision: 0.0012 at most in torch.
      #expect(abs(found - (score.double ?? 2)) < 2e-3, "\(name): \(found)")
    }
  }

  /// Of pictures that somebody names: `LIMN_FILTER_REFERENCE=scores.json`, as packaged_networks.py prints them.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["LIMN_FILTER_REFERENCE"] != nil))
  func theFilterSeesWhatOnnxruntimeSeesInOtherPictures() throws {
    let filter = try #require(Fetched.catalog.pictureFilter)
    let path = ProcessInfo.processInfo.environment["LIMN_FILTER_REFERENCE"] ?? ""
    let scores = try #require(JSONValue(parsing: Array(Data(contentsOf: URL(filePath: path)))).object)
    var farthest = 0.0
    for (path, score) in scores {
      farthest = max(farthest, abs(try filter(Picture(contentsOf: path)) - (score.double ?? 2)))
    }
    print("\(scores.count) pictures, at most \(farthest) apart")
    #expect(farthest < 2e-3)
  }

  @Test(arguments: [nil, 0.2, 0.99, 1] as [Double?]) func thePolicySaysWhenTheFilterObjects(limit: Double?) throws {
    var policy = Policy()
    policy.everybody.pictureLimit = limit
    let folder = Fixtures.repository.appending(path: "weights/guardrail").path
    let approved = try Guardrail(folder: folder, policy: policy).approve(prompt: "a fox")
    let finding = approved.finding(nudity: 0.9)
    #expect((finding == nil) == (limit == 1))
    guard let finding else { return }
    #expect(finding.isUnsafe == (0.9 > limit ?? 0.8))
    guard finding.isUnsafe else { return #expect(try approved.judge(finding) == nil) }
    let refusal = #expect(throws: Refusal.self) { try approved.judge(finding) }
    #expect(
      "\(refusal.map { "\($0)" } ?? "")".contains("the picture filter saw unsafe content in it, with a score of 0.9"))
    #expect(throws: Refusal.self) { try approved.judge(reference: finding) }
  }
}
