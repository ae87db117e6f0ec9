/// Says what a sentence means, in any of many languages, as numbers. The guardrail knows no networks: whoever loads one hands it in.
package protocol SentenceEncoder: Sendable {
  /// How many numbers of a sentence ``callAsFunction(_:)`` gives.
  var width: Int { get }
  /// Each sentence's features, whatever stands beside it; of a long one, of its beginning.
  func callAsFunction(_ sentences: [String]) -> [[Float]]
}
