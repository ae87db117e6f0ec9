import JSON

/// What a `tokenizer.json` says of a byte-pair model. Its normaliser and word pattern are not read:
/// transformers' classes put their own in their place.
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
