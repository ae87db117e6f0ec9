import Networks
import System
import Tensors
import Tokenizers

/// The encodings of CLIP's text encoders.
struct CLIPCondition: Condition {
  /// `[2, tokens, channels]`, the negative prompt first, or `[1, tokens, channels]` without guidance.
  let context: TextContext
  /// The prompt's alone.
  let prompt: TextContext
  /// What a prior tells of the same prompts' pictures, `[prompts, edge, edge, channels]`; nil for models without one.
  let drafts: Tensor?
  let warnings: [String]

  init(_ context: TextContext, drafts: Tensor? = nil, warnings: [String]) {
    self.context = context
    let count = context.embeddings.shape[0]
    prompt = count == 1 ? context : context.slice(count - 1..<count)
    self.drafts = drafts
    self.warnings = warnings
  }

  /// Both prompts, and the one alone, with pictures beside them.
  ///
  /// - Parameter pictures: Without a picture first, with it behind.
  func contexts(beside pictures: [PicturePrompt]) -> (both: TextContext, prompt: TextContext) {
    guard !pictures.isEmpty else { return (context, prompt) }
    let single = prompt.beside(pictures.map(\.last))
    return context.embeddings.shape[0] == 1 ? (single, single) : (context.beside(pictures), single)
  }

  var damagedNetwork: String? {
    if !context.embeddings.isFinite { return "text encoder" }
    return drafts?.isFinite == false ? "prior" : nil
  }
}

/// The chunks of a prompt and, where guidance needs it, of a negative prompt, equally many.
struct CLIPPrompts {
  /// The negative prompt first, where there are two.
  let prompts: [PromptChunks]
  let syntax: PromptSyntax
  /// Sentences about words that were cut.
  let warnings: [String]

  /// Every chunk lengthens what each step attends to.
  private static let mostChunks = 50

  /// - Parameter advice: What to do about words that were cut.
  /// - Throws: ``UserError/request(_:)`` where the prompt is far too long.
  init(_ part: ScenePart, isGuided: Bool, _ tokenizer: CLIPTokenizer, advice: String) throws {
    let terms = part.inversions.terms
    var positive = part.prompt.chunks(tokenizer, inserting: terms)
    var opposite = part.negative?.chunks(tokenizer, inserting: terms) ?? PromptChunks(plain: "", tokenizer: tokenizer)
    let room = tokenizer.maximumLength - 2
    let most = max(positive.chunks.count, opposite.chunks.count)
    guard most <= CLIPPrompts.mostChunks else {
      throw UserError.request(
        "The prompt makes \(most) chunks of \(room) tokens; at most \(CLIPPrompts.mostChunks) are painted.")
    }
    if isGuided { PromptChunks.align(&positive, &opposite) }
    prompts = isGuided ? [opposite, positive] : [positive]
    syntax = part.prompt.syntax
    warnings = [("prompt", positive), ("negative prompt", opposite)].compactMap { name, chunks in
      guard let cut = chunks.cutText, name == "prompt" || isGuided else { return nil }
      return
        "The \(name) is longer than the \(room) tokens that the model reads at once; these words are not used: \"\(cut.count > 200 ? cut.prefix(200) + "…" : cut)\". \(advice)."
    }
  }

  var count: Int { prompts[0].chunks.count }

  /// The tokens of one chunk of each prompt.
  func sequences(_ index: Int) -> [[Int]] { prompts.map { $0.chunks[index].tokens.map(Int.init) } }

  /// A chunk's encodings, `[prompts, tokens, channels]`, each token's times its weight.
  func emphasised(_ encoded: Tensor, chunk index: Int) -> Tensor {
    let isWeighted = prompts.contains(where: \.isWeighted)
    return isWeighted ? encoded.emphasised(prompts.map { $0.chunks[index].weights }) : encoded
  }
}

extension CLIPTextEncoder {
  /// diffusers leaves layers out for the prompt alone, A1111 for both.
  ///
  /// - Throws: ``UserError/request(_:)`` where that leaves no layer.
  func layersLeftOut(_ clipSkip: Int, _ prompts: CLIPPrompts) throws -> [Int] {
    guard (0..<configuration.numHiddenLayers).contains(clipSkip) else {
      throw UserError.request(
        "`clip-skip` \(clipSkip) leaves no layer of the text encoder's \(configuration.numHiddenLayers).")
    }
    return prompts.prompts.indices.map { index in
      prompts.syntax == .a1111 || index == prompts.prompts.count - 1 ? clipSkip : 0
    }
  }
}

extension Tensor {
  /// Each token's encoding times its weight, then the whole brought back to its mean, as A1111 does: a chunk at a time.
  fileprivate func emphasised(_ weights: [[Float]]) -> Tensor {
    let (tokens, channels) = (shape[1], shape[2])
    let original = values
    let scales = weights.flatMap { $0 }
    precondition(scales.count == shape[0] * tokens, "emphasised: \(scales.count) weights for \(shape)")
    var scaled = original
    for index in scaled.indices { scaled[index] *= scales[index / channels] }
    let before = original.reduce(0.0) { $0 + Double($1) }
    let after = scaled.reduce(0.0) { $0 + Double($1) }
    let factor = Float(after == 0 ? 1 : before / after)
    return Tensor(shape: shape, values: scaled.map { $0 * factor })
  }

  /// Joins `[batch, tokens, channels]` tensors along their tokens.
  static func concatenatedTokens(_ parts: [Tensor]) -> Tensor {
    guard parts.count > 1 else { return parts[0] }
    let (batch, channels) = (parts[0].shape[0], parts[0].shape[2])
    let rows = (0..<batch).flatMap { image in
      parts.map { $0.slice(image..<image + 1).reshaped([$0.shape[1], channels]) }
    }
    return Tensor.concatenated(rows).reshaped([batch, parts.reduce(0) { $0 + $1.shape[1] }, channels])
  }
}
