import Guardrail
import Images
import System
import Tensors
import Tokenizers

/// What is wanted of a picture beside its prompt, as far as parsing and sizes go.
package struct SceneWish: Sendable {
  package var size: SizeWish
  package var syntax: PromptSyntax
  /// Whether it starts from a picture.
  package var hasReference: Bool
  /// Whether the background is to be left out.
  package var isTransparent: Bool
  package var inversions: TextualInversions

  package init(
    size: SizeWish = .standard, syntax: PromptSyntax = .plain, hasReference: Bool = false,
    isTransparent: Bool = false, inversions: TextualInversions = TextualInversions()
  ) {
    self.size = size
    self.syntax = syntax
    self.hasReference = hasReference
    self.isTransparent = isTransparent
    self.inversions = inversions
  }
}

/// One picture as a family will paint it: its prompt parsed, its size planned.
package struct Scene: Sendable {
  package let size: SizePlan
  /// What is sampled one after the other; one part for most pictures.
  package let parts: [ScenePart]
  /// How the latents of several parts become one picture's.
  package let assembly: (any SceneAssembly)?
  /// What comes behind the things that are painted on a plain background; nil where that stays.
  package var backdrop: Backdrop?
  /// Sentences about what of the prompt is not painted as it says.
  package var warnings: [String] = []
  /// What the picture's metadata say of it beside the settings.
  package var remarks: [(key: String, value: String)] = []

  package init(size: SizePlan, parts: [ScenePart], assembly: (any SceneAssembly)? = nil) {
    self.size = size
    self.parts = parts
    self.assembly = assembly
  }

  /// A prompt painted as a whole.
  /// - Throws: `TokenizerError` where the syntax of a prompt makes no sense.
  package init(whole prompt: ApprovedPrompt, _ wish: SceneWish, size: SizePlan) throws {
    let negative = try prompt.negative.map { try ParsedPrompt($0, wish.syntax) }
    let part = ScenePart(
      prompt: try ParsedPrompt(prompt.prompt, wish.syntax), negative: negative, size: size.painted,
      inversions: wish.inversions)
    self.init(size: size, parts: [part])
    let texts = [prompt.prompt.text, prompt.negative?.text ?? ""]
    warnings = wish.inversions.all.filter { inversion in
      !inversion.words.contains { word in texts.contains { InsertedTerm.isNamed(word, in: $0) } }
    }.map { "Neither prompt names the textual inversion \($0.path); \($0.words[0]) stands for it." }
  }
}

/// What is sampled at once.
package struct ScenePart: Sendable {
  package let prompt: ParsedPrompt
  /// Nil where none was given.
  package let negative: ParsedPrompt?
  /// In pixels.
  package let size: PictureSize
  /// Mixed into the picture's seed, so that parts differ.
  package let seedMask: UInt64
  package let inversions: TextualInversions

  package init(
    prompt: ParsedPrompt, negative: ParsedPrompt?, size: PictureSize, seedMask: UInt64 = 0,
    inversions: TextualInversions = TextualInversions()
  ) {
    self.prompt = prompt
    self.negative = negative
    self.size = size
    self.seedMask = seedMask
    self.inversions = inversions
  }
}

/// How several parts become one picture.
package protocol SceneAssembly: Sendable {
  /// The latents that parts are laid on.
  func ground() throws -> Tensor
  /// The picture's latents with those of a part laid over them.
  func laying(_ latents: Tensor, of part: Int, over picture: Tensor) -> Tensor
}

/// A prompt whose syntax was parsed, once; made of nothing but what the guardrail approved.
package struct ParsedPrompt: Sendable, Hashable {
  package let text: PromptText
  package let syntax: PromptSyntax
  /// Stretches of text with weights; nil in the plain syntax.
  private let weighted: PromptWeights?

  /// - Throws: `TokenizerError` where the syntax makes no sense; ``UserError/request(_:)`` where it asks for an adapter.
  package init(_ text: PromptText, _ syntax: PromptSyntax) throws {
    self.text = text
    self.syntax = syntax
    weighted = syntax == .a1111 ? try PromptWeights(parsing: text.text) : nil
    if let adapter = weighted?.loras.first {
      throw UserError.request(
        "A LoRA changes the model for both prompts: name \(adapter.name) in the prompt, or by `lora`.")
    }
  }

  /// What is read, without the marks of weights.
  package var plain: String {
    guard let weighted else { return text.text }
    return weighted.parts.map { part in if case .text(let text, _) = part { text } else { " " } }.joined()
  }

  /// Whether some stretch of text weighs more or less than the others.
  package var isWeighted: Bool {
    weighted?.parts.contains { part in if case .text(_, let weight) = part { weight != 1 } else { false } } ?? false
  }

  /// - Parameter terms: Words that stand for inserted vectors.
  package func chunks(_ tokenizer: CLIPTokenizer, inserting terms: [InsertedTerm] = []) -> PromptChunks {
    weighted.map { PromptChunks($0, tokenizer: tokenizer, inserting: terms) }
      ?? PromptChunks(plain: text.text, tokenizer: tokenizer, inserting: terms)
  }

  package static func == (left: ParsedPrompt, right: ParsedPrompt) -> Bool {
    left.text == right.text && left.syntax == right.syntax
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(text)
    hasher.combine(syntax)
  }
}
