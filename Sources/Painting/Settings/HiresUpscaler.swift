import Families
import Tensors

/// How the first of two passes is made larger for the second.
package enum HiresUpscaler: Sendable, Equatable, Hashable {
  /// Its latents are, in between.
  case latent(LatentFilter)
  /// The picture is, by Lanczos' filter.
  case lanczos
  /// The picture is, by a network: a name or a file.
  case network(String)

  /// limn's name, and A1111's, which is the one in metadata.
  private static let names: [(HiresUpscaler, limn: String, a1111: String)] = [
    (.latent(.bilinear), "latent", "Latent"), (.latent(.bicubic), "latent-bicubic", "Latent (bicubic)"),
    (.latent(.nearest), "latent-nearest", "Latent (nearest)"), (.lanczos, "lanczos", "Lanczos"),
    (.network("realesrgan-x4plus"), "realesrgan-x4plus", "R-ESRGAN 4x+"),
    (.network("realesrgan-x4plus-anime"), "realesrgan-x4plus-anime", "R-ESRGAN 4x+ Anime6B"),
    (.network("realesr-animevideov3"), "realesr-animevideov3", "R-ESRGAN AnimeVideo"),
  ]

  /// A1111's names of those that work on latents.
  package static let latentNames = names.filter { if case .latent = $0.0 { true } else { false } }.map(\.a1111)

  /// The network, where one is named.
  package var network: String? { if case .network(let name) = self { name } else { nil } }

  /// As A1111 writes it into pictures, without folders.
  var metadataText: String {
    Self.names.first { $0.0 == self }?.a1111 ?? network?.weightsStem ?? settingText
  }
}

extension HiresUpscaler: SettingValue {
  package init?(setting text: String) {
    guard !text.isEmpty else { return nil }
    let known = Self.names.first { $0.limn == text || $0.a1111 == text }?.0
    // What A1111 calls so still fills the larger picture, by Lanczos' filter.
    self = known ?? (text == "None" ? .lanczos : .network(text))
  }

  package var settingText: String { Self.names.first { $0.0 == self }?.limn ?? network ?? "" }
  package static var expectation: String { "latent, latent-bicubic, latent-nearest, lanczos or an upscaler" }
}
