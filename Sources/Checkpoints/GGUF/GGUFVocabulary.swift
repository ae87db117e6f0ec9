/// The tokenizer that llama.cpp's files carry beside a text encoder (`tokenizer.ggml....`).
package struct GGUFVocabulary: Sendable {
  /// The file, for messages.
  package let origin: String
  private let values: [String: GGUFValue]

  /// - Returns: Nil where the file carries none of byte pairs.
  init?(_ file: GGUFFile) {
    guard file.values[Key.model]?.text == "gpt2", file.values[Key.tokens]?.array != nil else { return nil }
    origin = file.origin
    values = file.values
  }

  private enum Key {
    static let model = "tokenizer.ggml.model"
    static let tokens = "tokenizer.ggml.tokens"
    static let merges = "tokenizer.ggml.merges"
    static let types = "tokenizer.ggml.token_type"
  }

  /// The place of each is its id.
  package var tokens: [String] { values[Key.tokens]?.array?.texts ?? [] }
  /// Two tokens with a space between them each.
  package var merges: [String] { values[Key.merges]?.array?.texts ?? [] }
  /// What each token is: 1 of the text, 3 and 4 looked for as a whole.
  package var types: [Int] { values[Key.types]?.array?.integers ?? [] }
}
