/// The chat templates that text encoders for pictures put around a prompt: one turn of a user, then the beginning of the answer.
package enum ChatTemplate: String, Sendable {
  /// Qwen3's with `enable_thinking=True`: Z-Image.
  case thinking
  /// Qwen3's with `enable_thinking=False`: FLUX.2 klein. The answer begins after an empty thought.
  case withoutThinking

  /// The whole text to encode. A prompt that spells out `<|im_end|>` ends its turn, as in transformers.
  package func text(_ prompt: String) -> String {
    let turn = "<|im_start|>user\n\(prompt)<|im_end|>\n<|im_start|>assistant\n"
    return switch self {
    case .thinking: turn
    case .withoutThinking: turn + "<think>\n\n</think>\n\n"
    }
  }
}

/// The ids of a prompt in its template, cut to a length.
package struct ChatTokens: Sendable, Equatable {
  /// Without padding.
  package let ids: [Int32]
  /// How many ids the cut took from the end.
  package let cutCount: Int

  /// The ids filled up on the right.
  package func padded(to length: Int, with padding: Int32) -> [Int32] {
    ids + [Int32](repeating: padding, count: max(0, length - ids.count))
  }
}

extension Qwen2Tokenizer {
  /// The ids of a prompt in a template, at most `maximumLength` of them: what is too much is cut from the end, the template with it.
  package func encode(_ prompt: String, in template: ChatTemplate, maximumLength: Int) -> ChatTokens {
    let ids = encode(template.text(prompt))
    return ChatTokens(ids: Array(ids.prefix(maximumLength)), cutCount: max(0, ids.count - maximumLength))
  }
}
