import Synchronization
import Tensors

/// The encodings of a batch of prompts, with what each cross-attention layer makes of them: projected on first use, then
/// kept for the remaining steps.
package final class TextContext: Sendable {
  /// `[batch, tokens, channels]`
  package let embeddings: Tensor
  /// What the denoiser is told beside the tokens; nil for denoisers that read tokens alone.
  package let added: AddedConditions?
  /// Pictures that are attended to beside the text.
  package let pictures: [PicturePrompt]
  /// A picture beside which self-attention attends to its own.
  package let other: ReferenceAttention?
  private let projections = Mutex<[Int: KeysAndValues]>([:])
  private let addedEmbedding = Mutex<Tensor?>(nil)

  package init(
    _ embeddings: Tensor, added: AddedConditions? = nil, pictures: [PicturePrompt] = [],
    other: ReferenceAttention? = nil
  ) {
    precondition(
      added.map { $0.pooled.shape[0] == embeddings.shape[0] } ?? true,
      "TextContext: \(embeddings.shape) with conditions for \(added?.timeIDs.count ?? 0)")
    self.embeddings = embeddings
    self.added = added
    self.pictures = pictures
    self.other = other
  }

  /// The same prompts with pictures beside them, with nothing projected yet.
  ///
  /// - Parameter pictures: As many as there are prompts; none for the same text alone.
  package func beside(_ pictures: [PicturePrompt]) -> TextContext {
    TextContext(embeddings, added: added, pictures: pictures, other: other)
  }

  /// The same prompts for layers that attend to another picture too, with nothing projected yet.
  package func beside(_ other: ReferenceAttention?) -> TextContext {
    other == nil ? self : TextContext(embeddings, added: added, pictures: pictures, other: other)
  }

  /// Some of the prompts, with nothing projected yet.
  package func slice(_ range: Range<Int>) -> TextContext {
    TextContext(
      embeddings.slice(range), added: added?.slice(range), pictures: pictures.map { $0.slice(range) },
      other: other)
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

  /// What a denoiser makes of the added conditions, `[batch, channels]`, computed once; nil where there are none.
  func embeddedConditions(_ embed: (AddedConditions) -> Tensor) -> Tensor? {
    guard let added else { return nil }
    if let known = addedEmbedding.withLock({ $0 }) { return known }
    let made = embed(added)
    addedEmbedding.withLock { $0 = made }
    return made
  }
}

/// What SDXL's denoiser is told of each picture beside the prompt's tokens (Podell et al. 2023, sections 2.2 and 2.3;
/// diffusers' `added_cond_kwargs` of `text_time`).
package struct AddedConditions: Sendable {
  /// What stands for each prompt as a whole, `[batch, width]`.
  package let pooled: Tensor
  /// For each prompt the original height and width, the crop's top and left, and the height and width to paint, in pixels.
  package let timeIDs: [[Float]]

  /// How many numbers tell a picture's size.
  package static let sizeNumbers = 6

  package init(pooled: Tensor, timeIDs: [[Float]]) {
    precondition(
      pooled.rank == 2 && pooled.shape[0] == timeIDs.count && Set(timeIDs.map(\.count)).count == 1,
      "AddedConditions: \(pooled.shape) with numbers \(timeIDs.map(\.count))")
    self.pooled = pooled
    self.timeIDs = timeIDs
  }

  func slice(_ range: Range<Int>) -> AddedConditions {
    AddedConditions(pooled: pooled.slice(range), timeIDs: Array(timeIDs[range]))
  }
}
