import Networks
import Tensors
import Tokenizers

/// The encodings that guidance needs, and what of the prompts was not encoded.
struct PromptEncoding {
  /// `[2, tokens, channels]`, the negative prompt first, or `[1, tokens, channels]` without guidance.
  let context: TextContext
  /// What the prior tells of the same prompts' pictures, `[prompts, edge, edge, channels]`; nil for models without one.
  let drafts: Tensor?
  /// Sentences about words that were cut.
  let warnings: [String]

  /// Every chunk lengthens what each step attends to.
  private static let mostChunks = 50

  /// - Parameters:
  ///   - isGuided: Whether the negative prompt is needed too.
  ///   - clipSkip: How many of the encoder's last layers to leave out.
  ///   - prior: It reads the first chunk of each prompt.
  init(
    prompt: String, negative: String, isGuided: Bool, syntax: PromptSyntax, clipSkip: Int, tokenizer: CLIPTokenizer,
    encoder: CLIPTextEncoder, prior: LatentPrior?
  ) throws {
    guard (0..<encoder.configuration.numHiddenLayers).contains(clipSkip) else {
      throw GenerationError.request(
        "--clip-skip \(clipSkip) leaves no layer of the text encoder's \(encoder.configuration.numHiddenLayers).")
    }
    var positive = try PromptChunks(prompt, syntax: syntax, tokenizer: tokenizer)
    var opposite = try PromptChunks(negative, syntax: syntax, tokenizer: tokenizer)
    if let adapter = (positive.loras + opposite.loras).first {
      throw GenerationError.request("limn does not load adapters yet: leave <lora:\(adapter.name)> out of the prompt.")
    }
    let most = max(positive.chunks.count, opposite.chunks.count)
    guard most <= PromptEncoding.mostChunks else {
      throw GenerationError.request(
        "The prompt makes \(most) chunks of \(tokenizer.maximumLength - 2) tokens; at most \(PromptEncoding.mostChunks) are painted."
      )
    }
    if isGuided { PromptChunks.align(&positive, &opposite) }
    let prompts = isGuided ? [opposite, positive] : [positive]

    // diffusers leaves layers out for the prompt alone, A1111 for both.
    let skipsForNegative = clipSkip == 0 || syntax == .a1111
    var parts: [Tensor] = []
    var drafts: Tensor?
    for index in positive.chunks.indices {
      let chunks = prompts.map { $0.chunks[index] }
      let sequences = chunks.map { $0.tokens.map(Int.init) }
      let encoded =
        skipsForNegative || !isGuided
        ? encoder(sequences, skippedLayers: clipSkip)
        : Tensor.concatenated([encoder([sequences[0]]), encoder([sequences[1]], skippedLayers: clipSkip)])
      if index == 0 { drafts = prior?(encoder.pooled(encoded, of: sequences)) }
      parts.append(prompts.contains(where: \.isWeighted) ? encoded.emphasised(chunks.map(\.weights)) : encoded)
    }
    context = TextContext(Tensor.concatenatedTokens(parts))
    self.drafts = drafts
    let room = tokenizer.maximumLength - 2
    // A prior reads the first chunk alone.
    let advice = prior == nil ? "--prompt-syntax a1111 reads all of it" : "Fewer words say more to this model"
    warnings = [("prompt", positive), ("negative prompt", opposite)].compactMap { name, chunks in
      guard let cut = chunks.cutText, name == "prompt" || isGuided else { return nil }
      return
        "The \(name) is longer than the \(room) tokens that the model reads at once; these words are not used: \"\(cut.count > 200 ? cut.prefix(200) + "…" : cut)\". \(advice)."
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
  fileprivate static func concatenatedTokens(_ parts: [Tensor]) -> Tensor {
    guard parts.count > 1 else { return parts[0] }
    let (batch, channels) = (parts[0].shape[0], parts[0].shape[2])
    let rows = (0..<batch).flatMap { image in
      parts.map { $0.slice(image..<image + 1).reshaped([$0.shape[1], channels]) }
    }
    return Tensor.concatenated(rows).reshaped([batch, parts.reduce(0) { $0 + $1.shape[1] }, channels])
  }
}
