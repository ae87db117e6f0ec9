import Images
import Sampling
import Tokenizers

/// Everything that determines a picture beside the model and the prompt.
package struct PaintingRequest: Sendable {
  package var size: SizePlan
  package var seed: UInt64
  package var steps: Int
  package var guidance: Double
  /// The share of the steps, from the first, that are guided; the others follow the prompt alone, at half the work.
  package var guidanceEnd = 1.0
  /// Every how many evaluations all of the denoiser's layers work (``DeepFeatures``); 1 for each.
  package var deepCache = 1
  /// How many of the text encoder's last layers are left out (diffusers' `clip_skip`).
  package var clipSkip = 0
  package var randomKind = RandomKind.torch
  package var sampler = SamplerName.model
  package var schedule = SigmaSchedule.model
  package var spacing: TimestepSpacing?
  package var promptSyntax = PromptSyntax.plain
  package var reference: Reference?
  /// How the things of the prompt are laid out, where each is painted by itself; it must be the model's reading of the prompt.
  package var layout: Layout?
  /// What is done to the painted picture.
  package var finish: Finish?

  package init(size: SizePlan, seed: UInt64, steps: Int, guidance: Double) {
    self.size = size
    self.seed = seed
    self.steps = steps
    self.guidance = guidance
  }
}

/// A picture to start from.
package struct Reference: Sendable {
  package let picture: Picture
  /// 0 keeps the picture, 1 ignores it.
  package let strength: Double

  package init(picture: Picture, strength: Double) {
    self.picture = picture
    self.strength = strength
  }
}

/// Whose random numbers a seed stands for.
package enum RandomKind: String, Sendable, CaseIterable {
  /// torch's generator on the CPU, as diffusers uses it.
  case torch
  /// CUDA's, as A1111 and stable-diffusion.cpp use it.
  case cuda
}
