import System
import Tensors

/// A whole model in one file of the original layout, presented as the components of a diffusers folder.
///
/// What a folder says in its JSON files is told here from names and shapes, as diffusers' `from_single_file` does, with
/// the settings of the published models where shapes say nothing.
package struct SingleFileCheckpoint: Sendable {
  package let file: any CheckpointFile
  package let family: CheckpointFamily
  /// The networks under diffusers' names; nil for those that the file does not hold.
  package let unet: RenamedSource
  package let autoencoder: RenamedSource?
  package let textEncoder: RenamedSource?
  /// Stable Diffusion XL's larger encoder, whose projection of whole texts is its `text_projection`.
  package let textEncoder2: RenamedSource?
  /// Names that belong to no part and are not known to be harmless, in the file's own spelling, sorted.
  package let unrecognised: [String]

  /// Opens the file and finds its parts; no values are read.
  ///
  /// - Throws: `CheckpointError` where the file is damaged, of another family or layout, or holds no UNet.
  package init(path: String, origin: String? = nil) throws(CheckpointError) {
    let file = try CheckpointFiles.open(path, origin: origin ?? path)
    let family = try CheckpointFamily(of: file)
    unet = try SingleFileCheckpoint.unet(in: file)
    let isAlone = UNetKeys.Place(file.names)?.isAlone == true
    let (vaePrefix, autoencoder) = isAlone ? ("", nil) : try SingleFileCheckpoint.autoencoder(in: file)
    self.autoencoder = autoencoder
    let blocks = TextEncoderKeys.openCLIPBlocks(file.names, prefix: TextEncoderKeys.openCLIPPrefix)
    if isAlone {
      (textEncoder, textEncoder2) = (nil, nil)
    } else if family == .stableDiffusionXL {
      textEncoder = try SingleFileCheckpoint.clip(in: file, prefix: TextEncoderKeys.firstPrefix)
      textEncoder2 = try SingleFileCheckpoint.projectingOpenCLIP(in: file)
    } else {
      textEncoder =
        blocks > 1
        ? try RenamedSource(
          file, prefix: TextEncoderKeys.openCLIPPrefix, map: TextEncoderKeys.openCLIP(layers: blocks - 1))
        : try SingleFileCheckpoint.clip(in: file, prefix: TextEncoderKeys.clipPrefix)
      textEncoder2 = nil
    }

    let text = family == .stableDiffusionXL ? "conditioner." : "cond_stage_model."
    let parts = isAlone ? [""] : [UNetKeys.prefix, vaePrefix, text]
    let unused = TextEncoderKeys.openCLIPPrefix + "transformer.resblocks.\(blocks - 1)."
    let sources = [unet] + [autoencoder, textEncoder, textEncoder2].compactMap(\.self)
    let strangers =
      sources.flatMap(\.unrecognised) + file.names.filter { name in !parts.contains { name.hasPrefix($0) } }
    unrecognised = strangers.filter { !HarmlessNames.contains($0) && !$0.hasPrefix(unused) }.sorted()
    self.file = file
    self.family = family
  }

  /// Whether the UNet takes a mask and a masked picture beside the latent one.
  package var isInpainting: Bool { unet.extent(1, "conv_in.weight") == 9 }
}

// MARK: Parts

extension SingleFileCheckpoint {
  private static func unet(in file: any CheckpointFile) throws(CheckpointError) -> RenamedSource {
    guard let place = UNetKeys.Place(file.names) else { throw CheckpointError(file.origin, "holds no UNet") }
    if place.isRenamed { return try RenamedSource(file, map: FolderKeys.plainUNet) }
    guard let layout = UNetKeys.Layout(file.names, prefix: place.prefix) else {
      throw CheckpointError(file.origin, "the blocks of its UNet (`\(place.prefix)input_blocks.`) are incomplete")
    }
    return try RenamedSource(file, prefix: place.prefix, map: UNetKeys.map(layout))
  }

