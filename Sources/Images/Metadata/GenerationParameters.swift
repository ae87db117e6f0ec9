/// How a picture was made: what A1111 keeps under `parameters`. What is nil was not said.
package struct GenerationParameters: Equatable, Sendable {
  package var prompt = ""
  package var negativePrompt = ""
  package var steps: Int?
  /// limn's name ("dpm++2m") where it has one, else as the other tool wrote it.
  package var sampler: String?
  /// limn's name ("karras") where it has one, else as the other tool wrote it.
  package var schedule: String?
  package var guidance: Double?
  package var seed: UInt64?
  /// In pixels.
  package var width: Int?
  package var height: Int?
  /// The first ten hexadecimal digits of the checkpoint's SHA-256.
  package var modelHash: String?
  package var model: String?
  /// 0...1; for pictures made from a reference.
  package var strength: Double?
  /// Counts from 1, as A1111 does; diffusers' `clip_skip` plus one.
  package var clipSkip: Int?
  /// "torch" or "cuda", or as the other tool wrote it.
  package var randomSource: String?
  /// The tool and its version, "limn 0.1".
  package var version: String?
  /// What else stands there ("Style", "Aspect", "VAE"), in order.
  package var others: [Other] = []

  /// A key of the settings line that has no property of its own.
  package struct Other: Equatable, Sendable {
    package var key: String
    package var value: String

    package init(_ key: String, _ value: String) {
      self.key = key
      self.value = value
    }
  }

  package init() {}

  /// The value of a key in `others`.
  package subscript(other key: String) -> String? { others.first { $0.key == key }?.value }
}
