import Checkpoints
import Guardrail
import Images
import Networks
import Sampling
import System
import Tensors

/// A kind of model: how it reads prompts, what its denoiser predicts, and what its latents look like. Text and denoiser
/// belong together; whoever paints sees a closure.
///
/// Adding one is a folder beside the others and a line in ``Families/all``.
package protocol Family: Sendable {
  /// As people call it.
  static var name: String { get }
  /// Whether a checkpoint of these parts is one, told by class names.
  static func matches(_ parts: any CheckpointParts) -> Bool

  /// Reads and checks the configurations; weights are read when first needed.
  ///
  /// - Throws: A sentence when a part is missing, damaged, of a kind that limn does not run, or does not fit the others.
  init(_ parts: any CheckpointParts) throws

  var latents: LatentFormat { get }
  var defaults: Defaults { get }
  var scheduler: SchedulerConfiguration { get }
  /// Whose habits are followed where diffusers' pipelines differ.
  ///
  /// - Parameter size: Of the picture as it is painted.
  func habits(for size: PictureSize) -> Sampler.Pipeline
  /// Whether the guidance scale is an input of the denoiser (latent consistency models).
  var embedsGuidance: Bool { get }
  /// Of the text encoders into which textual inversions insert vectors, CLIP-L's first; empty where they cannot.
  var textWidths: [Int] { get }
  /// Whether the denoiser's deep layers may rest for some steps (``DeepFeatures``).
  var reusesFeatures: Bool { get }
  /// What becomes of pictures that are named beside the prompt.
  var referenceUse: ReferenceUse { get }
  /// The scale of classifier-free guidance that a wished guidance comes to; 1 or less for none.
  func guidanceScale(_ wished: Double) -> Double
  /// Whether a picture's latents are drawn from what the autoencoder makes of it, not the most probable ones.
  var drawsEncodings: Bool { get }
  /// Whether latents may be enlarged as pictures are: each stands for one place.
  var enlargesLatents: Bool { get }
  /// A condition that this family made, for a picture of another size.
  func condition(_ condition: any Condition, for size: PictureSize) -> any Condition
  /// How many conditions are worth their memory while pictures are painted.
  var keptConditions: Int { get }
  /// How a model, or a LoRA, of that name wants to be used; nil where it is none of few steps.
  func fewSteps(named name: String) -> FewSteps?
  /// What becomes of a mask.
  var maskUse: MaskUse { get }
  /// What ControlNets, T2I-Adapters and IP-Adapters are checked against; nil where none exist.
  var controlBase: ControlBase? { get }

  /// Whether its self-attention can attend to a picture in whose style it paints.
  var attendsToStyles: Bool { get }

  /// Whether it paints things on plain backgrounds that can be left out (`transparent`).
  var cutsOut: Bool { get }

  /// A prompt in the words that the model knows, before its style is applied, and what of it the model cannot paint.
  ///
  /// - Throws: ``UserError/request(_:)`` where it asks for what the model never paints.
  func wording(of typed: String) throws -> Wording
  /// Parses a prompt and plans the picture's size; done once, before any work.
  func scene(_ prompt: ApprovedPrompt, _ wish: SceneWish) throws -> Scene
  /// Encodes what a part of a scene says.
  func condition(_ part: ScenePart, _ options: ConditionOptions) throws -> any Condition
  /// The same of a family whose encoder takes seconds.
  ///
  /// - Parameter progress: Hears how many layers are done, and of how many; an error thrown there ends it.
  func condition(
    _ part: ScenePart, _ options: ConditionOptions, progress: (_ done: Int, _ total: Int) throws -> Void
  ) throws -> any Condition
  /// What the denoiser predicts under a condition that this family made.
  func predictor(_ condition: any Condition, _ options: PredictorOptions) throws -> Predictor
  /// - Parameter precision: How its convolutions and attention multiply.
  func autoencoder(_ precision: Precision) throws -> any Autoencoder
  /// What becomes of a decoded picture, `[1, height, width, 3]` around -1...1, on its way to the size wanted.
  func enlarged(_ decoded: Tensor, to size: SizePlan) throws -> Tensor

  /// What the stages of a picture take in memory.
  ///
  /// - Parameters:
  ///   - references: Sizes of the pictures that the prompt speaks of.
  ///   - precision: Of the denoiser's products.
  ///   - controls: What controls the denoiser.
  ///   - pictures: What sees pictures for it.
  func bytes(
    _ size: SizePlan, isGuided: Bool, references: [PictureSize], precision: Precision, controls: [ControlModel],
    pictures: [IPAdapterModel]
  ) throws -> StageBytes
  /// Gives a stage's networks back; they are read again when next needed.
  func release(_ stage: NetworkStage)
  /// Reads all networks, which shows every damage of their weights.
  func requireReadable() throws
}

