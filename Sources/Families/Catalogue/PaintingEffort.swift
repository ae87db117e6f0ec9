/// What a picture takes of a family's networks, counted from their shapes: two operations for each multiplication with an addition.
package struct PaintingEffort: Sendable, Hashable {
  /// An evaluation of the denoiser at 512x512 and 1024x1024 pixels, in 10^12 operations.
  private let small: Double
  private let large: Double
  /// The text encoders, likewise.
  private let text: Double
  /// Parameters of the denoiser.
  private let parameters: Double
  /// How much of the machine's plain rate its networks reach: convolutions save multiplications (docs/performance.md).
  private let efficiency: Double

  package static let stableDiffusion = PaintingEffort(
    small: 0.80, large: 4.67, text: 0.02, parameters: 0.86e9, efficiency: 2.4)
  package static let stableDiffusionXL = PaintingEffort(
    small: 1.59, large: 6.76, text: 0.2, parameters: 2.57e9, efficiency: 2.0)
  package static let flux2Klein = PaintingEffort(
    small: 10.2, large: 34.8, text: 2.9, parameters: 3.88e9, efficiency: 1.6)
  package static let zImage = PaintingEffort(small: 12.9, large: 55.6, text: 0.5, parameters: 6.15e9, efficiency: 1.6)

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

  /// The same with a denoiser of another size.
  package func scaled(by share: Double) -> PaintingEffort {
    PaintingEffort(
      small: small * share, large: large * share, text: text, parameters: parameters * share, efficiency: efficiency)
  }

  /// The same with a denoiser of so many parameters.
  package func scaled(toParameters count: Int) -> PaintingEffort { scaled(by: Double(count) / parameters) }

  /// - Parameters:
  ///   - evaluations: Of the denoiser, guidance counted.
  ///   - rate: 10^9 operations a second of plain products on this machine.
  package func seconds(pixels: Int, evaluations: Int, rate: Double) -> Double {
    let area = Double(pixels) / Double(512 * 512)
    // Attention grows as the square of the area, all else as the area.
    let squared = (large - 4 * small) / 12
    let denoising = (small - squared) * area + squared * area * area
    let decoding = 2.6 * area
    return (Double(evaluations) * denoising + text + decoding) * 1000 / (rate * efficiency)
  }
}
