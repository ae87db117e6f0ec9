import JSON

/// One of the small JSON files beside a vocabulary; an absent one is empty.
struct ConfigurationFile {
  let name: String
  var members: [String: JSONValue] = [:]

  init(_ bytes: [UInt8]?, name: String) throws(TokenizerError) {
    self.name = name
    guard let bytes else { return }
    let value: JSONValue
    do {
      value = try JSONValue(parsing: bytes)
    } catch {
      throw damaged("is not valid JSON: \(error.problem)")
    }
    guard let members = value.object else { throw damaged("expected a JSON object") }
    self.members = members
  }

  func damaged(_ problem: String) -> TokenizerError { .damaged(file: name, problem: problem) }

  func object(_ key: String) throws(TokenizerError) -> [String: JSONValue]? {
    switch members[key] {
    case nil, .null: return nil
    case .object(let members): return members
    default: throw damaged("`\(key)` is not an object")
    }
  }

  /// Whether the key is there and says that there is nothing.
  func isNull(_ key: String) -> Bool { members[key] == .null }

  func number(_ key: String) throws(TokenizerError) -> Double? {
    switch members[key] {
    case nil, .null: return nil
    case let value?:
      guard let number = value.double else { throw damaged("`\(key)` is not a number") }
      return number
    }
  }

  /// The token under `key`, a string or an object; nil where absent or null.
  func token(_ key: String) throws(TokenizerError) -> AddedToken? {
    switch members[key] {
    case nil, .null: return nil
    case let value?: return try token(value, isSpecial: false)
    }
  }

  /// An object that does not say `normalized` is normalised unless it is special; a plain string is special.
  func token(_ value: JSONValue, isSpecial: Bool) throws(TokenizerError) -> AddedToken {
    switch value {
    case .string(let content): return AddedToken(content)
    case .object(let members):
      guard case .string(let content) = members["content"] else { break }
      let isSpecial = isSpecial || members["special"] == .bool(true)
      let isNormalised = members["normalized"].map { $0 == .bool(true) } ?? !isSpecial
      return AddedToken(
        content, isNormalised: isNormalised, isSingleWord: members["single_word"] == .bool(true),
        takesBlanksBefore: members["lstrip"] == .bool(true), takesBlanksAfter: members["rstrip"] == .bool(true))
    default: break
    }
    throw damaged("a token is neither a string nor an object with a `content`")
  }

  /// Tokens of `special_tokens_map.json` are special whatever they say.
  func markingSpecial(_ value: JSONValue) throws(TokenizerError) -> JSONValue {
    guard case .object(var token) = value, token["content"] != nil else { return value }
    token["special"] = .bool(true)
    return .object(token)
  }
}
