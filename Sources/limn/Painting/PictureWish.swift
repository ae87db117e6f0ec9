import Generation
import Images
import Sampling
import Tokenizers

/// What a person asks for: the flags of `generate`, or the fields of a batch line, that determine a picture.
/// What is nil is left to the model.
struct PictureWish: Sendable {
  /// As typed, without the style.
  var prompt: String
  var negative = ""
  var style: String?
  var aspect: AspectRatio?
  var size: SizeClass?
  var megapixels: Double?
  /// In pixels, both or none.
  var width: Int?
  var height: Int?
  /// Path of a picture to start from.
  var reference: String?
  var strength: Double?
  /// Pictures of this wish, with seeds seed, seed+1, ...
  var count = 1
  var seed: UInt64?
  var steps: Int?
  var guidance: Double?
  /// The share of the steps that are guided.
  var guidanceEnd = 1.0
  /// Every how many steps all layers of the denoiser work.
  var deepCache = 1
  var clipSkip = 0
  var randomKind = RandomKind.torch
  var sampler = SamplerName.model
  var schedule = SigmaSchedule.model
  var spacing: TimestepSpacing?
  var promptSyntax = PromptSyntax.plain

  init(prompt: String) {
    self.prompt = prompt
  }

  /// Refuses what no model could paint, in the words of the flags.
  /// - Throws: ``GenerationError/request(_:)``
  func check() throws {
    func refuse(_ sentence: String) throws -> Never { throw GenerationError.request(sentence) }
    guard !prompt.isEmpty else { try refuse("The prompt is empty: say what to paint.") }
    guard prompt.utf8.count <= 1 << 20 else { try refuse("The prompt is longer than a megabyte.") }
    guard (1...100_000).contains(count) else { try refuse("--count \(count) is not 1 to 100000.") }
    if let steps, !(1...1000).contains(steps) { try refuse("--steps \(steps) is not 1 to 1000.") }
    if let guidance, !(guidance.isFinite && (0...100).contains(guidance)) {
      try refuse("--guidance \(guidance) is not 0 to 100.")
    }
    guard (0...1).contains(guidanceEnd) else { try refuse("--guidance-end \(guidanceEnd) is not 0 to 1.") }
    guard (1...100).contains(deepCache) else { try refuse("--deep-cache \(deepCache) is not 1 to 100.") }
    if let strength {
      guard reference != nil else { try refuse("--strength says how far to leave a --reference; name one.") }
      guard (0...1).contains(strength) else { try refuse("--strength \(strength) is not 0 to 1.") }
    }
    if let seed, seed.addingReportingOverflow(UInt64(count - 1)).overflow {
      try refuse("--seed \(seed) leaves no room for \(count) pictures.")
    }
  }

  /// At most one way to say how large.
  /// - Parameter reference: The size of the picture to start from.
  func sizeWish(reference: PictureSize?) throws -> SizePlan.Wish {
    if width != nil || height != nil {
      guard let width, let height else {
        throw GenerationError.request("--width and --height go together; or use --aspect with --size.")
      }
      guard aspect == nil, size == nil, megapixels == nil else {
        throw GenerationError.request("--width and --height leave nothing for --aspect, --size or --megapixels to say.")
      }
      return .exact(PictureSize(width: width, height: height))
    }
    guard size == nil || megapixels == nil else {
      throw GenerationError.request("--size and --megapixels say the same thing; use one of them.")
    }
    if let megapixels, !(0.004...64).contains(megapixels) {
      throw GenerationError.request("--megapixels \(megapixels) is out of range; use 0.004 to 64.")
    }
    let pixels = size?.pixels ?? megapixels.map { Int($0 * 1_000_000) }
    if aspect == nil, pixels == nil { return reference.map { .like($0) } ?? .standard }
    return .aspect(aspect ?? reference?.aspect ?? AspectRatio(width: 1, height: 1), pixels: pixels)
  }
}
