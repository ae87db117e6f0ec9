import Synchronization
import Tokenizers

/// Keeps the last encodings of prompts: one prompt with many seeds is encoded once.
package final class EncodingCache: Sendable {
  /// What an encoding follows from, beside the model.
  struct Key: Hashable, Sendable {
    let prompt: String
    let negative: String
    let isGuided: Bool
    let syntax: PromptSyntax
    let clipSkip: Int

    init(prompt: String, negative: String, _ request: PaintingRequest, isGuided: Bool) {
      self.prompt = prompt
      self.negative = negative
      self.isGuided = isGuided
      syntax = request.promptSyntax
      clipSkip = request.clipSkip
    }
  }

  private struct Content {
    var encodings: [Key: PromptEncoding] = [:]
    /// Oldest first.
    var order: [Key] = []
  }

  private let content = Mutex(Content())
  private let capacity: Int

  /// - Parameter capacity: Encodings kept; one of SD 1.x takes half a megabyte.
  package init(capacity: Int = 16) {
    self.capacity = capacity
  }

  subscript(key: Key) -> PromptEncoding? {
    get { content.withLock { $0.encodings[key] } }
    set {
      guard let newValue else { return }
      content.withLock { content in
        if content.encodings.updateValue(newValue, forKey: key) == nil { content.order.append(key) }
        if content.order.count > capacity { content.encodings[content.order.removeFirst()] = nil }
      }
    }
  }
}