extension Family {
  package func condition(
    _ part: ScenePart, _ options: ConditionOptions, progress: (_ done: Int, _ total: Int) throws -> Void
  ) throws -> any Condition {
    try condition(part, options)
  }

  /// What it takes in float32, with nothing that leads it.
  package func bytes(_ size: SizePlan, isGuided: Bool, references: [PictureSize]) throws -> StageBytes {
    try bytes(
      size, isGuided: isGuided, references: references, precision: .float32, controls: [], pictures: [])
  }

  /// diffusers guides only where the scale is above 1 and not an input of the network.
  package func guidanceScale(_ wished: Double) -> Double { embedsGuidance ? 1 : wished }

  package var referenceUse: ReferenceUse { .start }

  package var drawsEncodings: Bool { true }

  package var enlargesLatents: Bool { true }

  package func condition(_ condition: any Condition, for size: PictureSize) -> any Condition { condition }

  package var keptConditions: Int { 16 }

  package func fewSteps(named name: String) -> FewSteps? { FewSteps(named: name) }

  package var maskUse: MaskUse { .blending }

  package var cutsOut: Bool { false }
  package var attendsToStyles: Bool { false }
  package var controlBase: ControlBase? { nil }

  package var textWidths: [Int] { [] }

  package func wording(of typed: String) throws -> Wording { Wording(typed) }

  package func enlarged(_ decoded: Tensor, to size: SizePlan) throws -> Tensor { decoded }

  package func scene(_ prompt: ApprovedPrompt, _ wish: SceneWish) throws -> Scene {
    try Scene(whole: prompt, wish, size: defaults.size(wish.size, multiple: latents.sizeMultiple))
  }
}

/// The families that limn knows, the most particular first.
package enum Families {
  package static let all: [any Family.Type] = [
    Bundled.self, Flux2Klein.self, ZImage.self, StableDiffusionXL.self, StableDiffusion.self,
  ]

  /// - Throws: A sentence naming what the checkpoint is where it is of no known family.
  package static func open(_ parts: any CheckpointParts) throws -> any Family {
    if let reason = OtherPipeline.reason(against: parts) { throw UserError.input("\(parts.path): \(reason).") }
    guard let family = all.first(where: { $0.matches(parts) }) else {
      let denoiser = parts.className(of: "transformer") ?? parts.className(of: "unet")
      let pipeline = parts.pipelineClass.map { " (\($0))" } ?? ""
      throw UserError.input(
        "\(parts.path)\(pipeline): limn does not run denoisers of class \(denoiser ?? "none") with a text encoder of class \(parts.className(of: "text_encoder") ?? "none"); it runs \(all.map { $0.name }.joined(separator: ", "))."
      )
    }
    guard parts.unrecognised.isEmpty else {
      throw UserError.input(
        "\(parts.path): limn does not know what to do with \(parts.unrecognised.count) of its tensors, such as `\(parts.unrecognised[0])`."
      )
    }
    return try family.init(parts)
  }
}

/// What a family does with pictures that are named beside the prompt.
package enum ReferenceUse: Sendable {
  /// It starts from one, and leaves it as far as `strength` says.
  case start
  /// It looks at them, however many there are, and paints anew what the prompt says of them.
  case subject
}

/// How a model paints a part of a picture anew.
package enum MaskUse: Sendable {
  /// What is kept is put back after each step.
  case blending
  /// The denoiser takes the mask and the latents of what is kept beside the latents, and does nothing without.
  case denoiser
  /// Not at all.
  case none
}

/// A group of networks that work one after the other.
package enum NetworkStage: Sendable {
  case text, denoiser
}

