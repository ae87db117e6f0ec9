import Guardrail
import Images
import Sampling

/// A finished picture and how it came about.
package struct Painting: Sendable {
  package let picture: Picture
  /// The sampler that was used, never `model`.
  package let sampler: SamplerName
  package var timings: StageTimings
  package var warnings: [String]
  package let safety: Safety
  /// How well it matches its prompt, by the pair that the model brings; nil where nobody looked.
  package var likeness: Double?
  /// What limn's own filter made of it.
  package var filter = Safety.unchecked

  /// Whether somebody objected to the picture, which was blurred.
  package var isBlurred: Bool { safety.isBlurred || filter.isBlurred }

  /// What somebody who looked at it, such as the model's own safety checker, made of a painting.
  package enum Safety: Sendable {
    /// There is none.
    case unchecked
    /// The policy has switched it off.
    case switchedOff
    case passed(PictureFinding)
    /// Unsafe, and blurred as the policy wants it.
    case blurred(PictureFinding, Verdict)

    package var isBlurred: Bool { if case .blurred = self { true } else { false } }
  }
}
