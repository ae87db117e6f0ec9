import Networks
import Tensors
import TestSupport
import Testing

@Suite struct LatentRGBFactorsTests {
  @Test(arguments: [LatentRGBFactors.stableDiffusion, .stableDiffusionXL])
  func mixesEachPixelsChannels(factors: LatentRGBFactors) {
    #expect(factors.latentChannels == 4)
    var random = SeededRandom(seed: 4)
    let latents = random.tensor([2, 3, 5, 4])
    let values = latents.values
    let expected = (0..<30).flatMap { pixel in
      (0..<3).map { colour in
        (0..<4).reduce(Double(factors.bias[colour])) {
          $0 + Double(values[4 * pixel + $1]) * Double(factors.factors[$1][colour])
        }
      }
    }
    let found = factors(latents)
    #expect(found.shape == [2, 3, 5, 3])
    expectClose(found.values, expected, relative: 1e-6)
  }

  /// Four latents that lie in one are four pixels.
  @Test func patchesAreTakenApart() {
    let factors = LatentRGBFactors([[1, 0, 0], [0, 1, 0]], bias: [0, 0, 1], patchEdge: 2)
    #expect(factors.latentChannels == 8 && LatentRGBFactors.flux2.latentChannels == 128)
    let shown = factors(Tensor(shape: [1, 1, 1, 8], values: [1, 2, 3, 4, 5, 6, 7, 8]))
    #expect(shown.shape == [1, 2, 2, 3])
    #expect(shown.values == [1, 5, 1, 2, 6, 1, 3, 7, 1, 4, 8, 1])
  }
}
