import Tensors

/// What a picture takes of a family's networks, counted from their shapes: two operations for each multiplication with an addition.
package struct PaintingEffort: Sendable, Hashable {
  /// An evaluation of the denoiser at 512x512 and 1024x1024 pixels, in 10^12 operations.
  private let small: Double
  private let large: Double
  /// The text encoders, likewise.
  private let text: Double
  /// Parameters of the denoiser.
  private let parameters: Double
  /// How much of the machine's plain rate its networks reach in float32: convolutions save multiplications (docs/performance.md).
  private let efficiency: Double
  /// How large networks multiply unless a person says otherwise.
  var precision = Precision.float32
  /// Tokens of the prompt among those that the denoiser works on, as a share of those of a picture of 512x512 pixels.
  var textShare = 0.0

  /// Products of bfloat16 take half the time where the processor has them.
  private static let pairSpeed = 1.85

  package static let stableDiffusion = PaintingEffort(
    small: 0.80, large: 4.67, text: 0.02, parameters: 0.86e9, efficiency: 2.4)
  package static let stableDiffusionXL = PaintingEffort(
    small: 1.59, large: 6.76, text: 0.2, parameters: 2.57e9, efficiency: 2.0)
  package static let flux2Klein = PaintingEffort(
    small: 10.2, large: 34.8, text: 2.9, parameters: 3.88e9, efficiency: 0.9, precision: .bfloat16,
    textShare: 0.5)
  package static let zImage = PaintingEffort(
    small: 12.9, large: 55.6, text: 0.5, parameters: 6.15e9, efficiency: 0.9, precision: .bfloat16, textShare: 0.06)

  /// Of a family of published models; nil for others.
  package static func of(_ family: any Family) -> PaintingEffort? {
    switch family {
    case is StableDiffusion: .stableDiffusion
    case is StableDiffusionXL: .stableDiffusionXL
    case is Flux2Klein: .flux2Klein
    case is ZImage: .zImage
    default: nil
    }
  }

  /// Of a model, however large its denoiser is; nil for families of which nothing is known.
  package static func of(_ model: Model) throws -> PaintingEffort? {
    guard let effort = of(model.family) else { return nil }
    let denoiser = try model.networks().first { ["unet", "transformer"].contains($0.part) }
    return denoiser.map { effort.scaled(toParameters: $0.parameters) }
  }

  /// The same with a denoiser of another size.
  package func scaled(by share: Double) -> PaintingEffort {
    PaintingEffort(
      small: small * share, large: large * share, text: text, parameters: parameters * share, efficiency: efficiency,
      precision: precision, textShare: textShare)
  }

  /// The same with a denoiser of so many parameters.
  package func scaled(toParameters count: Int) -> PaintingEffort { scaled(by: Double(count) / parameters) }

  /// - Parameters:
  ///   - pixels: Of the picture.
  ///   - seenPixels: Of the pictures that the denoiser looks at meanwhile.
  ///   - evaluations: Of the denoiser, guidance counted.
  ///   - precision: How large networks multiply; nil for the usual way.
  ///   - rate: 10^9 operations a second of plain products on this machine.
  package func seconds(
    pixels: Int, seenPixels: Int = 0, evaluations: Int, precision: Precision? = nil, rate: Double
  ) -> Double {
    let area = Double(pixels + seenPixels) / Double(512 * 512)
    // Attention grows as the square of the tokens, all else as the tokens.
    let tokens = area + textShare
    let squared = (large / (4 + textShare) - small / (1 + textShare)) / 3
    let denoising = (small / (1 + textShare) - squared * (1 + textShare)) * tokens + squared * tokens * tokens
    let decoding = 2.6 * Double(pixels) / Double(512 * 512)
    let isPaired = (precision ?? self.precision) != .float32 && Compute.kernels.hasPairProducts
    let speed = rate * efficiency * (isPaired ? PaintingEffort.pairSpeed : 1)
    return (Double(evaluations) * denoising + text + decoding) * 1000 / speed
  }
}
