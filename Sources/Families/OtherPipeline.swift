import Checkpoints

/// Pipelines of diffusers that have the parts of a family and do something else with them: painted as plain Stable Diffusion
/// they would make another picture without a word.
enum OtherPipeline {
  /// Words in names of classes, with what such a pipeline does.
  private static let classes: [(word: String, reason: String)] = [
    ("ControlNet", "it also needs a picture that controls it (ControlNet)"),
    ("Adapter", "it also needs a picture that controls it (T2I-Adapter)"),
    ("AnimateDiff", "it makes films (AnimateDiff)"), ("Video", "it makes films"),
    ("ImageVariation", "it makes variations of a picture and reads no prompt"),
    ("LDM3D", "it makes pictures with depth"),
    ("Depth2Img", "it also needs a picture of depth"), ("InstructPix2Pix", "it changes a picture by an instruction"),
    ("Upscale", "it enlarges pictures"), ("GLIGEN", "it also needs places for things (GLIGEN)"),
    ("PaintByExample", "it paints an example into a picture"),
  ]

  /// Parts of a model_index.json that change what is painted.
  private static let parts: [(name: String, reason: String)] = [
    ("controlnet", "it also needs a picture that controls it (ControlNet)"),
    ("motion_adapter", "it makes films (AnimateDiff)"),
    ("adapter", "it also needs a picture that controls it (T2I-Adapter)"),
  ]

  /// Why a checkpoint is none that paints from a prompt alone, with its class; nil where it may be one.
  static func reason(against checkpoint: any CheckpointParts) -> String? {
    let pipeline = checkpoint.pipelineClass ?? ""
    let found =
      classes.first { pipeline.contains($0.word) }?.reason ?? parts.first { checkpoint.has($0.name) }?.reason
    return found.map { reason in
      "it is a \(pipeline.isEmpty ? "model" : pipeline), which limn does not run: \(reason)"
    }
  }
}
