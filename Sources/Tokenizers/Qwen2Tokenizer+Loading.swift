import Foundation
import JSON
import System

extension Qwen2Tokenizer {
  /// Loads a tokenizer folder of a checkpoint: `tokenizer.json`, or `vocab.json` and `merges.txt` where there is none, or
  /// `merges.txt` alone where it is Qwen's own; `added_tokens.json` and `tokenizer_config.json` are read where present.
  ///
  /// - Throws: `TokenizerError` naming the file and what is wrong with it.
  package init(folder: URL) throws(TokenizerError) {
    let files = TokenizerFolder(url: folder)
    let configuration = try ConfigurationFile(
      try files.read("tokenizer_config.json"), name: files.path("tokenizer_config.json"))
    let added = try ConfigurationFile(try files.read("added_tokens.json"), name: files.path("added_tokens.json"))
    if let bytes = try files.read("tokenizer.json") {
      let file = files.path("tokenizer.json")
      let serialised = try SerialisedTokenizer(bytes, file: file)
      let table = try AddedTokenTable(
        serialised: serialised.addedTokens, added: added, configuration: configuration,
        file: try ConfigurationFile(nil, name: file), vocabulary: serialised.vocabulary)
      try self.init(
        vocabulary: serialised.vocabulary, merges: serialised.merges, addedTokens: table.tokens, padding: table.padding,
        file: file)
    } else {
      let file = files.path("vocab.json")
      let vocabulary =
        if let bytes = try files.read("vocab.json") {
          try Vocabulary(parsing: bytes, file: file)
        } else {
          try Self.publishedVocabulary(files)
        }
      let merges = try MergeRules(
        parsing: try files.readRequired("merges.txt"), file: files.path("merges.txt"), vocabulary: vocabulary)
      let table = try AddedTokenTable(
        serialised: .array([]), added: added, configuration: configuration, file: configuration, vocabulary: vocabulary)
      try self.init(
        vocabulary: vocabulary, merges: merges, addedTokens: table.tokens, padding: table.padding, file: file)
    }
  }

  /// The merges of the vocabulary that Qwen2 was published with, which its descendants use.
  private static let publishedMerges = 151_643 - 256

  /// The vocabulary that merges alone make: bytes, then what each merge makes.
  private static func publishedVocabulary(_ files: TokenizerFolder) throws(TokenizerError) -> Vocabulary {
    guard let text = try files.read("merges.txt") else { throw files.missing("vocab.json") }
    let file = files.path("merges.txt")
    let lines = try MergeLine.all(of: text, file: file)
    // Another vocabulary may number its tokens in any way.
    guard lines.count == publishedMerges else { throw files.missing("vocab.json") }
    do {
      return try Vocabulary(merges: lines, of: text)
    } catch {
      throw .damaged(file: file, problem: error.problem)
    }
  }

  /// Makes a tokenizer from what a GGUF file says of it.
  ///
  /// - Parameters:
  ///   - tokens: `tokenizer.ggml.tokens`; the place of each is its id.
  ///   - merges: `tokenizer.ggml.merges`, two tokens and a space between them each.
  ///   - types: `tokenizer.ggml.token_type`: 3 (control) and 4 (user-defined) are looked for in the text as a whole.
  ///   - file: For messages.
  /// - Throws: `TokenizerError` saying what is wrong with them.
  package init(tokens: [String], merges: [String], types: [Int], file: String) throws(TokenizerError) {
    guard types.count == tokens.count else {
      throw .damaged(
        file: file,
        problem:
          "`tokenizer.ggml.token_type` has \(types.count) entries; expected one for each of \(tokens.count) tokens")
    }
    let vocabulary: Vocabulary
    do { vocabulary = try Vocabulary(tokens) } catch {
      throw .damaged(file: file, problem: "`tokenizer.ggml.tokens`: \(error.problem)")
    }
    let added = tokens.indices.filter { types[$0] == 3 || types[$0] == 4 }.map {
      (token: AddedToken(tokens[$0]), id: Int32($0))
    }
    try self.init(
      vocabulary: vocabulary, merges: try MergeRules(merges, file: file, vocabulary: vocabulary), addedTokens: added,
      file: file)
  }
}

/// The added tokens of a folder, whichever of its files says so, with their ids.
private struct AddedTokenTable {
  private(set) var tokens: [(token: AddedToken, id: Int32)] = []
  let padding: String

  /// - Parameters:
  ///   - serialised: The `added_tokens` of `tokenizer.json`.
  ///   - added: `added_tokens.json`
  ///   - configuration: `tokenizer_config.json`, which goes before the others.
  ///   - file: `tokenizer.json`, for messages.
  init(
    serialised: JSONValue, added: ConfigurationFile, configuration: ConfigurationFile, file: ConfigurationFile,
    vocabulary: Vocabulary
  ) throws(TokenizerError) {
    var known: [String: (token: AddedToken, id: Int32)] = [:]
    func id(_ number: Int?, in file: ConfigurationFile) throws(TokenizerError) -> Int32 {
      guard let number, (0..<AddedTokenTable.largestCount).contains(number) else {
        throw file.damaged("an added token's id is not a whole number from 0 to \(AddedTokenTable.largestCount - 1)")
      }
      return Int32(number)
    }
    for value in serialised.array ?? [] {
      let token = try file.token(value, isSpecial: false)
      known[token.content] = (token, try id(value["id"]?.integer, in: file))
    }
    for (content, value) in added.members {
      let number = try id(value.integer, in: added)
      known[content] = (known[content]?.token ?? AddedToken(content), number)
    }
    for (key, value) in try configuration.object("added_tokens_decoder") ?? [:] {
      let token = try configuration.token(value, isSpecial: false)
      known[token.content] = (token, try id(Int(key), in: configuration))
    }
    padding = try configuration.token("pad_token")?.content ?? Qwen2Tokenizer.standardPadding
    // Special tokens that no file gives an id are of the vocabulary, or come after it.
    var special: [AddedToken] = []
    for name in ["bos_token", "eos_token", "unk_token", "pad_token"] {
      if let token = try configuration.token(name) {
        special.append(token)
      } else if name != "bos_token", !configuration.isNull(name) {
        special.append(AddedToken(Qwen2Tokenizer.standardPadding))
      }
    }
    for key in ["additional_special_tokens", "extra_special_tokens"] {
      for value in configuration.members[key]?.array ?? [] {
        special.append(try configuration.token(value, isSpecial: true))
      }
    }
    var next = max(vocabulary.count, Int(known.values.map(\.id).max() ?? -1) + 1)
    for token in special where known[token.content] == nil {
      let place = vocabulary.id(of: token.content)
      known[token.content] = (token, place ?? Int32(next))
      if place == nil { next += 1 }
    }
    tokens = known.values.sorted { $0.id < $1.id }
  }

  /// No embedding has more rows.
  private static let largestCount = 1 << 24
}
