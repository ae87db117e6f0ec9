/// How a prompt is read.
package enum PromptSyntax: String, Sendable, CaseIterable {
  /// Weights, breaks and any length, as in AUTOMATIC1111's web interface.
  case a1111
  /// Every character stands for itself and one chunk is all there is, as in diffusers.
  case plain
}
