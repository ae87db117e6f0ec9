import Tensors

/// Vectors that stand in texts in the place of tokens', as textual inversions learn them.
package struct InsertedVectors: Sendable {
  /// `[vectors, channels]`
  package let vectors: Tensor
  /// Whether the last of them stands for a text's end where the encoder takes the largest number for that (`eos_token_id` 2):
  /// diffusers numbers them behind all tokens. A1111 does not.
  package let endText: Bool

  package init(_ vectors: Tensor, endText: Bool) {
    self.vectors = vectors
    self.endText = endText
  }
}
