import Foundation
import TestSupport
import Testing

@testable import Tokenizers

@Suite struct DamagedFileTests {
  static let vocabularies: [(String, says: String)] = [
    ("", "it ends where `{` was expected"),
    ("[]", "`{` was expected at byte 0"),
    ("{}", "is empty"),
    (#"{"a": 0"#, "it ends where `}` was expected"),
    (#"{"a": 0} x"#, "nothing more was expected at byte 9"),
    (#"{"a": 0, "b": 0}"#, "both have id 0"),
    (#"{"a": 0, "a": 1}"#, "listed twice"),
    (#"{"a": 0, "b": 2}"#, "without gaps"),
    (#"{"a": -1}"#, "a whole number of at least 0 was expected at byte 6"),
    (#"{"a": 4000000000}"#, "without gaps"),
    (#"{"a": 99999999999999999999999}"#, "a smaller number was expected at byte 6"),
    (#"{"a": 0.5}"#, "a whole number of at least 0 was expected at byte 6"),
    (#"{"a": "0"}"#, "a whole number of at least 0 was expected at byte 6"),
    (#"{"a\ud800": 0}"#, "a valid escape was expected at byte 3"),
    (#"{"a\x": 0}"#, "a valid escape was expected at byte 3"),
    (#"{"a"#, "it ends where the end of a string was expected"),
    (#"{"a": 0}"#, "neither"),
  ]

  @Test(arguments: vocabularies)
  func vocabulary(text: String, says: String) throws {
    let error = #expect(throws: TokenizerError.self) {
      try CLIPTokenizer(vocabularyFile: Array(text.utf8), mergesFile: Array("#version: 0.2\n".utf8))
    }
    #expect("\(try #require(error))".hasPrefix("vocab.json: "))
    #expect("\(try #require(error))".contains(says), "\(error.debugDescription)")
  }

  @Test func byteOrderMarksAndWindowsLineEndsAreAccepted() throws {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let merges = try Fixtures.bytes("plain/merges.txt").flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] }
    let plain = try Fixtures.tokenizer("plain")
    let marked = try CLIPTokenizer(vocabularyFile: mark + Fixtures.bytes("plain/vocab.json"), mergesFile: mark + merges)
    #expect(marked.encode("a quiet harbour") == plain.encode("a quiet harbour"))
  }

  static let merges: [(String, says: String)] = [
    ("q zq", "line 1: the vocabulary lacks \"zq\""),
    ("#version: 0.2\nz q", "line 2: the vocabulary lacks \"zq\""),
    ("a", "line 1 is not two tokens"),
    ("a b c", "line 1 is not two tokens"),
  ]

  @Test(arguments: merges)
  func mergeRules(text: String, says: String) throws {
    let vocabulary = try Fixtures.bytes("plain/vocab.json")
    let error = #expect(throws: TokenizerError.self) {
      try CLIPTokenizer(vocabularyFile: vocabulary, mergesFile: Array(text.utf8))
    }
    #expect("\(try #require(error))".contains(says), "\(error.debugDescription)")
  }

  @Test func notUTF8() throws {
    let vocabulary = try Fixtures.bytes("plain/vocab.json")
    #expect(throws: TokenizerError.self) { try CLIPTokenizer(vocabularyFile: [0x7B, 0xFF, 0x7D], mergesFile: []) }
    #expect(throws: TokenizerError.self) {
      try CLIPTokenizer(vocabularyFile: vocabulary, mergesFile: [0x61, 0x20, 0xFF])
    }
  }

  @Test func nestingWithoutEnd() throws {
    let brackets = Array(repeating: UInt8(ascii: "["), count: 1_000_000)
    #expect(throws: TokenizerError.self) {
      try TokenizerConfiguration(
        tokenizerConfig: Array("{\"x\":".utf8) + brackets, specialTokensMap: nil, addedTokens: nil,
        serialisedAddedTokens: nil)
    }
  }

  @Test(arguments: [
    "{\"model_max_length\": 2}", "{\"model_max_length\": -77}", "{\"model_max_length\": 7.5}",
    "{\"bos_token\": 3}", "{\"pad_token\": {}}", "{\"added_tokens_decoder\": {\"x\": \"y\"}}", "[]", "",
  ])
  func configuration(text: String) throws {
    let error = #expect(throws: TokenizerError.self) {
      try TokenizerConfiguration(
        tokenizerConfig: Array(text.utf8), specialTokensMap: nil, addedTokens: nil, serialisedAddedTokens: nil)
    }
    #expect("\(try #require(error))".hasPrefix("tokenizer_config.json: "))
  }

  @Test func noFolder() throws {
    let missing = Fixtures.folder.appendingPathComponent("no-such-folder")
    let error = #expect(throws: TokenizerError.self) { try CLIPTokenizer(folder: missing) }
    #expect("\(try #require(error))".contains("vocab.json cannot be read: there is no such file"))
  }

  /// `LIMN_FUZZ=10000` sets the rounds in all.
  private static let rounds = ProcessInfo.processInfo.environment["LIMN_FUZZ"].flatMap { Int($0) } ?? 400

  /// Files with bytes changed, cut out and doubled: an error or a tokenizer that works, never a crash.
  @Test(arguments: 0..<8)
  func mutatedFiles(seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    let files = try ["plain/vocab.json", "plain/merges.txt", "sd1/tokenizer_config.json", "saved/tokenizer.json"]
      .map(Fixtures.bytes)
    var refused = 0
    for round in 0..<Self.rounds / 8 {
      var mutated = files
      random.mutate(&mutated[round % files.count])
      do {
        let configuration = try TokenizerConfiguration(
          tokenizerConfig: mutated[2], specialTokensMap: nil, addedTokens: nil, serialisedAddedTokens: nil)
        let tokenizer = try CLIPTokenizer(
          vocabularyFile: mutated[0], mergesFile: mutated[1], configuration: configuration)
        #expect(tokenizer.decode(tokenizer.encode("a quiet Harbour, 1890s")).isEmpty == false)
        _ = try SerialisedTokenizer(mutated[3], file: "tokenizer.json")
      } catch {
        refused += 1
      }
    }
    #expect(refused > 0)
  }
}

extension SeededRandom {
  mutating func mutate(_ bytes: inout [UInt8]) {
    for _ in 0..<Int.random(in: 1...3, using: &self) {
      guard !bytes.isEmpty else { return }
      let position = Int.random(in: 0..<bytes.count, using: &self)
      let end = min(bytes.count, position + Int.random(in: 1...40, using: &self))
      switch Int.random(in: 0..<6, using: &self) {
      case 0: bytes[position] = UInt8.random(in: 0...255, using: &self)
      case 1: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &self)
      case 2: bytes.removeSubrange(position..<end)
      case 3: bytes.insert(contentsOf: bytes[position..<end], at: position)
      case 4: bytes[position] = Array("0123456789\",:{}[]\\- \n".utf8).randomElement(using: &self)!
      default: bytes.removeSubrange(position...)
      }
    }
  }
}
