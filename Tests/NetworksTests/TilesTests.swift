import Networks
import Tensors
import TestSupport
import Testing

@Suite struct TilesTests {
  private func tinyAutoencoder() throws -> AutoencoderTiny {
    let (fixture, json) = try NetworkFixture.named("tiny-autoencoder")
    return try AutoencoderTiny(
      AutoencoderTinyConfiguration(json: json, origin: "tiny-autoencoder"), Weights(fixture.checkpoint))
  }

  /// Any edge, fitting the network or not, covers the whole picture with numbers.
  @Test(arguments: [1, 2, 3, 5, 6, 8, 11, 40]) func everyEdgeCoversThePicture(edge: Int) throws {
    let autoencoder = try tinyAutoencoder()
    var random = SeededRandom(seed: 1)
    let picture = random.tensor([1, 44, 28, 3])
    let encoded = autoencoder.encode(picture, tileEdge: edge) { Tensor(shape: $0) }
    #expect(encoded.shape == [1, 11, 7, 4] && encoded.isFinite)
    let decoded = autoencoder.decode(encoded, tileEdge: edge)
    #expect(decoded.shape == picture.shape && decoded.isFinite)
  }

  /// A tile's upper left quarter is farther from its other edges than convolutions see, and is blended with nothing.
  @Test func firstTileIsTheWholesCorner() throws {
    let autoencoder = try tinyAutoencoder()
    var random = SeededRandom(seed: 2)
    let latents = random.tensor([1, 40, 40, 4])
    let whole = autoencoder.decode(latents, tileEdge: nil)
    let tiled = autoencoder.decode(latents, tileEdge: 32)
    let pixels = 48
    let (expected, found) = (whole.values, tiled.values)
    for row in 0..<pixels {
      let range = row * 160 * 3..<row * 160 * 3 + pixels * 3
      expectClose(Array(found[range]), expected[range].map(Double.init), absolute: 1e-5)
    }
  }
}
