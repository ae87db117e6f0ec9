import Foundation
import JSON

extension CLIPTokenizer {
  /// Loads a tokenizer folder of a diffusers checkpoint: `vocab.json` and `merges.txt`, or the `tokenizer.json` that
  /// goes before them where there is one, or `merges.txt` alone where it is CLIP's own; `tokenizer_config.json`,
  /// `special_tokens_map.json` and `added_tokens.json` are read where present.
  ///
  /// - Parameter padding: The token that fills prompts up, whatever the files say; nil for what they say.
  /// - Throws: `TokenizerError` naming the file and what is wrong with it.
  package init(folder: URL, padding: String? = nil) throws(TokenizerError) {
    let files = TokenizerFolder(url: folder)
    let serialised = try files.read("tokenizer.json").map { (bytes) throws(TokenizerError) in
      try SerialisedTokenizer(bytes, file: files.path("tokenizer.json"))
    }
    var configuration = try TokenizerConfiguration(
      tokenizerConfig: try files.read("tokenizer_config.json"),
      specialTokensMap: try files.read("special_tokens_map.json"),
      addedTokens: try files.read("added_tokens.json"),
      serialisedAddedTokens: serialised?.addedTokens)
    if let padding { configuration.padding = padding }
    if let serialised {
      try self.init(
        vocabulary: serialised.vocabulary, merges: serialised.merges, configuration: configuration,
        file: files.path("tokenizer.json"))
    } else if let vocabulary = try files.read("vocab.json") {
      try self.init(
        vocabularyFile: vocabulary, mergesFile: try files.readRequired("merges.txt"),
        configuration: configuration, names: (files.path("vocab.json"), files.path("merges.txt")))
    } else {
      let lines = try files.read("merges.txt").map { (text) throws(TokenizerError) in
        (text, try MergeLine.all(of: text, file: files.path("merges.txt")))
      }
      // Another vocabulary may number its tokens in any way.
      guard let (text, lines) = lines, lines.count == Self.publishedMerges else { throw files.missing("vocab.json") }
      try self.init(merges: lines, of: text, configuration: configuration, file: files.path("merges.txt"))
    }
  }

  /// The merges of the vocabulary that OpenAI published, which all of CLIP's descendants use.
  private static let publishedMerges = 49_152 - 256 - 2

  /// Makes a tokenizer of merges alone. The ids are CLIP's: bytes, bytes that end a word, what each merge makes, the
  /// two special tokens (`SimpleTokenizer` of openai/CLIP).
  init(merges lines: [MergeLine], of text: [UInt8], configuration: TokenizerConfiguration, file: String)
    throws(TokenizerError)
  {
    let vocabulary: Vocabulary
    do {
      vocabulary = try Vocabulary(
        merges: lines, of: text, suffixes: ["", ByteAlphabet.endOfWord],
        others: [configuration.beginning, configuration.end])
    } catch {
      throw .damaged(file: file, problem: error.problem)
    }
    let rules = try MergeRules(lines, of: text, file: file, vocabulary: vocabulary)
    try self.init(vocabulary: vocabulary, merges: rules, configuration: configuration, file: file)
  }

  /// Makes a tokenizer from the bytes of a `vocab.json` and a `merges.txt`, for checkpoints that carry none.
  /// - Throws: `TokenizerError` saying what is wrong with them.
  package init(
    vocabularyFile: [UInt8], mergesFile: [UInt8], configuration: TokenizerConfiguration = TokenizerConfiguration()
  ) throws(TokenizerError) {
    try self.init(
      vocabularyFile: vocabularyFile, mergesFile: mergesFile, configuration: configuration,
      names: ("vocab.json", "merges.txt"))
  }

  private init(
    vocabularyFile: [UInt8], mergesFile: [UInt8], configuration: TokenizerConfiguration,
    names: (vocabulary: String, merges: String)
  ) throws(TokenizerError) {
    let vocabulary = try Vocabulary(parsing: vocabularyFile, file: names.vocabulary)
    let merges = try MergeRules(parsing: mergesFile, file: names.merges, vocabulary: vocabulary)
    try self.init(vocabulary: vocabulary, merges: merges, configuration: configuration, file: names.vocabulary)
  }
}
