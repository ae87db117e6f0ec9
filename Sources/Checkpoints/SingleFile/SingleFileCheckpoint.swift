import System
import Tensors

/// A whole model in one `.safetensors` file of the original layout, presented as the components of a diffusers folder.
///
/// What a folder says in its JSON files is told here from names and shapes, as diffusers' `from_single_file` does, with
/// the settings of the published models where shapes say nothing.
package struct SingleFileCheckpoint: Sendable {
  package let file: SafetensorsFile
  package let family: CheckpointFamily
  /// The three networks under diffusers' names.
  package let unet: RenamedSource
  package let autoencoder: RenamedSource
  package let textEncoder: RenamedSource
  /// Names that belong to no part and are not known to be harmless, in the file's own spelling, sorted.
  package let unrecognised: [String]

  /// Opens the file and finds its parts; no values are read.
  ///
  /// - Throws: `CheckpointError` where the file is damaged, of another family or layout, or lacks a part.
  package init(path: String, origin: String? = nil) throws(CheckpointError) {
    let origin = origin ?? path
    if ModelFolder.isPickle(path) && PathKind(path) == .file { throw CheckpointError(origin, OtherFormat.pickleAdvice) }
    let file = try SafetensorsFile(path: path, origin: origin)
    let names = file.names
    family = try CheckpointFamily(of: file)

    guard let layout = UNetKeys.Layout(names) else {
      throw CheckpointError(origin, "the blocks of its UNet (`\(UNetKeys.prefix)input_blocks.`) are incomplete")
    }
    unet = try RenamedSource(file, prefix: UNetKeys.prefix, map: UNetKeys.map(layout))

    let occurs = { (prefix: String) in names.contains { $0.hasPrefix(prefix) } }
    guard let vaePrefix = AutoencoderKeys.prefixes.first(where: occurs) else {
      throw CheckpointError(
        origin, "holds no autoencoder (`\(AutoencoderKeys.prefixes[0])`); look for a version with one")
    }
    guard let vaeMap = AutoencoderKeys.map(names, prefix: vaePrefix) else {
      throw CheckpointError(origin, "the blocks of its autoencoder (`\(vaePrefix)`) are incomplete")
    }
    autoencoder = try RenamedSource(file, prefix: vaePrefix, map: vaeMap)

    let openCLIPBlocks = TextEncoderKeys.openCLIPBlocks(names)
    if openCLIPBlocks > 1 {
      let map = TextEncoderKeys.openCLIP(layers: openCLIPBlocks - 1)
      textEncoder = try RenamedSource(file, prefix: TextEncoderKeys.openCLIPPrefix, map: map)
    } else if occurs(TextEncoderKeys.clipPrefix) {
      textEncoder = try RenamedSource(file, prefix: TextEncoderKeys.clipPrefix, map: TextEncoderKeys.clip)
    } else {
      throw CheckpointError(origin, "holds no text encoder (`cond_stage_model.`); look for a version with one")
    }

    let parts = [UNetKeys.prefix, vaePrefix, "cond_stage_model."]
    let unused = TextEncoderKeys.openCLIPPrefix + "transformer.resblocks.\(openCLIPBlocks - 1)."
    let strangers =
      unet.unrecognised + autoencoder.unrecognised + textEncoder.unrecognised
      + names.filter { name in !parts.contains { name.hasPrefix($0) } }
    unrecognised = strangers.filter { !HarmlessNames.contains($0) && !$0.hasPrefix(unused) }.sorted()
    self.file = file
  }

  /// Whether the UNet takes a mask and a masked picture beside the latent one.
  package var isInpainting: Bool { file.shape(UNetKeys.prefix + "input_blocks.0.0.weight")?[1] == 9 }

  /// Whether the networks predict noise (`epsilon`) or velocity (`v_prediction`), which no shape shows.
  ///
  /// Stable Diffusion 1.x and every inpainting model predict noise. For 2.x counts, in this order: what the file's own
  /// `modelspec.prediction_type` or `modelspec.architecture` says (https://github.com/Stability-AI/ModelSpec); a
  /// `v_pred` tensor; `global_step`, where 875,000 steps are those of 2-base, which predicts noise; and else velocity,
  /// as 2.0 and 2.1 at 768 pixels do. The last two are the rule of diffusers' `_legacy_load_scheduler`.
  package var predictionType: String {
    guard family == .stableDiffusion2, !isInpainting else { return "epsilon" }
    switch file.metadata["modelspec.prediction_type"] {
    case "epsilon": return "epsilon"
    case "v", "v_prediction": return "v_prediction"
    default: break
    }
    let architecture = file.metadata["modelspec.architecture"] ?? ""
    if architecture.hasPrefix("stable-diffusion-v2-768-v") { return "v_prediction" }
    if architecture.hasPrefix("stable-diffusion-v2-512") { return "epsilon" }
    if file.names.contains("v_pred") { return "v_prediction" }
    return file.scalar("global_step") == 875_000 ? "epsilon" : "v_prediction"
  }
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
