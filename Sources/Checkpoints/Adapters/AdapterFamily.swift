import Tensors

/// Which models a LoRA was made for, as people call them: told from names, shapes and what trainers write into the metadata.
enum AdapterFamily {
  static let stableDiffusionXL = CheckpointFamily.stableDiffusionXL.rawValue

  /// The family whose UNet reads texts of that width.
  static func named(width: Int) -> String? {
    switch width {
    case 768: CheckpointFamily.stableDiffusion1.rawValue
    case 1024: CheckpointFamily.stableDiffusion2.rawValue
    case 1280: "Stable Diffusion XL's refiner"
    case 2048: stableDiffusionXL
    default: nil
    }
  }

  /// The family whose transformer is of that class.
  static func named(transformer className: String) -> String? {
    switch className {
    case "Flux2Transformer2DModel": "FLUX.2"
    case "ZImageTransformer2DModel": zImage
    default: nil
    }
  }

  private static let zImage = "Z-Image"

  /// Nil where nothing tells it.
  static func of(_ adapter: Adapter) -> String? {
    let names = adapter.file.names
    if let found = byName.first(where: { row in names.contains { $0.contains(row.sign) } }) { return found.family }
    let attention = adapter.changes.first { $0.written.hasSuffix("attn2.to_k") || $0.written.hasSuffix("attn2_to_k") }
    if let down = attention?.factors[.down], let width = adapter.file.shape(down)?.dropFirst().reduce(1, *) {
      return named(width: width) ?? byMetadata(adapter.file)
    }
    return byMetadata(adapter.file)
  }

  /// kohya's `ss_base_model_version` (`sdxl_base_v1-0`) and `modelspec.architecture` (`stable-diffusion-v1/lora`).
  private static func byMetadata(_ file: any CheckpointFile) -> String? {
    let said = ["ss_base_model_version", "modelspec.architecture"].compactMap { file.metadata[$0]?.lowercased() }
    return byVersion.first { row in said.contains { $0.contains(row.sign) } }?.family
  }

  private static let byName: [(sign: String, family: String)] = [
    ("double_blocks", "FLUX"), ("single_blocks", "FLUX"), ("single_transformer_blocks", "FLUX"),
    ("layers.0.attention.", zImage), ("layers_0_attention_", zImage), ("joint_blocks", "Stable Diffusion 3"),
    ("lora_te3_", "Stable Diffusion 3"),
    ("lora_te2_", stableDiffusionXL), ("text_encoder_2.", stableDiffusionXL),
    ("lora_transformer_", "a model with a transformer"),
    ("transformer.transformer_blocks.", "a model with a transformer"),
  ]

  private static let byVersion: [(sign: String, family: String)] = [
    ("sdxl", stableDiffusionXL), ("stable-diffusion-xl", stableDiffusionXL),
    ("sd_v1", CheckpointFamily.stableDiffusion1.rawValue),
    ("stable-diffusion-v1", CheckpointFamily.stableDiffusion1.rawValue),
    ("sd_v2", CheckpointFamily.stableDiffusion2.rawValue),
    ("stable-diffusion-v2", CheckpointFamily.stableDiffusion2.rawValue),
    ("sd3", "Stable Diffusion 3"), ("stable-diffusion-3", "Stable Diffusion 3"), ("flux2", "FLUX.2"),
    ("flux.2", "FLUX.2"),
    ("flux-2", "FLUX.2"), ("flux", "FLUX"), ("z-image", zImage), ("zimage", zImage),
  ]
}
