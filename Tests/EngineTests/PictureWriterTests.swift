import Foundation
import Guardrail
import Images
import Synchronization
import System
import Testing

@testable import Engine
@testable import Painting

@Suite struct PictureWriterTests {
  private let studio: Studio
  private let engine: Engine

  init() throws {
    studio = try Studio()
    engine = studio.engine()
  }

  private func painting(_ order: Order, safety: Painting.Safety = .unchecked) -> Painting {
    let size = order.size.written
    return Painting(
      picture: Picture(width: size.width, height: size.height, red: 9, green: 99, blue: 199), sampler: .pndm,
      timings: StageTimings(), warnings: [], safety: safety)
  }

  private func written(
    _ texts: [String: String], model: String = "Pictures/sd1", _ metadata: MetadataPolicy = .full,
    safety: (Order) -> Painting.Safety = { _ in .unchecked }
  ) throws -> (picture: PaintedPicture, report: PictureReport) {
    let (order, loaded) = try engine.order(texts, model: model)
    let picture = try PictureWriter(loaded, metadata: metadata).write(
      painting(order, safety: safety(order)), order, to: .stream { _ in })
    return (picture, try PictureReport(bytes: picture.bytes, name: "fox.png"))
  }

  @Test func everythingStandsInTheFile() throws {
    let (picture, report) = try written(["style": "photo", "negative": "fog", "guidance": "2.5"])
    let parameters = try #require(report.parameters)
    #expect(parameters == picture.parameters)
    #expect(parameters.prompt.contains("photograph of a fox") && parameters.negativePrompt.hasPrefix("fog, drawing"))
    #expect(parameters.steps == 2 && parameters.guidance == 2.5 && parameters.seed == 1 && parameters.sampler == "pndm")
    #expect(parameters.width == picture.painting.picture.width && parameters.model == "sd1")
    #expect(parameters.modelHash?.count == 10 && parameters.randomSource == "torch")
    #expect(parameters[other: "Style"] == "photo" && parameters.version == Version.tool)
    #expect(parameters[other: "Painted size"] == nil && parameters[other: "Safety checker"] == nil)
    #expect(report.source == .painted && report.tool == Version.tool)
    #expect(picture.painting.timings.write > 0 && picture.path == nil)
  }

  @Test func aReferenceMakesItARepaintedOne() throws {
    let report = try written(["reference": Studio.fixture("Pictures/sd1-reference.reference.png")]).report
    #expect(report.source == .repainted && report.parameters?.strength == PictureSettings.standardStrength)
  }

  @Test func littleOrNothingIsWrittenWhereThatIsWanted() throws {
    let minimal = try written([:], .minimal)
    #expect(minimal.report.parameters == nil && minimal.report.source == .painted)
    #expect(minimal.report.tool == Version.tool && minimal.picture.parameters.modelHash == nil)
    let none = try written([:], .none)
    #expect(none.report.texts.isEmpty && none.report.source == nil)
  }

  @Test func enlargedAndBlurredPicturesSaySo() throws {
    let enlarged = try written(["width": "128", "height": "72"], model: "Pictures/transformer").report
    #expect(enlarged.parameters?[other: "Painted size"] == "96x64" && enlarged.parameters?.width == 128)
    let blurred = try written([:], safety: { .blurred(PictureFinding(score: 0.1), $0.prompt.verdict) }).report
    #expect(blurred.parameters?[other: "Safety checker"] == "blurred")
  }

  @Test func thePictureGoesWhereItBelongs() throws {
    let (order, model) = try engine.order([:])
    let writer = PictureWriter(model, metadata: .full)
    let place = studio.place("fox.png")
    let paths = try (0..<2).map { _ in try writer.write(painting(order), order, to: .file(place, ifTaken: .rename)).path
    }
    #expect(paths == [place, studio.place("fox-2.png")])
    let streamed = Mutex<[UInt8]>([])
    let picture = try writer.write(painting(order), order, to: .stream { bytes in streamed.withLock { $0 = bytes } })
    #expect(streamed.withLock { $0 } == picture.bytes)
    #expect(try Data(contentsOf: URL(filePath: place)) == Data(picture.bytes))
    #expect(try Picture(contentsOf: place) == picture.painting.picture)
  }

  @Test func placesAreCheckedBeforehand() throws {
    let (order, model) = try engine.order([:])
    let writer = PictureWriter(model, metadata: .full)
    try writer.check(.stream { _ in }, order)
    try writer.check(.file(studio.place("fox.png"), ifTaken: .rename), order)
    #expect(throws: AtomicFileError.self) { try writer.check(.file("/nowhere/fox.png", ifTaken: .rename), order) }
    #expect(throws: AtomicFileError.isFolder(path: studio.folder.path)) {
      try writer.check(.file(studio.folder.path, ifTaken: .replace), order)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: studio.folder.path).allSatisfy { !$0.contains("fox") })
  }

  @Test func aJPEGHasNoRoomForEndlessPrompts() throws {
    let (order, model) = try engine.order(["prompt": String(repeating: "a red apple, ", count: 3_000)])
    let jpeg = PictureEncoding(.jpeg)
    let place = PicturePlace.stream { _ in }
    #expect(throws: UserError.self) { try PictureWriter(model, metadata: .full, encoding: jpeg).check(place, order) }
    try PictureWriter(model, metadata: .minimal, encoding: jpeg).check(place, order)
    try PictureWriter(model, metadata: .full, encoding: PictureEncoding(.webp)).check(place, order)
  }
}
