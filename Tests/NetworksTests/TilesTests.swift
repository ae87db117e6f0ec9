import Networks
import Tensors
import TestSupport
import Testing

@Suite struct TilesTests {
  private func tinyAutoencoder() throws -> AutoencoderTiny {
    let (fixture, json) = try NetworkFixture.named("tiny-autoencoder")
    return try AutoencoderTiny(
      AutoencoderTinyConfiguration(json, origin: "tiny-autoencoder"), Weights(fixture.checkpoint))
  }

  /// Any edge, fitting the network or not, covers the whole picture with numbers.
  @Test(arguments: [1, 2, 3, 5, 6, 8, 11, 40]) func everyEdgeCoversThePicture(edge: Int) throws {
    let autoencoder = try tinyAutoencoder()
    var random = SeededRandom(seed: 1)
    let picture = random.tensor([1, 44, 28, 3])
    let encoded = try autoencoder.encode(picture, tileEdge: edge) { Tensor(shape: $0) }
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

  /// Large pictures are enlarged in tiles, small ones at once; where tiles meet nothing of that shows.
  @Test func upscalerTilesMeetUnseen() throws {
    let (fixture, json) = try NetworkFixture.named("upscaler-twice")
    let upscaler = try SRVGGNetCompact(
      SRVGGNetCompactConfiguration(json, origin: "upscaler-twice"), Weights(fixture.checkpoint))
    var random = SeededRandom(seed: 3)
    let picture = random.tensor([1, 300, 290, 3])
    let whole = upscaler(picture)
    #expect(whole.shape == [1, 600, 580, 3])
    let (top, left, edge, margin) = (230, 220, 64, 4)
    let part = upscaler(picture.part(top: top, left: left, edge: edge))
    let inner = part.part(top: 2 * margin, left: 2 * margin, edge: 2 * (edge - 2 * margin))
    let same = whole.part(top: 2 * (top + margin), left: 2 * (left + margin), edge: 2 * (edge - 2 * margin))
    expectClose(inner.values, same.values.map(Double.init), relative: 1e-5, "tiles")
  }
}

extension Tensor {
  fileprivate func part(top: Int, left: Int, edge: Int) -> Tensor {
    let all = values
    let rows = (top..<top + edge).flatMap { row in
      let start = (row * shape[2] + left) * shape[3]
      return all[start..<start + edge * shape[3]]
    }
    return Tensor(shape: [1, edge, edge, shape[3]], values: rows)
  }
}
