/// A prompt in the words that a model knows.
package struct Wording: Sendable, Equatable {
  package var text: String
  /// Sentences about what of the prompt the model cannot paint.
  package var shortfalls: [String] = []

  package init(_ text: String, shortfalls: [String] = []) {
    self.text = text
    self.shortfalls = shortfalls
  }
}
