import Families
import Foundation
import Images
import System
import Testing

@testable import Engine
@testable import Painting

@Suite struct PaintingForecastTests {
  private let studio: Studio
  private let engine: Engine

  init() throws {
    studio = try Studio()
    engine = studio.engine()
  }

  private func request(_ texts: [String: String] = [:]) throws -> PictureRequest {
    let (order, model) = try engine.order(texts)
    _ = model.hash.digits
    return PictureRequest(order, model) { _ in .stream { _ in } }
  }

  /// What a picture took whose steps took four seconds each and all else two.
  private func painted(_ request: PictureRequest) throws -> PaintedPicture {
    var timings = StageTimings()
    (timings.load, timings.sample, timings.decode) = (7, 4 * Double(request.order.steps), 2)
    let size = request.order.size.written
    let painting = Painting(
      picture: Picture(width: size.width, height: size.height, red: 9, green: 99, blue: 199), sampler: .pndm,
      timings: timings, warnings: [], safety: .unchecked)
    return try PictureWriter(request.model, metadata: .full).write(painting, request.order, to: .stream { _ in })
  }

  @Test func whatWasMeasuredIsWhatIsExpected() throws {
    let speeds = PaintingSpeeds(cacheFolder: studio.place("cache"))
    let digits = try request().model.hash.digits ?? ""
    speeds.add(try painted(request()), modelHash: digits)
    speeds.save()
    let known = PaintingSpeeds(cacheFolder: studio.place("cache"))
    #expect(engine.forecast(try request(["steps": "10"]), known).seconds == 42)
    var three = try request(["steps": "10"])
    three.count = 3
    let forecast = engine.forecast(three, known)
    #expect(forecast.seconds == 126 && forecast.isLong)
    #expect(forecast.bytes == engine.predictedBytes(three.order, paintsSeveral: true))
    // Another precision is another speed: the guess is of the same size, from nothing but the work.
    let (order, _) = try engine.order(["precision": "bfloat16"])
    #expect(
      known.price(order, modelHash: digits).seconds == known.price(try request().order, modelHash: digits).seconds)
  }

  @Test func withoutAPictureItIsAGuessFromTheWork() throws {
    let speeds = PaintingSpeeds(cacheFolder: studio.place("nothing"))
    #expect(try #require(engine.forecast(try request(), speeds).seconds) > 0)
  }

  /// 46.3 of 10^12 operations, as many as four steps at 512 pixels are, at 0.9 of a plain rate of 480.
  @Test func workOfKlein() {
    func seconds(_ evaluations: Int, seen: Int = 0) -> Double {
      PaintingEffort.flux2Klein.seconds(
        pixels: 512 * 512, seenPixels: seen, evaluations: evaluations, precision: .float32, rate: 480)
    }
    #expect(abs(seconds(4) - 46_300 / 432) < 0.01)
    #expect(seconds(8) > 1.8 * seconds(4) && (1.6..<1.75).contains(seconds(4, seen: 512 * 512) / seconds(4)))
  }

  @Test func sentences() {
    #expect(
      PaintingForecast(seconds: 130, bytes: 4_300_000_000).sentence
        == "expecting to take about 2 min 10 s and \(ByteCount(4_300_000_000)) of memory")
    #expect(PaintingForecast(seconds: 9, bytes: nil).sentence == "expecting to take about 9.0 s")
    #expect(PaintingForecast(seconds: nil, bytes: nil).sentence == nil)
    #expect(!PaintingForecast(seconds: 9, bytes: 1).isLong && !PaintingForecast(seconds: nil, bytes: 1).isLong)
  }
}
