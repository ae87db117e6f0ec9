import Families
import Images
import Sampling
import System
import Tensors
import Tokenizers

/// Everything that a person can say of a picture: by flags, by the fields of a batch line or a request, or by what a run or
/// a picture's metadata keep. What is nil is left to the model.
///
/// ``Setting/all`` says of each how it is called, read and written; a new one is a property here, a line there, and its use.
package struct PictureSettings: Sendable, Equatable {
  /// As typed, without the style.
  package var prompt = ""
  /// Nil where none was given, which some models tell from an empty one.
  package var negative: String?
  package var style: String?
  package var aspect: AspectRatio?
  package var size: SizeClass?
  package var megapixels: Double?
  /// In pixels, both or none.
  package var width: Int?
  package var height: Int?
  /// Pictures to start from, or that the prompt speaks of.
  package var references = ReferenceList()
  /// How far to leave it: 0 keeps it, 1 ignores it.
  package var strength: Double?
  /// Path of a picture that is white where the reference is painted anew; ``alphaMask`` for what is transparent of that.
  package var mask: String?
  /// By how many pixels the mask's edges are softened.
  package var maskBlur = PictureSettings.standardMaskBlur
  /// How many pixels around the mask are looked at, where that part alone is painted, at the whole size; nil for the whole picture.
  package var maskPadding: Int?
  /// How far the reference is continued beyond its sides.
  package var outpaint: Outpainting?
  /// Pictures that control what is painted.
  package var controls = ControlList()
  /// The networks that they control it by, in their order, or one for all.
  package var controlModels = NameList()
  package var controlMode = ControlMode.balanced
  /// Pictures that are followed beside the prompt.
  package var pictures = PictureWishList()
  /// The IP-Adapters that see them, in their order, or one for all.
  package var pictureAdapters = NameList()
  /// Pictures in whose style the painted one is painted over.
  package var styleFrom = ReferenceList()
  /// How far it is: 0 keeps the picture's own style.
  package var styleStrength = 1.0
  /// Nil for the better one.
  package var styleMethod: StyleMethod?
  /// How many times larger the painted picture becomes, along each side.
  package var upscale: Int?
  /// The network that enlarges it: a name or a file; nil for the one of choice.
  package var upscaler: String?
  /// How many times larger the picture is painted once more, along each side.
  package var hires: Double?
  /// The steps that the second pass takes.
  package var hiresSteps: Int?
  /// How far it leaves the first.
  package var hiresStrength: Double?
  package var hiresUpscaler: HiresUpscaler?
  /// Pictures, with seeds seed, seed+1, ...
  package var count = 1
  /// A name, a folder or a file; nil for the bundled model.
  package var model: String?
  /// A file or folder of the autoencoder; nil for the model's own.
  package var vae: String?
  /// Files or folders of text encoders.
  package var textEncoders = NameList()
  /// What changes the model.
  package var loras = AdapterList()
  /// Textual inversions whose words the prompts may hold.
  package var embeddings = NameList()
  package var seed: UInt64?
  package var steps: Int?
  package var guidance: Double?
  /// The share of the steps, from the first, that are guided.
  package var guidanceEnd = 1.0
  /// How far a guided prediction is brought back to the spread of the one with the prompt (diffusers' `guidance_rescale`).
  package var guidanceRescale = 0.0
  /// Every how many steps all layers of the denoiser work.
  package var deepCache = 1
  /// How many of the text encoder's last layers are left out (diffusers' `clip_skip`).
  package var clipSkip = 0
  package var rng = RandomKind.torch
  package var sampler = SamplerName.model
  /// How much fresh noise each step of ddim or tcd puts in place of the predicted.
  package var eta = 0.0
  package var schedule = SigmaSchedule.model
  /// Nil leaves it to the model.
  package var spacing: TimestepSpacing?
  /// The timesteps to visit, in place of those that follow from steps and spacing.
  package var timesteps: TimestepList?
  /// How networks multiply; nil leaves it to the model.
  package var precision: Precision?
  package var promptSyntax = PromptSyntax.plain
  /// Whether a prompt that the model is known not to paint is refused.
  package var isStrict = false
  /// Whether the picture's background is left out.
  package var isTransparent = false

  package init(prompt: String = "") {
    self.prompt = prompt
  }

  /// How many times larger pictures can be made.
  package static let factors = [2, 3, 4, 8]
  /// Where only a reference is named.
  package static let standardStrength = 0.75
  /// What stands for a path of a mask that is the reference's own transparency.
  package static let alphaMask = "alpha"
  /// A1111's.
  package static let standardMaskBlur = 4.0
  /// Whether only a part of the reference is painted.
  package var masks: Bool { mask != nil || outpaint != nil }
}