/// The encodings of a prompt, and of a negative prompt where guidance needs it; each family's own.
package protocol Condition: Sendable {
  /// Sentences about words that were not encoded.
  var warnings: [String] { get }
  /// The network that made NaN or infinite values of its text; nil where all is well.
  var damagedNetwork: String? { get }
}

/// What decides an encoding beside the texts.
package struct ConditionOptions: Sendable, Hashable {
  /// Whether the negative prompt is needed too.
  package var isGuided: Bool
  /// How many of the text encoder's last layers are left out (diffusers' `clip_skip`).
  package var clipSkip: Int
  /// How large text encoders multiply; those of CLIP are quick as they are.
  package var precision: Precision
  /// Whether what was encoded before may be read from a file.
  package var usesCache: Bool

  package init(isGuided: Bool, clipSkip: Int = 0, precision: Precision = .float32, usesCache: Bool = true) {
    self.isGuided = isGuided
    self.clipSkip = clipSkip
    self.precision = precision
    self.usesCache = usesCache
  }
}

/// What decides a prediction beside the condition.
package struct PredictorOptions: Sendable {
  /// What the picture's part measures, in pixels.
  package var size: PictureSize
  /// For denoisers that embed it.
  package var guidance: Double
  /// Every how many evaluations all layers work (DeepCache); 1 for each.
  package var deepCache: Int
  /// Bytes of the denoiser's weights that may stay in memory; nil for all.
  package var keptWeights: Int?
  /// How the denoiser multiplies.
  package var precision: Precision
  /// What the prompt speaks of, for families that paint so.
  package var references: [Picture] = []
  /// Edge of the tiles, in latents, in which the autoencoder works on them; nil for each at once.
  package var tileEdge: Int?
  /// Pictures that control it.
  package var controls: [ControlInput] = []
  package var controlMode = ControlMode.balanced
  /// Pictures that are followed beside the prompt.
  package var pictures: [PictureInput] = []
  /// How many evaluations there will be.
  package var evaluations = 1
  /// A picture in whose style attention paints.
  package var style: AttendedStyle?

  package init(
    size: PictureSize, guidance: Double = 1, deepCache: Int = 1, keptWeights: Int? = nil,
    precision: Precision = .float32
  ) {
    self.size = size
    self.guidance = guidance
    self.deepCache = deepCache
    self.keptWeights = keptWeights
    self.precision = precision
  }
}

/// A picture in whose style a UNet paints, by attention.
package struct AttendedStyle: Sendable {
  /// The share of the layers that attend to it, 0 to 1.
  package var share: Float
  /// Its latents with the noise of each evaluation, as the denoiser is shown latents.
  package var latents: [Tensor]

  package init(share: Float, latents: [Tensor]) {
    (self.share, self.latents) = (share, latents)
  }
}

/// What a family's latents look like.
package struct LatentFormat: Sendable {
  package let channels: Int
  /// Pixels a latent, along each side.
  package let pixelsPerLatent: Int
  /// What the sides of a painted picture must be multiples of, in pixels.
  package let sizeMultiple: Int
  /// How latents look without a decoder; nil where only decoding shows it.
  package let preview: LatentRGBFactors?
}

/// What the stages of a picture take in memory, in bytes.
package struct StageBytes: Sendable, Equatable {
  /// Weights as they are stored.
  package var text = 0
  package var denoiser = 0
  package var autoencoder = 0
  /// What controls the denoiser, which works beside it.
  package var control = 0
  /// What sees pictures for the denoiser, before that is read.
  package var seeing = 0
  /// The denoiser's largest weight, where its weights need not all stay in memory.
  package var largestWeight: Int?
  /// What the denoiser's layers make, of all that is sampled at a time.
  package var sampling = 0
  /// What the autoencoder works on for each latent of a picture or tile.
  package var decodingPerLatent = 0
  /// Latents of the whole picture.
  package var latents = 0
  /// Those that are sampled at a time.
  package var sampledLatents = 0
  /// Whether encoding, sampling and decoding take turns, so that all networks stay.
  package var takesTurns = false
  /// Enlarging a decoded picture.
  package var enlarging = 0
  /// Pixels of the picture that comes out of that.
  package var enlarged = 0
}
