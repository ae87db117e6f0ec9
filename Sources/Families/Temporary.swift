import Networks
import Tensors

package struct LatentRGBFactors: Sendable {
  package let factors: [[Float]]
  package let bias: [Float]
  package static let stableDiffusion = LatentRGBFactors(
    factors: [
      [0.3512, 0.2297, 0.3227], [0.3250, 0.4974, 0.2350], [-0.2829, 0.1762, 0.2721], [-0.2120, -0.2616, -0.7177],
    ],
    bias: [0, 0, 0])
  package static let stableDiffusionXL = stableDiffusion
  package func picture(_ latents: Tensor) -> Tensor { latents.channels(0..<3) }
}

extension UNetConfiguration {
  func activationBytes(latentHeight: Int, latentWidth: Int, batch: Int) -> Int {
    latentHeight * latentWidth * batch * 20_000
  }
}