  /// Nil where there is none.
  private static func autoencoder(
    in file: any CheckpointFile
  ) throws(CheckpointError) -> (prefix: String, source: RenamedSource?) {
    let names = file.names
    guard let prefix = AutoencoderKeys.prefixes.first(where: { prefix in names.contains { $0.hasPrefix(prefix) } })
    else { return (AutoencoderKeys.prefixes[0], nil) }
    guard let map = AutoencoderKeys.map(names, prefix: prefix) else {
      throw CheckpointError(file.origin, "the blocks of its autoencoder (`\(prefix)`) are incomplete")
    }
    return (prefix, try RenamedSource(file, prefix: prefix, map: map))
  }

  private static func clip(in file: any CheckpointFile, prefix: String) throws(CheckpointError) -> RenamedSource? {
    guard file.names.contains(where: { $0.hasPrefix(prefix) }) else { return nil }
    return try RenamedSource(file, prefix: prefix, map: TextEncoderKeys.clip)
  }

  private static func projectingOpenCLIP(in file: any CheckpointFile) throws(CheckpointError) -> RenamedSource? {
    let prefix = TextEncoderKeys.secondPrefix
    guard file.names.contains(where: { $0.hasPrefix(prefix) }) else { return nil }
    let blocks = TextEncoderKeys.openCLIPBlocks(file.names, prefix: prefix)
    guard blocks > 0 else {
      throw CheckpointError(file.origin, "the blocks of its second text encoder (`\(prefix)`) are incomplete")
    }
    return try RenamedSource(file, prefix: prefix, map: TextEncoderKeys.openCLIP(layers: blocks, projects: true))
  }
}

// MARK: What no shape shows

extension SingleFileCheckpoint {
  /// Whether the networks predict noise (`epsilon`) or velocity (`v_prediction`).
  ///
  /// For all families counts what the file's own `modelspec.prediction_type` says
  /// (https://github.com/Stability-AI/ModelSpec), then a tensor `v_pred`, as ComfyUI writes it. Without either, Stable
  /// Diffusion 1.x, XL and every inpainting model predict noise. For 2.x there are also `modelspec.architecture` and
  /// `global_step`, where 875,000 steps are those of 2-base, which predicts noise; and else velocity, as 2.0 and 2.1 at 768
  /// pixels do. The last two are the rule of diffusers' `_legacy_load_scheduler`.
  package var predictionType: String {
    switch file.metadata["modelspec.prediction_type"] {
    case "epsilon": return "epsilon"
    case "v", "v_prediction": return "v_prediction"
    default: break
    }
    let isSecond = family == .stableDiffusion2 && !isInpainting
    let architecture = isSecond ? file.metadata["modelspec.architecture"] ?? "" : ""
    if architecture.hasPrefix("stable-diffusion-v2-768-v") { return "v_prediction" }
    if architecture.hasPrefix("stable-diffusion-v2-512") { return "epsilon" }
    if file.names.contains("v_pred") { return "v_prediction" }
    return isSecond && file.scalar("global_step") != 875_000 ? "v_prediction" : "epsilon"
  }

  /// Whether the noisiest training step was noise alone (Lin et al. 2023): a tensor `ztsnr`, as ComfyUI reads it. No network
  /// that predicts noise can have been trained so.
  package var hasZeroTerminalSNR: Bool { predictionType == "v_prediction" && file.names.contains("ztsnr") }
}

/// Names that checkpoints carry and no network reads.
package enum HarmlessNames {
  /// Whether nothing is lost when the tensor of that name stays unread.
  package static func contains(_ name: String) -> Bool {
    beginnings.contains { name.hasPrefix($0) } || endings.contains { name == $0 || name.hasSuffix(".\($0)") }
  }

  /// Averaged copies of the weights; the diffusion schedule, which is computed; what only training used.
  private static let beginnings = [
    "model_ema.", "alphas_cumprod", "sqrt_", "log_one_minus_alphas_cumprod", "posterior_", "lvlb_weights",
    "first_stage_model.loss.", "first_stage_model.model_ema.", "first_stage_model.discriminator.",
    "cond_stage_model.model.visual.", "cond_stage_model.transformer.vision_model.", "model.diffusion_model_ema.",
    "embedding_manager.",
  ]

  /// Positions in order; parts of CLIP that compare pictures with texts; counters.
  private static let endings = [
    "position_ids", "text_projection", "text_projection.weight", "logit_scale", "attn_mask", "num_batches_tracked",
    "betas", "logvar", "global_step", "epoch", "scale_factor", "v_pred", "ztsnr", "sigmas",
  ]
}
