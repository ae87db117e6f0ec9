import JSON

/// What stands beside the vocabulary: which tokens open, close and fill a prompt, and how long it may be.
package struct TokenizerConfiguration: Sendable, Equatable {
  package var beginning = "<|startoftext|>"
  package var end = "<|endoftext|>"
  /// Stands for bytes that the vocabulary lacks.
  package var unknown = "<|endoftext|>"
  /// Fills a prompt up; Stable Diffusion 2.x uses "!".
  package var padding = "<|endoftext|>"
  /// The tokens of a prompt, with its beginning and end.
  package var maximumLength = 77
  /// In the order in which transformers adds them; of two with the same content the later counts.
  package var addedTokens: [AddedToken] = TokenizerConfiguration.standardTokens

  /// What transformers' `CLIPTokenizer` assumes where no file says otherwise.
  package init() {}

  private static let standardTokens = [AddedToken("<|startoftext|>"), AddedToken("<|endoftext|>")]

  /// Beyond this transformers' `model_max_length` means that nobody said.
  private static let largestMaximumLength = 1_000_000.0
  /// The beginning, the end and one token between.
  static let smallestMaximumLength = 3

  /// Reads the files as transformers 5 does: what `special_tokens_map.json` says goes before `tokenizer_config.json`,
  /// unless the latter lists its added tokens, when the other files are not asked.
  /// - Parameters:
  ///   - tokenizerConfig: `tokenizer_config.json`
  ///   - specialTokensMap: `special_tokens_map.json`
  ///   - addedTokens: `added_tokens.json`
  ///   - serialisedAddedTokens: the `added_tokens` of `tokenizer.json`
  init(
    tokenizerConfig: [UInt8]?, specialTokensMap: [UInt8]?, addedTokens: [UInt8]?, serialisedAddedTokens: JSONValue?
  ) throws(TokenizerError) {
    var settings = try ConfigurationFile(tokenizerConfig, name: "tokenizer_config.json")
    var listed: [(id: Int, token: AddedToken)] = []
    if let decoder = try settings.object("added_tokens_decoder") {
      for (id, value) in decoder {
        guard let number = Int(id) else { throw settings.damaged("`added_tokens_decoder` has \"\(id)\" for an id") }
        listed.append((number, try settings.token(value, isSpecial: false)))
      }
    } else {
      let map = try ConfigurationFile(specialTokensMap, name: "special_tokens_map.json")
      for (key, value) in map.members { settings.members[key] = try map.markingSpecial(value) }
      var special: Set<String> = []
      for name in Self.names { if let token = try settings.token(name) { special.insert(token.content) } }
      let added = try ConfigurationFile(addedTokens, name: "added_tokens.json")
      for (content, value) in added.members {
        guard let id = value.integer else { throw added.damaged("the id of \"\(content)\" is not a whole number") }
        listed.append((id, AddedToken(content, isNormalised: !special.contains(content))))
      }
      let file = try ConfigurationFile(nil, name: "tokenizer.json")
      for (order, value) in (serialisedAddedTokens?.array ?? []).enumerated() {
        listed.append((order, try file.token(value, isSpecial: false)))
      }
    }
    self.init()
    let tokens = listed.sorted { $0.id < $1.id }.map(\.token)
    try takeSpecialTokens(from: settings, after: tokens)
    if let length = try settings.number("model_max_length"), length <= Self.largestMaximumLength {
      guard let whole = Int(exactly: length), whole >= Self.smallestMaximumLength else {
        throw settings.damaged(
          "`model_max_length` is \(length); expected a whole number of at least \(Self.smallestMaximumLength)")
      }
      maximumLength = whole
    }
  }

  /// The names of special tokens, in the order in which transformers adds them.
  private static let names = [
    "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
  ]

  private mutating func takeSpecialTokens(
    from settings: ConfigurationFile, after listed: [AddedToken]
  ) throws(TokenizerError) {
    let known = Set(listed.map(\.content))
    var tokens = listed
    func add(_ token: AddedToken) {
      if !known.contains(token.content), !tokens.contains(token) { tokens.append(token) }
    }
    for name in Self.names {
      let token = try settings.token(name)
      switch name {
      case "bos_token": beginning = token?.content ?? beginning
      case "eos_token": end = token?.content ?? end
      case "unk_token": unknown = token?.content ?? unknown
      case "pad_token": padding = token?.content ?? padding
      default: break
      }
      if let token {
        add(token)
      } else if name == "bos_token" {
        add(AddedToken(beginning))
      } else if ["eos_token", "unk_token", "pad_token"].contains(name) {
        add(AddedToken("<|endoftext|>"))
      }
    }
    for key in ["extra_special_tokens", "additional_special_tokens"] {
      for value in settings.members[key]?.array ?? [] { add(try settings.token(value, isSpecial: true)) }
    }
    addedTokens = tokens
  }
}
