/// The byte-pair tokenizer of CLIP's text encoders, the same ids as transformers 5's `CLIPTokenizer`.
///
/// A prompt goes through three steps. Added tokens (such as `<|endoftext|>`) are looked for in it; the text between
/// them is normalised and cut into words; the bytes of each word are joined by the learned rules.
package struct CLIPTokenizer: Sendable {
  /// The id that opens a prompt.
  package let beginning: Int32
  /// The id that closes a prompt.
  package let end: Int32
  /// The id that fills a prompt up to its full length.
  package let padding: Int32
  /// The tokens of a full prompt, its beginning and end counted: 77 for Stable Diffusion.
  package let maximumLength: Int
  /// One more than the largest id, so the least number of rows that an embedding must have.
  package let vocabularyCount: Int
  /// The id of a comma that ends a word, where the vocabulary has one.
  let comma: Int32?

  private let vocabulary: Vocabulary
  private let merges: MergeRules
  private let tokensOfBytes: [Int32]
  private let tokensOfLastBytes: [Int32]
  private let contentOfAddedTokens: [Int32: String]
  private let typedTokens: AddedTokenFinder
  private let normalisedTokens: AddedTokenFinder

  /// - Throws: when the vocabulary lacks a byte and has no unknown token to stand for it.
  init(vocabulary: Vocabulary, merges: MergeRules, configuration: TokenizerConfiguration, file: String)
    throws(TokenizerError)
  {
    precondition(
      configuration.maximumLength >= TokenizerConfiguration.smallestMaximumLength,
      "CLIPTokenizer: maximumLength is \(configuration.maximumLength); at least 3 are needed")
    self.vocabulary = vocabulary
    self.merges = merges
    maximumLength = configuration.maximumLength

    let unknown = vocabulary.id(of: configuration.unknown)
    func token(of byte: Int, suffix: String) throws(TokenizerError) -> Int32 {
      let spelling = String(ByteAlphabet.characters[byte]) + suffix
      guard let id = vocabulary.id(of: spelling) ?? unknown else {
        throw .damaged(
          file: file,
          problem: "the vocabulary has neither \"\(spelling)\" nor the unknown token \"\(configuration.unknown)\"")
      }
      return id
    }
    tokensOfBytes = try (0..<256).map { (byte) throws(TokenizerError) in try token(of: byte, suffix: "") }
    tokensOfLastBytes = try (0..<256).map { (byte) throws(TokenizerError) in
      try token(of: byte, suffix: ByteAlphabet.endOfWord)
    }

    var ids: [String: Int32] = [:]
    var added: [Int32: AddedToken] = [:]
    var count = vocabulary.count
    for token in configuration.addedTokens where !token.content.isEmpty {
      let id = ids[token.content] ?? vocabulary.id(of: token.content) ?? Int32(count)
      ids[token.content] = id
      added[id] = token
      count = max(count, Int(id) + 1)
    }
    func id(of special: String) throws(TokenizerError) -> Int32 {
      guard let id = ids[special] ?? vocabulary.id(of: special) else {
        throw .damaged(file: file, problem: "the vocabulary lacks the special token \"\(special)\"")
      }
      return id
    }
    beginning = try id(of: configuration.beginning)
    end = try id(of: configuration.end)
    padding = try id(of: configuration.padding)
    comma = vocabulary.id(of: "," + ByteAlphabet.endOfWord)
    vocabularyCount = count
    contentOfAddedTokens = added.mapValues { token in
      token.isNormalised ? token.normalisedContent : token.content
    }
    typedTokens = AddedTokenFinder(added.filter { !$0.value.isNormalised }.map { ($0.value, $0.key) }) {
      Array($0.content.unicodeScalars)
    }
    normalisedTokens = AddedTokenFinder(added.filter { $0.value.isNormalised }.map { ($0.value, $0.key) }) {
      Array($0.normalisedContent.unicodeScalars)
    }
  }

  /// The ids of a text of any length, without beginning and end. Time grows with the length of the text.
  package func encode(_ text: String) -> [Int32] {
    var ids: [Int32] = []
    var words: [[UInt8]: [Int32]] = [:]
    let typed = Array(text.unicodeScalars)
    for piece in typedTokens.pieces(of: typed[...]) {
      switch piece {
      case .token(let id): ids.append(id)
      case .text(let range): encodeTyped(typed[range], &ids, &words)
      }
    }
    return ids
  }

  /// The text that ids stand for, words separated by single spaces: what transformers' `decode` gives.
  package func decode(_ ids: some Sequence<Int32>) -> String {
    var bytes: [UInt8] = []
    for id in ids where id >= 0 && id < vocabularyCount {
      if let content = contentOfAddedTokens[id] {
        bytes += ByteAlphabet.bytes(of: content)
      } else {
        bytes += ByteAlphabet.bytes(of: vocabulary.spelling(of: Int(id)))
      }
    }
    let words = String(decoding: Self.spaced(bytes), as: UTF8.self).unicodeScalars
    let isBlank = { (scalar: Unicode.Scalar) in scalar.isPythonBlank }
    guard let first = words.firstIndex(where: { !isBlank($0) }), let last = words.lastIndex(where: { !isBlank($0) })
    else { return "" }
    return String(words[first...last])
  }

  /// Writes a space for each mark of the end of a word.
  private static func spaced(_ bytes: [UInt8]) -> [UInt8] {
    let mark = Array(ByteAlphabet.endOfWord.utf8)
    var spaced: [UInt8] = []
    var position = 0
    while position < bytes.count {
      let isMark = bytes[position...].starts(with: mark)
      spaced.append(isMark ? 0x20 : bytes[position])
      position += isMark ? mark.count : 1
    }
    return spaced
  }

  private func encodeTyped(
    _ text: ArraySlice<Unicode.Scalar>, _ ids: inout [Int32], _ words: inout [[UInt8]: [Int32]]
  ) {
    let normalised = Normaliser.normalise(text)
    for piece in normalisedTokens.pieces(of: normalised[...]) {
      switch piece {
      case .token(let id): ids.append(id)
      case .text(let range):
        var scanner = WordScanner(normalised[range])
        while let word = scanner.next() {
          let bytes = normalised[word].flatMap { Array(UTF8.encode($0)!) }
          ids += encode(word: bytes, &words)
        }
      }
    }
  }

  private func encode(word: [UInt8], _ words: inout [[UInt8]: [Int32]]) -> [Int32] {
    if let known = words[word] { return known }
    var tokens = word.map { tokensOfBytes[Int($0)] }
    tokens[tokens.count - 1] = tokensOfLastBytes[Int(word[word.count - 1])]
    let merged = merges.merge(tokens)
    words[word] = merged
    return merged
  }
}
