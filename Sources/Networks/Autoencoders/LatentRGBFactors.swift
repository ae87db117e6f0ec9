import Tensors

/// A linear guess at the colours that latents stand for, for previews without a decoder: one pixel for each latent.
package struct LatentRGBFactors: Sendable, Equatable {
  /// What each latent channel adds to red, green and blue, a row a channel: `[latentChannels][3]`.
  package let factors: [[Float]]
  /// What is added to all: `[3]`.
  package let bias: [Float]
  /// Edge of the squares of pixels that lie together in one latent's channels, as after pixel unshuffle.
  package let patchEdge: Int

  /// - Parameters:
  ///   - factors: `[latentChannels][3]`.
  ///   - bias: `[3]`.
  ///   - patchEdge: 2 where four latents lie in one.
  package init(_ factors: [[Float]], bias: [Float] = [0, 0, 0], patchEdge: Int = 1) {
    precondition(factors.allSatisfy { $0.count == 3 } && bias.count == 3, "LatentRGBFactors: rows are not of three")
    self.factors = factors
    self.bias = bias
    self.patchEdge = patchEdge
  }

  /// Channels of the latents that the factors are for.
  package var latentChannels: Int { factors.count * patchEdge * patchEdge }

  /// - Parameter latents: In the denoiser's units, `[batch, height, width, latentChannels]`.
  /// - Returns: `[batch, height * patchEdge, width * patchEdge, 3]`, values around -1 to 1, as a decoder gives them.
  package func callAsFunction(_ latents: Tensor) -> Tensor {
    let columns = (0..<3).flatMap { colour in factors.map { $0[colour] } }
    let weight = Tensor(shape: [3, factors.count], values: columns)
    return LinearOperator(weight: weight, bias: Tensor(bias))(latents.pixelShuffled(by: patchEdge))
  }
}

/// Source: ComfyUI's `comfy/latent_formats.py`, classes `SD15`, `SDXL`, `Flux` and `Flux2`.
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

  /// FLUX.1, whose latents Z-Image shares.
  package static let flux = LatentRGBFactors(
    [
      [-0.0346, 0.0244, 0.0681],
      [0.0034, 0.0210, 0.0687],
      [0.0275, -0.0668, -0.0433],
      [-0.0174, 0.0160, 0.0617],
      [0.0859, 0.0721, 0.0329],
      [0.0004, 0.0383, 0.0115],
      [0.0405, 0.0861, 0.0915],
      [-0.0236, -0.0185, -0.0259],
      [-0.0245, 0.0250, 0.1180],
      [0.1008, 0.0755, -0.0421],
      [-0.0515, 0.0201, 0.0011],
      [0.0428, -0.0012, -0.0036],
      [0.0817, 0.0765, 0.0749],
      [-0.1264, -0.0522, -0.1103],
      [-0.0280, -0.0881, -0.0499],
      [-0.1262, -0.0982, -0.0778],
    ], bias: [-0.0329, -0.0718, -0.0851])

  package static let flux2 = LatentRGBFactors(
    [
      [0.0058, 0.0113, 0.0073],
      [0.0495, 0.0443, 0.0836],
      [-0.0099, 0.0096, 0.0644],
      [0.2144, 0.3009, 0.3652],
      [0.0166, -0.0039, -0.0054],
      [0.0157, 0.0103, -0.0160],
      [-0.0398, 0.0902, -0.0235],
      [-0.0052, 0.0095, 0.0109],
      [-0.3527, -0.2712, -0.1666],
      [-0.0301, -0.0356, -0.0180],
      [-0.0107, 0.0078, 0.0013],
      [0.0746, 0.0090, -0.0941],
      [0.0156, 0.0169, 0.0070],
      [-0.0034, -0.0040, -0.0114],
      [0.0032, 0.0181, 0.0080],
      [-0.0939, -0.0008, 0.0186],
      [0.0018, 0.0043, 0.0104],
      [0.0284, 0.0056, -0.0127],
      [-0.0024, -0.0022, -0.0030],
      [0.1207, -0.0026, 0.0065],
      [0.0128, 0.0101, 0.0142],
      [0.0137, -0.0072, -0.0007],
      [0.0095, 0.0092, -0.0059],
      [0.0000, -0.0077, -0.0049],
      [-0.0465, -0.0204, -0.0312],
      [0.0095, 0.0012, -0.0066],
      [0.0290, -0.0034, 0.0025],
      [0.0220, 0.0169, -0.0048],
      [-0.0332, -0.0457, -0.0468],
      [-0.0085, 0.0389, 0.0609],
      [-0.0076, 0.0003, -0.0043],
      [-0.0111, -0.0460, -0.0614],
    ], bias: [-0.0329, -0.0718, -0.0851], patchEdge: 2)
}
