import Images
import Synchronization

/// Keeps the last conditions of one model: a prompt with many seeds is encoded once.
package final class ConditionCache: Sendable {
  /// What a condition follows from, beside the model.
  package struct Key: Hashable, Sendable {
    private let prompt: ParsedPrompt
    private let negative: ParsedPrompt?
    /// Some conditions tell the picture's size.
    private let size: PictureSize
    private let options: ConditionOptions
    private let inversions: TextualInversions

    package init(_ part: ScenePart, _ options: ConditionOptions) {
      prompt = part.prompt
      negative = options.isGuided ? part.negative : nil
      size = part.size
      self.options = options
      inversions = part.inversions
    }
  }

  private struct Content {
    var conditions: [Key: any Condition] = [:]
    /// Oldest first.
    var order: [Key] = []
  }

  private let content = Mutex(Content())
  private let capacity: Int

  /// - Parameter capacity: Conditions kept; one of SD 1.x takes half a megabyte.
  package init(capacity: Int = 16) {
    precondition(capacity > 0, "ConditionCache: a capacity of \(capacity)")
    self.capacity = capacity
  }

  package subscript(key: Key) -> (any Condition)? {
    get { content.withLock { $0.conditions[key] } }
    set {
      guard let newValue else { return }
      content.withLock { content in
        if content.conditions.updateValue(newValue, forKey: key) == nil { content.order.append(key) }
        if content.order.count > capacity { content.conditions[content.order.removeFirst()] = nil }
      }
    }
  }
}
