import Tensors

/// A linear guess at the colours that latents stand for, for previews without a decoder: one pixel for each latent.
package struct LatentRGBFactors: Sendable, Equatable {
  /// What each latent channel adds to red, green and blue, a row a channel: `[latentChannels][3]`.
  package let factors: [[Float]]
  /// What is added to all: `[3]`.
  package let bias: [Float]

  /// - Parameters:
  ///   - factors: `[latentChannels][3]`.
  ///   - bias: `[3]`.
  package init(_ factors: [[Float]], bias: [Float] = [0, 0, 0]) {
    precondition(factors.allSatisfy { $0.count == 3 } && bias.count == 3, "LatentRGBFactors: rows are not of three")
    self.factors = factors
    self.bias = bias
  }

  /// Channels of the latents that the factors are for.
  package var latentChannels: Int { factors.count }

  /// - Parameter latents: In the denoiser's units, `[batch, height, width, latentChannels]`.
  /// - Returns: `[batch, height, width, 3]`, values around -1 to 1, as a decoder gives them.
  package func callAsFunction(_ latents: Tensor) -> Tensor {
    let columns = (0..<3).flatMap { colour in factors.map { $0[colour] } }
    let weight = Tensor(shape: [3, latentChannels], values: columns)
    return LinearOperator(weight: weight, bias: Tensor(bias))(latents)
  }
}

/// Source: ComfyUI's `comfy/latent_formats.py`, classes `SD15` and `SDXL`.
extension LatentRGBFactors {
  /// Stable Diffusion 1.x and 2.x, which share their latents.
  package static let stableDiffusion = LatentRGBFactors([
    [0.3512, 0.2297, 0.3227],
    [0.3250, 0.4974, 0.2350],
    [-0.2829, 0.1762, 0.2721],
    [-0.2120, -0.2616, -0.7177],
  ])

  package static let stableDiffusionXL = LatentRGBFactors(
    [
      [0.3651, 0.4232, 0.4341],
      [-0.2533, -0.0042, 0.1068],
      [0.1076, 0.1111, -0.0362],
      [-0.3165, -0.2492, -0.2188],
    ], bias: [0.1084, -0.0175, -0.0011])
}
