import System

/// A published model that has a short name: where it lies, what it may be used for, and what it takes.
package struct KnownModel: Sendable, Hashable {
  /// For `--model` and `limn models pull`.
  package let name: String
  /// On the hub.
  package let repository: String
  /// Of the copies of its weights; nil for the only one.
  package let variant: String?
  /// Of the weights, as the model's card has it.
  package let licence: String
  /// What is fetched, in bytes.
  package let downloadBytes: Int
  /// What painting a picture takes, in bytes.
  package let memoryBytes: Int
  /// Pixels along a side of its pictures.
  package let edge: Int
  /// Evaluations of its denoiser for a picture, guidance counted.
  package let evaluations: Int
  /// What one of them takes.
  private let effort: PaintingEffort

  /// Seconds for a picture.
  ///
  /// - Parameter rate: 10^9 operations a second of plain products on this machine (`Compute.sgemmRate`).
  package func seconds(rate: Double) -> Double {
    effort.seconds(pixels: edge * edge, evaluations: evaluations, rate: rate)
  }

  /// Sizes are about those of the repositories' 16-bit weights.
  package static let all: [KnownModel] = [
    KnownModel(
      name: "sd15", repository: "stable-diffusion-v1-5/stable-diffusion-v1-5", variant: "fp16",
      licence: "CreativeML Open RAIL-M",
      downloadBytes: 2_740_000_000, memoryBytes: 1_960_000_000, edge: 512, evaluations: 50, effort: .stableDiffusion),
    KnownModel(
      name: "sd-turbo", repository: "stabilityai/sd-turbo", variant: "fp16", licence: "Stability AI Community License",
      downloadBytes: 2_600_000_000, memoryBytes: 2_000_000_000, edge: 512, evaluations: 1, effort: .stableDiffusion),
    KnownModel(
      name: "sdxl", repository: "stabilityai/stable-diffusion-xl-base-1.0", variant: "fp16",
      licence: "CreativeML Open RAIL++-M",
      downloadBytes: 6_940_000_000, memoryBytes: 5_800_000_000, edge: 1024, evaluations: 50, effort: .stableDiffusionXL),
    KnownModel(
      name: "sdxl-turbo", repository: "stabilityai/sdxl-turbo", variant: "fp16",
      licence: "Stability AI Community License",
      downloadBytes: 6_940_000_000, memoryBytes: 5_300_000_000, edge: 512, evaluations: 1, effort: .stableDiffusionXL),
    KnownModel(
      name: "ssd-1b", repository: "segmind/SSD-1B", variant: "fp16", licence: "Apache 2.0",
      downloadBytes: 4_450_000_000, memoryBytes: 5_000_000_000, edge: 1024, evaluations: 50,
      effort: .stableDiffusionXL.scaled(by: 0.63)),
    KnownModel(
      name: "klein", repository: "black-forest-labs/FLUX.2-klein-4B", variant: nil, licence: "Apache 2.0",
      downloadBytes: 15_970_000_000, memoryBytes: 8_500_000_000, edge: 1024, evaluations: 4, effort: .flux2Klein),
    KnownModel(
      name: "klein-base", repository: "black-forest-labs/FLUX.2-klein-base-4B", variant: nil, licence: "Apache 2.0",
      downloadBytes: 15_970_000_000, memoryBytes: 8_500_000_000, edge: 1024, evaluations: 100, effort: .flux2Klein),
    KnownModel(
      name: "z-image-turbo", repository: "Tongyi-MAI/Z-Image-Turbo", variant: nil, licence: "Apache 2.0",
      downloadBytes: 20_520_000_000, memoryBytes: 14_000_000_000, edge: 1024, evaluations: 8, effort: .zImage),
    KnownModel(
      name: "z-image", repository: "Tongyi-MAI/Z-Image", variant: nil, licence: "Apache 2.0",
      downloadBytes: 20_520_000_000, memoryBytes: 14_000_000_000, edge: 1024, evaluations: 100, effort: .zImage),
  ]

  package static func named(_ name: String) -> KnownModel? { all.first { $0.name == name } }
  package static func of(repository: String) -> KnownModel? {
    all.first { $0.repository.lowercased() == repository.lowercased() }
  }

  /// What to say where it is wanted and not there.
  var absence: String {
    "The model \"\(name)\" is not here yet. `limn models pull \(name)` fetches it: \(repository), \(ByteCount(downloadBytes)), licence \(licence)."
  }
}
