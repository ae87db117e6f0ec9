/// The byte-level byte-pair tokenizer of Qwen2 and Qwen3, the same ids as transformers 5's `Qwen2Tokenizer`.
///
/// Added tokens (such as `<|im_start|>`) are looked for first; the text between them is brought to NFC and cut into words, a
/// blank with the word that follows it; the bytes of each word are joined by the learned rules. Nothing is put before or after.
package struct Qwen2Tokenizer: Sendable {
  /// The id that fills a prompt up: `<|endoftext|>`.
  package let padding: Int32
  /// One more than the largest id, so the least number of rows that an embedding must have.
  package let vocabularyCount: Int

  private let merges: MergeRules
  private let tokensOfBytes: [Int32]
  private let typedTokens: AddedTokenFinder
  private let normalisedTokens: AddedTokenFinder

  static let standardPadding = "<|endoftext|>"

  /// - Parameters:
  ///   - addedTokens: With the ids that count where the vocabulary has none of their spelling.
  ///   - padding: How the token that fills up is spelt.
  /// - Throws: when the vocabulary lacks a byte or the padding.
  init(
    vocabulary: Vocabulary, merges: MergeRules, addedTokens: [(token: AddedToken, id: Int32)],
    padding: String = standardPadding, file: String
  ) throws(TokenizerError) {
    self.merges = merges
    tokensOfBytes = try ByteAlphabet.characters.map { (character) throws(TokenizerError) in
      guard let id = vocabulary.id(of: String(character)) else {
        throw .damaged(file: file, problem: "the vocabulary lacks \"\(character)\", one of the 256 bytes")
      }
      return id
    }
    let added = addedTokens.filter { !$0.token.content.isEmpty }.map {
      (token: $0.token, id: vocabulary.id(of: $0.token.content) ?? $0.id)
    }
    guard
      let filler = added.last(where: { $0.token.content == padding })?.id ?? vocabulary.id(of: padding)
    else { throw .damaged(file: file, problem: "the vocabulary lacks \"\(padding)\", which fills prompts up") }
    self.padding = filler
    vocabularyCount = max(vocabulary.count, Int(added.map(\.id).max() ?? 0) + 1)
    typedTokens = AddedTokenFinder(added.filter { !$0.token.isNormalised }) { Array($0.content.unicodeScalars) }
    normalisedTokens = AddedTokenFinder(added.filter { $0.token.isNormalised }) {
      Array(Normaliser.composed(Array($0.content.unicodeScalars)[...]))
    }
  }

  /// The ids of a text of any length. Time grows with the length of the text.
  package func encode(_ text: String) -> [Int32] {
    var ids: [Int32] = []
    var words: [ArraySlice<Unicode.Scalar>: [Int32]] = [:]
    let typed = Array(text.unicodeScalars)
    for piece in typedTokens.pieces(of: typed[...]) {
      switch piece {
      case .token(let id): ids.append(id)
      case .text(let range):
        let composed = Normaliser.composed(typed[range])
        for piece in normalisedTokens.pieces(of: composed) {
          switch piece {
          case .token(let id): ids.append(id)
          case .text(let range):
            var scanner = Qwen2WordScanner(composed[range])
            while let word = scanner.next() { ids += encode(word: composed[word], &words) }
          }
        }
      }
    }
    return ids
  }

  private func encode(
    word: ArraySlice<Unicode.Scalar>, _ words: inout [ArraySlice<Unicode.Scalar>: [Int32]]
  ) -> [Int32] {
    if let known = words[word] { return known }
    var tokens: [Int32] = []
    for scalar in word { for byte in UTF8.encode(scalar)! { tokens.append(tokensOfBytes[Int(byte)]) } }
    let merged = merges.merge(tokens)
    words[word] = merged
    return merged
  }
}
