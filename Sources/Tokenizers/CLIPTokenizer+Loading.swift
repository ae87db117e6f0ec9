import Foundation
import JSON
import System

extension CLIPTokenizer {
  /// Loads a tokenizer folder of a diffusers checkpoint: `vocab.json` and `merges.txt`, or the `tokenizer.json` that
  /// goes before them where there is one; `tokenizer_config.json`, `special_tokens_map.json` and `added_tokens.json`
  /// are read where present.
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
    } else {
      try self.init(
        vocabularyFile: try files.readRequired("vocab.json"), mergesFile: try files.readRequired("merges.txt"),
        configuration: configuration, names: (files.path("vocab.json"), files.path("merges.txt")))
    }
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
    let vocabulary: Vocabulary
    do {
      var scanner = JSONScanner(vocabularyFile)
      vocabulary = try Vocabulary(reading: &scanner)
      try scanner.expectEnd()
    } catch {
      throw .damaged(file: names.vocabulary, problem: error.problem)
    }
    let merges = try MergeRules(parsing: mergesFile, file: names.merges, vocabulary: vocabulary)
    try self.init(vocabulary: vocabulary, merges: merges, configuration: configuration, file: names.vocabulary)
  }
}

/// What a `tokenizer.json` says of a byte-pair model. Its normaliser and word pattern are not read: transformers'
/// `CLIPTokenizer` puts its own in their place.
struct SerialisedTokenizer {
  let vocabulary: Vocabulary
  let merges: MergeRules
  let addedTokens: JSONValue

  init(_ bytes: [UInt8], file: String) throws(TokenizerError) {
    do {
      try self.init(reading: JSONScanner(bytes))
    } catch {
      throw .damaged(file: file, problem: error.problem)
    }
  }

  private init(reading text: JSONScanner) throws(JSONFault) {
    var scanner = text
    var added = JSONValue.array([])
    var vocabulary: Vocabulary?
    /// Merges may stand before the vocabulary that they speak of, so they are read when both are found.
    var mergesScanner: JSONScanner?
    try scanner.members { (name, scanner) throws(JSONFault) in
      switch name {
      case "added_tokens": added = try scanner.value()
      case "model" where scanner.peek() == "{":
        try scanner.members { (name, scanner) throws(JSONFault) in
          switch name {
          case "vocab": vocabulary = try Vocabulary(reading: &scanner)
          case "merges":
            mergesScanner = scanner
            try scanner.skip()
          default: try scanner.skip()
          }
        }
      default: try scanner.skip()
      }
    }
    try scanner.expectEnd()
    guard let vocabulary, var mergesScanner else {
      throw JSONFault(problem: "expected a byte-pair `model` with `vocab` and `merges`")
    }
    self.vocabulary = vocabulary
    merges = try MergeRules(reading: &mergesScanner, vocabulary: vocabulary)
    addedTokens = added
  }
}

/// The files of a tokenizer, read whole, none larger than any real one.
private struct TokenizerFolder {
  let url: URL

  private static let largestFile = 64 << 20

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  /// The bytes of a file; nil where there is none.
  func read(_ name: String) throws(TokenizerError) -> [UInt8]? {
    do {
      let bytes = try FileTree.read(path(name), atMost: Self.largestFile)
      ProtectedFiles.protectInput(FileTree.place(of: path(name)).path, as: ProtectedFiles.model)
      return bytes
    } catch {
      switch error {
      case .missing: return nil
      case .unreadable: throw .unreadable(file: path(name), reason: "\(error)")
      case .tooLarge: throw .damaged(file: path(name), problem: "\(error)")
      }
    }
  }

  func readRequired(_ name: String) throws(TokenizerError) -> [UInt8] {
    guard let bytes = try read(name) else {
      throw .unreadable(
        file: path(name), reason: "there is no such file; expected vocab.json and merges.txt, or tokenizer.json")
    }
    return bytes
  }
}
