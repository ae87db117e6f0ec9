/// What a batch line can say of a picture: the picture and sampling flags of `generate` by their names.
package enum Field: String, CaseIterable, Sendable {
  case prompt, negative, style, aspect, size, megapixels, width, height, reference, strength, model, count, seed
  case steps, guidance
  case guidanceEnd = "guidance-end"
  case deepCache = "deep-cache"
  case clipSkip = "clip-skip"
  case rng, sampler, schedule, spacing
  case promptSyntax = "prompt-syntax"
  case output

  /// Reads limn's name, however its words are joined ("clip_skip", "clipSkip"), or what other tools call the same.
  package init?(name: String) {
    let joined = name.reduce(into: "") { text, character in
      if character == "_" || character == " " {
        text += "-"
      } else if character.isUppercase, let last = text.last, last != "-", !last.isUppercase {
        text += "-\(character.lowercased())"
      } else {
        text += character.lowercased()
      }
    }
    guard let field = Field(rawValue: joined) ?? Field.otherNames[joined] else { return nil }
    self = field
  }

  /// Names of A1111, ComfyUI and diffusers.
  private static let otherNames: [String: Field] = [
    "negative-prompt": .negative, "cfg-scale": .guidance, "cfg": .guidance, "guidance-scale": .guidance,
    "sampler-name": .sampler, "n-iter": .count, "styles": .style, "sd-model": .model, "init-image": .reference,
    "image": .reference, "denoising-strength": .strength, "num-inference-steps": .steps, "scheduler": .schedule,
  ]
}
