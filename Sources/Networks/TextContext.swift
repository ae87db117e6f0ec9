import Synchronization
import Tensors

/// The encodings of a batch of prompts, with what each cross-attention layer makes of them: projected on first use, then
/// kept for the remaining steps.
package final class TextContext: Sendable {
  /// `[batch, tokens, channels]`
  package let embeddings: Tensor
  private let projections = Mutex<[Int: KeysAndValues]>([:])

  package init(_ embeddings: Tensor) {
    self.embeddings = embeddings
  }

  /// The projection for the layer with this number; `project` is called the first time only.
  func keysAndValues(layer: Int, _ project: (Tensor) -> KeysAndValues) -> KeysAndValues {
    if let known = projections.withLock({ $0[layer] }) { return known }
    let made = project(embeddings)
    projections.withLock { $0[layer] = made }
    return made
  }

  /// Something that all layers see in place of the embeddings themselves, computed once.
  func transformed(_ transform: (Tensor) -> Tensor) -> Tensor {
    keysAndValues(layer: -1) { embeddings in
      let value = transform(embeddings)
      return KeysAndValues(keys: value, values: value)
    }.keys
  }
}
