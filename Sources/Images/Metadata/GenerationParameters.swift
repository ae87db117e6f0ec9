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
  /// LoRAs that stand beside the prompt, not in it.
  package var loras: [LoRA] = []
  /// The tool and its version, "limn 0.1".
  package var version: String?
  /// What else stands there ("Style", "Aspect", "VAE"), in order.
  package var others: [Other] = []

  /// A LoRA and how strongly it changes the model.
  package struct LoRA: Equatable, Sendable {
    package var name: String
    package var weight: Double
    /// Nil where it is the same.
    package var textEncoderWeight: Double?
  }

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

  /// Keys that decide nothing of the picture, or say in other words what stands elsewhere.
  private static let idle: Set<String> = [
    "App", "Backend", "Batch", "Batch pos", "Batch size", "Created Date", "Comment", "Grid", "Hashes", "Index",
    "Lora hashes", "Model hash", "Operations", "Original negative", "Original prompt", "Performance", "Pipeline",
    "Raw negative prompt", "Raw prompt", "Styles", "Template", "Negative Template", "User", "VAE hash",
    "Civitai metadata",
    "nsfw", "draft", "workflow", "Time", "Module 1", "Module 2", "Module 3",
  ]

  /// What else stands there and may decide the picture.
  package var telling: [Other] { others.filter { !Self.idle.contains($0.key) && !$0.value.isEmpty } }
}
