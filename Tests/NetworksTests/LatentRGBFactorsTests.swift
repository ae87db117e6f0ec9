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
}
