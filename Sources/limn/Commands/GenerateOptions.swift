import ArgumentParser
import Generation
import Images
import Sampling
import System
import Tokenizers

extension SamplerName: ExpressibleByArgument {}
extension SigmaSchedule: ExpressibleByArgument {}
extension PromptSyntax: ExpressibleByArgument {}
extension MetadataPolicy: ExpressibleByArgument {}
extension RandomKind: ExpressibleByArgument {}
extension SizeClass: ExpressibleByArgument {}

/// Which timesteps are visited; `model` leaves it to the checkpoint.
enum SpacingOption: String, ExpressibleByArgument, CaseIterable {
  case model, leading, linspace, trailing

  var spacing: TimestepSpacing? { TimestepSpacing(rawValue: rawValue) }
}

/// How a picture is drawn in the terminal; `auto` asks the terminal.
enum PreviewOption: String, CaseIterable {
  case auto, kitty, iterm, sixel, blocks, none
}

/// The word after `--preview=`. The parser drops a value that it cannot read where the flag stands alone too, so any is
/// read here and looked at later.
struct PreviewWord: ExpressibleByArgument, CustomStringConvertible {
  let word: String

  init(argument: String) { word = argument }

  /// What help calls the default.
  var description: String { word }

  static var allValueStrings: [String] { PreviewOption.allCases.map(\.rawValue) }
}

extension ByteCount {
  init(argument: String) throws {
    guard let count = Self(parsing: argument) else {
      throw ValidationError("expected a size such as 2.5GB or 800MB.")
    }
    self = count
  }
}

extension AspectRatio {
  init(argument: String) throws {
    guard let ratio = Self(argument) else {
      throw ValidationError("expected two whole numbers such as 16:9, at most 21 to 1.")
    }
    self = ratio
  }
}

/// What the picture shall be.
struct PictureOptions: ParsableArguments {
  @Option(name: .shortAndLong, help: "A look by name; `limn styles` lists them.")
  var style: String?

  @Option(
    name: .shortAndLong, help: "Width to height: 1:1, 4:3, 3:2, 16:9, 21:9, 3:4, 2:3, 9:16 or any W:H.",
    completion: .list(AspectRatio.common), transform: AspectRatio.init(argument:))
  var aspect: AspectRatio?

  @Option(help: "About 256 (small), 512 (medium) or 1024 (large) pixels squared, in the aspect's shape.")
  var size: SizeClass?

  @Option(parsing: .unconditional, help: "About so many million pixels, in the aspect's shape.")
  var megapixels: Double?

  @Option(parsing: .unconditional, help: "Width in pixels, a multiple of 8; with --height.")
  var width: Int?

  @Option(parsing: .unconditional, help: "Height in pixels, a multiple of 8; with --width.")
  var height: Int?

  @Option(name: .shortAndLong, help: "A PNG or JPEG to start from; '-' reads it from standard input.")
  var reference: String?

  @Option(
    parsing: .unconditional,
    help: "How far to leave the reference: near 0 keeps it, 1 keeps next to nothing (default: 0.75).")
  var strength: Double?

  @Option(name: .shortAndLong, help: "What to avoid.")
  var negative: String = ""

  @Option(name: .shortAndLong, parsing: .unconditional, help: "How many pictures, with seeds seed, seed+1, ...")
  var count: Int = 1
}

/// How the picture is painted.
struct SamplingOptions: ParsableArguments {
  @Option(name: .shortAndLong, help: "A name (`limn models`), a diffusers folder or a .safetensors file.")
  var model: String?

  @Option(parsing: .unconditional, help: "The number that decides the noise (default: a random one).")
  var seed: UInt64?

  @Option(parsing: .unconditional, help: "Sampling steps (default: the model's own).")
  var steps: Int?

  @Option(parsing: .unconditional, help: "How strictly to follow the prompt (default: the model's own).")
  var guidance: Double?

  @Option(
    parsing: .unconditional,
    help: "Follow the negative prompt in this first share of the steps only: 0.5 saves a quarter of the work.")
  var guidanceEnd: Double = 1

  @Option(
    parsing: .unconditional,
    help: "Let a UNet's deep layers work at every Nth step only (DeepCache): faster, and another picture.")
  var deepCache: Int = 1

  @Option(
    parsing: .unconditional, help: "How many of the text encoder's last layers to leave out, as diffusers counts.")
  var clipSkip: Int = 0

  @Option(help: "Whose random numbers the seed stands for.")
  var rng: RandomKind = .torch

  @Option(help: "How noise is taken away.")
  var sampler: SamplerName = .model

  @Option(help: "How noise levels are spread over the steps.")
  var schedule: SigmaSchedule = .model

  @Option(help: "Which of the training's timesteps the steps visit.")
  var spacing: SpacingOption = .model

  @Option(
    help: "`plain` reads the prompt as diffusers does; `a1111` knows (weights:1.3), [less], BREAK and long prompts.")
  var promptSyntax: PromptSyntax = .plain

  @Option(parsing: .unconditional, help: "Threads to work with (default: the processors at hand).")
  var threads: Int?

  @Option(
    parsing: .unconditional,
    help: "Keep below so much memory, slower if need be: 2.5GB, 800MB (default: what the machine has left).",
    transform: ByteCount.init(argument:))
  var maxMemory: ByteCount?
}

/// Where the picture goes and what is said about it.
struct OutputOptions: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: "The PNG to write; '-' for standard output (default: ./<prompt>-<seed>.png, never overwriting).")
  var output: String?

  @Option(help: "What to write into the PNG: `full` (how it was made), `minimal` (that a model made it) or `none`.")
  var metadata: MetadataPolicy = .full

  @Option(
    name: .customLong("preview"), defaultAsFlag: PreviewWord(argument: "auto"), parsing: .next,
    help: "Draw the picture in the terminal: auto, kitty, iterm, sixel, blocks or none.")
  var previewWord: PreviewWord?

  var preview: PreviewOption? { previewWord.flatMap { PreviewOption(rawValue: $0.word) } }

  @Flag(help: "Draw the picture in the terminal while it forms.")
  var previewSteps = false

  @Flag(help: "Print one JSON object a picture on standard output.")
  var json = false

  @Flag(help: "Leave no record of the run, where this installation allows that; refusals are recorded all the same.")
  var noHistory = false

  @Flag(help: "Say nothing but errors.")
  var quiet = false

  @Flag(help: "Say what is done and how long it took.")
  var verbose = false

  /// What of this concerns the painting itself.
  var presentation: PaintingSession.Presentation {
    .init(isQuiet: quiet, isVerbose: verbose, preview: preview ?? .none, showsSteps: previewSteps)
  }
}
