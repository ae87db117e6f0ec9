import Families
import Images
import Networks
import Tensors
import Testing

@testable import Painting

/// How unfinished latents are shown without decoding them.
@Suite struct PreviewTests {
  @Test func theFactorsOfTheBundledModelShowWhatItsDecoderShows() throws {
    let folder = Fixtures.repository.appending(path: "weights/default").path
    let model = try Model(folder: folder, name: "default")
    let factors = try #require(model.family.latents.preview)
    var (shown, decoded) = (Series(), Series())
    for prompt in ["a red apple on a blue background", "a green frog", "a yellow banana on a black background"] {
      var settings = PictureSettings(prompt: prompt)
      (settings.seed, settings.width, settings.height) = (3, 128, 128)
      let picture = try Painter(model).paint(Fixtures.order(settings, model)).picture
      let latents = try model.family.autoencoder(.float32).encode(picture.tensor, tileEdge: nil) { Tensor(shape: $0) }
      let small = picture.resized(width: latents.shape[2], height: latents.shape[1], filter: .box)
      shown.append(Picture(latents, shownBy: factors))
      decoded.append(small)
    }
    for channel in 0..<3 {
      #expect(shown.correlation(with: decoded, channel: channel) > 0.9, "channel \(channel)")
      // Another channel's colours are not these.
      #expect(shown.correlation(with: decoded, channel: channel, to: (channel + 1) % 3) < 0.9, "channel \(channel)")
    }
  }

  @Test(arguments: [
    ("sd1", LatentRGBFactors.stableDiffusion), ("sd2", .stableDiffusion),
    ("xl", .stableDiffusionXL),
  ]) func familiesHaveTheirOwn(model: String, factors: LatentRGBFactors) throws {
    let painting = try #require(PaintingCase.all.first { $0.model == model })
    #expect(try painting.opened().family.latents.preview == factors)
  }
}

/// The values of pictures, one after the other.
private struct Series {
  private var pixels: [UInt8] = []

  mutating func append(_ picture: Picture) { pixels += picture.pixels }

  /// Pearson's.
  func correlation(with other: Series, channel: Int, to otherChannel: Int? = nil) -> Double {
    let mine = values(channel)
    let theirs = other.values(otherChannel ?? channel)
    let means = (mine.mean, theirs.mean)
    let products = zip(mine, theirs).map { ($0 - means.0) * ($1 - means.1) }
    let squares = (mine.map { ($0 - means.0) * ($0 - means.0) }, theirs.map { ($0 - means.1) * ($0 - means.1) })
    return products.reduce(0, +) / (squares.0.reduce(0, +) * squares.1.reduce(0, +)).squareRoot()
  }

  private func values(_ channel: Int) -> [Double] {
    stride(from: channel, to: pixels.count, by: 3).map { Double(pixels[$0]) }
  }
}

extension [Double] {
  fileprivate var mean: Double { reduce(0, +) / Double(count) }
}
