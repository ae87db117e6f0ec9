/// Says what a sentence means, in any of many languages, as numbers. The guardrail knows no networks: whoever loads one hands it in.
package protocol SentenceEncoder: Sendable {
  /// How many numbers ``callAsFunction(_:)`` gives.
  var width: Int { get }
  /// The sentence's features, always the same for the same text; of a long one, of its beginning.
  func callAsFunction(_ text: String) -> [Float]
}