extension Setting {
  /// Every setting, in the order of help.
  package static let all: [Setting] = [
    Setting(
      "prompt", \.prompt, .prompt, .text, otherNames: ["positive-prompt", "positive"],
      expected: "shorter than a megabyte", where: { $0.utf8.count <= 1 << 20 },
      help: "What to paint."),
    Setting(
      "style", \.style, letter: "s", .picture, .text, otherNames: ["styles"], metadata: .key("Style"),
      help: "A look by name; `limn styles` lists them."),
    Setting(
      "aspect", \.aspect, letter: "a", .picture, .aspect,
      help: "Width to height: 1:1, 4:3, 3:2, 16:9, 21:9, 3:4, 2:3, 9:16 or any W:H."),
    Setting(
      "size", \.size, .picture, .choice,
      help: "About 256 (small), 512 (medium) or 1024 (large) pixels squared, in the aspect's shape."),
    Setting(
      "megapixels", \.megapixels, .picture, .number, expected: "0.004 to 64", where: { (0.004...64).contains($0) },
      help: "About so many million pixels, in the aspect's shape."),
    Setting(
      "width", \.width, .picture, .number, metadata: .property(\.width),
      help: "Width in pixels, a multiple of 8; with --height."),
    Setting(
      "height", \.height, .picture, .number, metadata: .property(\.height),
      help: "Height in pixels, a multiple of 8; with --width."),
    Setting(
      "reference", \.references, letter: "r", .picture, .picture,
      otherNames: ["init-image", "image", "images", "init-img", "input-image"],
      metadata: .referenceNames, separator: ReferenceList.separator, expected: "at most \(ReferenceList.most) pictures",
      where: { $0.paths.count <= ReferenceList.most },
      help:
        "A picture to start from, or, with a model that edits, one that the prompt speaks of: a file (PNG, JPEG, WebP), a run of the history (12, last), or '-' for standard input."
    ),
    Setting(
      "strength", \.strength, .picture, .number,
      otherNames: ["denoising-strength", "denoise", "denoising", "prompt-strength", "image-strength"],
      metadata: .property(\.strength),
      expected: "0 to 1", where: { (0...1).contains($0) },
      help:
        "How far to leave the reference: near 0 keeps it, 1 keeps next to nothing (default: the model's own, mostly 0.75; with a mask 1)."
    ),
    Setting(
      "mask", \.mask, .picture, .picture, otherNames: ["mask-image"], metadata: .maskName,
      help:
        "A picture as large as the reference, white where that is painted anew; 'alpha' for what is transparent of it."
    ),
    Setting(
      "mask-blur", \.maskBlur, .picture, .number, metadata: .key("Mask blur"), expected: "0 to 200",
      where: { (0...200).contains($0) }, help: "By how many pixels the mask's edges are softened (default: 4)."),
    Setting(
      "mask-padding", \.maskPadding, .picture, .number, otherNames: ["padding-mask-crop"],
      metadata: .key("Mask padding"), expected: "0 to 4096", where: { (0...4096).contains($0) },
      help: "Paint only what is masked, so many pixels around it, at the full size, and put it back into the reference."
    ),
    Setting(
      "outpaint", \.outpaint, .picture, .text, metadata: .key("Outpaint"), expected: "1 to 4096 pixels a side",
      where: {
        ($0.left + $0.right + $0.top + $0.bottom > 0)
          && [$0.left, $0.right, $0.top, $0.bottom].allSatisfy { (0...4096).contains($0) }
      },
      help: "Continue the reference beyond its sides by so many pixels: left=128,right=128."),
    Setting(
      "control", \.controls, .picture, .text, otherNames: ["controlnet"], metadata: .controls,
      separator: ReferenceList.separator,
      expected: "at most \(ControlList.most) pictures with weights from -10 to 10",
      where: { $0.wishes.count <= ControlList.most && $0.wishes.allSatisfy { abs($0.weight) <= 10 } },
      help:
        "A picture whose shapes are followed, KIND=FILE[:WEIGHT[:START-END]]: ready (as it is), canny, scribble, grey, invert, blur, tile; pose, depth, soft-edges, lines, normals and segments are ready too."
    ),
    Setting(
      "control-model", \.controlModels, .picture, .text, otherNames: ["control-models", "controlnet-model"],
      metadata: .controlModels, separator: ",",
      help: "The ControlNet or T2I-Adapter for --control, NAME, a file or a folder; one for each, or one for all."),
    Setting(
      "control-mode", \.controlMode, .picture, .choice, metadata: .key("Control mode"),
      help: "Whether --control counts beside the prompt (balanced) or leads it (guess)."),
    Setting(
      "ip-reference", \.pictures, .picture, .text, otherNames: ["ip-adapter-image"], metadata: .pictures,
      separator: ReferenceList.separator,
      expected: "at most \(ReferenceList.most) pictures with weights from -10 to 10",
      where: { $0.wishes.count <= ReferenceList.most && $0.wishes.allSatisfy { abs($0.weight) <= 10 } },
      help: "A picture that is followed beside the prompt, FILE[:WEIGHT], for what it shows or how it looks."),
    Setting(
      "ip-adapter", \.pictureAdapters, .picture, .text, otherNames: ["ip-adapters"], metadata: .pictureAdapters,
      separator: ",",
      help: "The IP-Adapter for --ip-reference, NAME or a file; one for each, or one for all."),
    Setting(
      "style-from", \.styleFrom, .picture, .picture, otherNames: ["style-image", "style-reference"],
      metadata: .pictureNames("Style from"), separator: ReferenceList.separator, expected: "at most 4 pictures",
      where: { $0.paths.count <= 4 },
      help: "A picture in whose style the picture is painted over, whatever the model; several are mixed."),
    Setting(
      "style-strength", \.styleStrength, .picture, .number, metadata: .key("Style strength"), expected: "0 to 1",
      where: { (0...1).contains($0) }, help: "How far to take that style: 1 wholly, 0 hardly (default: 1)."),
    Setting(
      "style-method", \.styleMethod, .picture, .choice, metadata: .key("Style method"),
      help:
        "How: magenta paints the picture over, attention paints it so, with Stable Diffusion (default: attention where it can be)."
    ),
    Setting(
      "hires", \.hires, .picture, .number, otherNames: ["hires-upscale", "hires-scale", "hr-scale"],
      metadata: .key("Hires upscale"), expected: "more than 1, up to 4", where: { $0 > 1 && $0 <= 4 },
      help: "Paint twice: small first, then so many times larger along each side, over what the first pass made."),
    Setting(
      "hires-steps", \.hiresSteps, .picture, .number, otherNames: ["hr-second-pass-steps"], metadata: .hiresSteps,
      expected: "1 to 1000", where: { (1...1000).contains($0) },
      help: "How many steps the second pass takes (default: the share of --steps that --hires-strength says)."),
    Setting(
      "hires-strength", \.hiresStrength, .picture, .number, otherNames: ["hires-denoising-strength"],
      metadata: .hiresStrength, expected: "0 to 1", where: { (0...1).contains($0) },
      help: "How far the second pass leaves the first: near 0 keeps it, 1 keeps next to nothing (default: 0.7)."),
    Setting(
      "hires-upscaler", \.hiresUpscaler, .picture, .text, otherNames: ["hr-upscaler"], metadata: .hiresUpscaler,
      help:
        "What enlarges the first pass: latent (mostly the default), latent-bicubic, latent-nearest, lanczos, or a network as for --upscaler."
    ),
    Setting(
      "upscale", \.upscale, .picture, .number, otherNames: ["upscale-factor"], metadata: .key("Upscale"),
      expected: "2, 3, 4 or 8", where: { PictureSettings.factors.contains($0) },
      help: "Make the painted picture so many times larger along each side: 2, 3, 4 or 8."),
    Setting(
      "upscaler", \.upscaler, .picture, .text, otherNames: ["upscale-model", "upscaler-name"],
      metadata: .upscaler,
      help:
        "The network that does so: realesrgan-x4plus (the default), realesrgan-x4plus-anime, realesr-animevideov3, or a file."
    ),
    Setting(
      "negative", \.negative, letter: "n", .picture, .text,
      otherNames: ["negative-prompt", "negativeprompt", "neg-prompt", "neg", "uc"], metadata: .emptyNegative,
      expected: "shorter than a megabyte",
      where: { $0.utf8.count <= 1 << 20 }, help: "What to avoid."),
    Setting(
      "transparent", \.isTransparent, .picture, .flag, otherNames: ["transparent-background"],
      metadata: .key("Transparent"),
      help: "Leave out the plain background, so that the picture can be laid on any; for models that paint on one."),
    Setting(
      "strict", \.isStrict, .picture, .flag, metadata: .key("Strict"),
      help: "Refuse what the model is known not to paint, instead of warning."),
    Setting(
      "count", \.count, letter: "c", .picture, .number,
      otherNames: ["n-iter", "num-images", "num-images-per-prompt", "num-outputs", "batch-count"],
      expected: "1 to 100000",
      where: { (1...100_000).contains($0) }, help: "How many pictures, with seeds seed, seed+1, ..."),
    Setting(
      "model", \.model, letter: "m", .sampling, .text,
      otherNames: ["sd-model", "ckpt", "ckpt-name", "checkpoint", "base-model", "model-name", "sd-model-checkpoint"],
      metadata: .property(\.model),
      help: "A name (`limn models`), a diffusers folder or a checkpoint's file."),
    Setting(
      "vae", \.vae, .sampling, .text, metadata: .autoencoder,
      help: "An autoencoder in place of the model's own: NAME, a file or a folder; tiny ones (TAESD) too."),
    Setting(
      "text-encoder", \.textEncoders, .sampling, .text, otherNames: ["text-encoders"], metadata: .textEncoders,
      separator: ",",
      help: "A CLIP text encoder in place of the model's own, or of one that its file lacks: NAME, a file or a folder."),
    Setting(
      "lora", \.loras, .sampling, .text, otherNames: ["loras"], separator: ",",
      expected: "LoRAs with weights from -10 to 10",
      where: { $0.wishes.allSatisfy { abs($0.weight) <= 10 && abs($0.textEncoderWeight) <= 10 } },
      help: "A LoRA that changes the model, NAME or a file, with a weight: style:0.8."),
    Setting(
      "embedding", \.embeddings, .sampling, .text, otherNames: ["embeddings"], metadata: .embeddings,
      separator: ",",
      help: "A textual inversion, NAME or a file, whose word in the prompts stands for what was learned."),
    Setting(
      "seed", \.seed, .sampling, .number, otherNames: ["noise-seed", "generator-seed"], metadata: .property(\.seed),
      isInEveryKey: true,
      help: "The number that decides the noise (default, and -1: a random one)."
    ).reading(setSeed),
    Setting(
      "steps", \.steps, .sampling, .number,
      otherNames: ["num-inference-steps", "num-steps", "sampling-steps", "sample-steps"], metadata: .property(\.steps),
      isInEveryKey: true, expected: "1 to 1000", where: { (1...1000).contains($0) },
      help: "Sampling steps (default: the model's own)."),
    Setting(
      "guidance", \.guidance, .sampling, .number, otherNames: ["cfg-scale", "cfg", "guidance-scale", "cfgscale"],
      metadata: .property(\.guidance), isInEveryKey: true, expected: "0 to 100", where: { (0...100).contains($0) },
      help: "How strictly to follow the prompt (default: the model's own)."),
    Setting(
      "guidance-end", \.guidanceEnd, .sampling, .number, metadata: .key("Guidance end"), isInEveryKey: true,
      expected: "0 to 1", where: { (0...1).contains($0) },
      help: "Follow the negative prompt in this first share of the steps only: 0.5 saves a quarter of the work."),
    Setting(
      "guidance-rescale", \.guidanceRescale, .sampling, .number, metadata: .key("Guidance rescale"),
      expected: "0 to 1", where: { (0...1).contains($0) },
      help: "Take back so much of the glare of strong guidance; 0.7 suits models of velocity with zero terminal SNR."),
    Setting(
      "deep-cache", \.deepCache, .sampling, .number, metadata: .key("DeepCache"), isInEveryKey: true,
      expected: "1 to 100", where: { (1...100).contains($0) },
      help: "Let a UNet's deep layers work at every Nth step only (DeepCache): faster, and another picture."),
    Setting(
      "clip-skip", \.clipSkip, .sampling, .number, metadata: .clipSkip, isInEveryKey: true,
      expected: "a whole number from 0", where: { $0 >= 0 },
      help: "How many of the text encoder's last layers to leave out, as diffusers counts."),
    Setting(
      "rng", \.rng, .sampling, .choice, metadata: .property(\.randomSource), isInEveryKey: true,
      help: "Whose random numbers the seed stands for."
    ).reading(setRandomSource),
    Setting(
      "sampler", \.sampler, .sampling, .choice, otherNames: ["sampler-name", "sampling-method", "sample-method"],
      metadata: .property(\.sampler),
      isInEveryKey: true, help: "How noise is taken away."
    ).reading(setSampler),
    Setting(
      "eta", \.eta, .sampling, .number, metadata: .key("Eta"), expected: "0 to 1", where: { (0...1).contains($0) },
      help: "How much fresh noise each step of ddim or tcd brings in: 0 none, 1 as much as they know."),
    Setting(
      "schedule", \.schedule, .sampling, .choice,
      otherNames: ["scheduler", "schedule-type", "scheduler-name", "noise-schedule"], metadata: .property(\.schedule),
      isInEveryKey: true, help: "How noise levels are spread over the steps."
    ).reading(setSchedule),
    Setting(
      "spacing", \.spacing, .sampling, .choice, metadata: .key("Spacing"), isInEveryKey: true, leftOpen: "model",
      help: "Which of the training's timesteps the steps visit."),
    Setting(
      "timesteps", \.timesteps, .sampling, .text, metadata: .key("Timesteps"),
      expected: "falling numbers from 999 to 0",
      where: { $0.isFalling },
      help: "The timesteps to visit, such as 999,749,499,249, for models that were distilled for them."),
    Setting(
      "precision", \.precision, .sampling, .choice, metadata: .key("Precision"), leftOpen: "auto",
      help:
        "How networks multiply: bfloat16, int8 are quicker where processors have them; auto is what models learned in."),
    Setting(
      "prompt-syntax", \.promptSyntax, .sampling, .choice, metadata: .key("Prompt syntax"), isInEveryKey: true,
      help: "`plain` reads the prompt as diffusers does; `a1111` knows (weights:1.3), [less], BREAK and long prompts."),
  ]
}
