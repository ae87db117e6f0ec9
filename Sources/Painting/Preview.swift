import Families
import Images
import Networks
import Tensors

/// A quick look at unfinished latents.
struct Preview {
  private let format: LatentFormat
  private let autoencoder: any Autoencoder
  private let isShown: Bool
  private let shown: (Picture) -> Picture

  /// Smaller pictures are decoded: that takes no longer than a step.
  private static let decodedPixels = 256 * 256

  /// - Parameters:
  ///   - isShown: False where nobody may see an unfinished picture.
  ///   - shown: What is shown of one.
  init(
    _ model: Model, _ autoencoder: any Autoencoder, isShown: Bool, shown: @escaping (Picture) -> Picture = { $0 }
  ) {
    self.shown = shown
    format = model.family.latents
    self.autoencoder = autoencoder
    self.isShown = isShown
  }

  /// Nil where only a costly decoding would show them.
  func callAsFunction(_ latents: Tensor) -> Picture? {
    guard isShown, latents.isFinite else { return nil }
    let pixels = latents.shape[1] * latents.shape[2] * format.pixelsPerLatent * format.pixelsPerLatent
    if pixels <= Preview.decodedPixels {
      let decoded = autoencoder.decode(latents, tileEdge: nil)
      return decoded.isFinite ? shown(Picture(decoded: decoded)) : nil
    }
    return format.preview.map { shown(Picture(latents, shownBy: $0)) }
  }
}

extension Picture {
  /// What latents `[1, height, width, channels]` show by a linear mix of their channels, a pixel a latent.
  init(_ latents: Tensor, shownBy factors: LatentRGBFactors) {
    self.init(decoded: factors(latents))
  }
}
