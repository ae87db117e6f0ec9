import Images
import Sampling
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
  /// Path of a picture to start from.
  package var reference: String?
  /// How far to leave it: 0 keeps it, 1 ignores it.
  package var strength: Double?
  /// Pictures, with seeds seed, seed+1, ...
  package var count = 1
  /// A name, a folder or a file; nil for the bundled model.
  package var model: String?
  package var seed: UInt64?
  package var steps: Int?
  package var guidance: Double?
  /// The share of the steps, from the first, that are guided.
  package var guidanceEnd = 1.0
  /// Every how many steps all layers of the denoiser work.
  package var deepCache = 1
  /// How many of the text encoder's last layers are left out (diffusers' `clip_skip`).
  package var clipSkip = 0
  package var rng = RandomKind.torch
  package var sampler = SamplerName.model
  package var schedule = SigmaSchedule.model
  /// Nil leaves it to the model.
  package var spacing: TimestepSpacing?
  /// The timesteps to visit, in place of those that follow from steps and spacing.
  package var timesteps: TimestepList?
  package var promptSyntax = PromptSyntax.plain

  package init(prompt: String = "") {
    self.prompt = prompt
  }

  /// Where only a reference is named.
  package static let standardStrength = 0.75
}

/// Whose random numbers a seed stands for.
package enum RandomKind: String, Sendable, CaseIterable {
  /// torch's generator on the CPU, as diffusers uses it.
  case torch
  /// CUDA's, as A1111 and stable-diffusion.cpp use it.
  case cuda
}

/// Timesteps in the order in which they are visited.
package struct TimestepList: Sendable, Equatable {
  package let values: [Int]

  package init(_ values: [Int]) { self.values = values }
}
