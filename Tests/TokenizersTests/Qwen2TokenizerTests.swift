import Foundation
import JSON
import TestSupport
import Testing

@testable import Tokenizers

@Suite struct Qwen2TokenizerTests {
  /// `LIMN_QWEN2` names further folders, between commas, that Tests/Reference/qwen2_tokenizer.py made.
  private static let names =
    ["qwen2-saved", "qwen2-files"].map { Fixtures.folder.appendingPathComponent($0).path }
    + (ProcessInfo.processInfo.environment["LIMN_QWEN2"] ?? "").split(separator: ",").map(String.init)

  private struct Header: Decodable { let padding: Int32 }

  private func tokenizer(_ name: String) throws -> Qwen2Tokenizer {
    try Qwen2Tokenizer(folder: URL(fileURLWithPath: name))
  }

  private func expected(_ name: String) throws -> (padding: Int32, texts: [Fixtures.Prompt]) {
    let lines = try Data(contentsOf: URL(fileURLWithPath: "\(name)/expected.jsonl")).split(
      separator: UInt8(ascii: "\n"))
    let decoder = JSONDecoder()
    let texts = try lines.dropFirst().map { try decoder.decode(Fixtures.Prompt.self, from: Data($0)) }
    return (try decoder.decode(Header.self, from: Data(lines[0])).padding, texts)
  }

  private func escaped(_ text: String) -> String {
    text.unicodeScalars.map { $0.escaped(asASCII: true) }.joined()
  }

  @Test(arguments: names) func sameIdsAsTransformers(name: String) throws {
    let tokenizer = try tokenizer(name)
    let (padding, texts) = try expected(name)
    #expect(tokenizer.padding == padding)
    #expect(texts.count > 100)
    for text in texts { #expect(tokenizer.encode(text.text) == text.ids, "\(escaped(text.text))") }
  }

  /// The saved one again, as the three lists that a GGUF file holds.
  @Test func listsOfAGGUF() throws {
    let file = try JSONValue(parsing: try Fixtures.bytes("qwen2-saved/tokenizer.json"))
    let vocabulary = try #require(file["model"]?["vocab"]?.object)
    let added = try #require(file["added_tokens"]?.array)
    var tokens = vocabulary.sorted { $0.value.integer! < $1.value.integer! }.map(\.key)
    var types = [Int](repeating: 1, count: tokens.count)
    for token in added where vocabulary[try #require(token["content"]?.string)] == nil {
      tokens.append(try #require(token["content"]?.string))
      types.append(token["special"]?.bool == true ? 3 : 4)
    }
    tokens.append("[PAD0]")
    types.append(5)
    let merges = try #require(file["model"]?["merges"]?.array).map { pair in
      try #require(pair.array).map { $0.string! }.joined(separator: " ")
    }
    let tokenizer = try Qwen2Tokenizer(tokens: tokens, merges: merges, types: types, file: "model.gguf")
    let (padding, texts) = try expected(Self.names[0])
    #expect(tokenizer.padding == padding && tokenizer.vocabularyCount == tokens.count)
    for text in texts { #expect(tokenizer.encode(text.text) == text.ids, "\(escaped(text.text))") }

    func error(_ tokens: [String], _ merges: [String], _ types: [Int]) -> String {
      do {
        _ = try Qwen2Tokenizer(tokens: tokens, merges: merges, types: types, file: "model.gguf")
        return ""
      } catch { return "\(error)" }
    }
    #expect(error(tokens, merges, [1]).contains("has 1 entries; expected one for each"))
    #expect(error(tokens + ["a"], merges, types + [1]).contains("\"a\" is listed twice"))
    #expect(error(tokens, ["a b c"], types).contains("merge 0 is not two tokens"))
    #expect(error(tokens, ["a zq"], types).contains("merge 0: the vocabulary lacks \"zq\""))
    #expect(error([], [], []).contains("empty"))
    #expect(error(["a"], [], [1]).contains("the vocabulary lacks"))
  }

  @Test func templates() throws {
    #expect(
      ChatTemplate.thinking.text("a cat")
        == "<|im_start|>user\na cat<|im_end|>\n<|im_start|>assistant\n")
    #expect(
      ChatTemplate.withoutThinking.text("a cat")
        == "<|im_start|>user\na cat<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n")
    let tokenizer = try tokenizer(Self.names[0])
    let whole = tokenizer.encode(ChatTemplate.withoutThinking.text("a cat"))
    let fitting = tokenizer.encode("a cat", in: .withoutThinking, maximumLength: 512)
    #expect(fitting.ids == whole && fitting.cutCount == 0)
    #expect(
      fitting.padded(to: 512, with: tokenizer.padding)
        == whole + [Int32](repeating: tokenizer.padding, count: 512 - whole.count))
    let cut = tokenizer.encode("a cat", in: .withoutThinking, maximumLength: 5)
    #expect(cut.ids == Array(whole.prefix(5)) && cut.cutCount == whole.count - 5)
    #expect(cut.padded(to: 5, with: tokenizer.padding) == cut.ids)
  }

  @Test func aLongPromptTakesLinearTime() throws {
    let tokenizer = try tokenizer(Self.names[0])
    for text in ["a quiet harbour at dawn, café ", "ab", " ", "\n ", "\u{301}\u{316}", "<|im_start|", "'", "1", "!"] {
      #expect(tokenizer.encode(String(repeating: text, count: 20_000)).count > 10)
    }
  }

  /// Files with bytes changed: an error or a tokenizer that works, never a crash.
  @Test(arguments: 0..<4) func mutatedFiles(seed: Int) async throws {
    var random = SeededRandom(seed: UInt64(seed))
    try await withTemporaryFolder { folder in
      let names = ["vocab.json", "merges.txt", "added_tokens.json", "tokenizer_config.json"]
      let files = try names.map { try Fixtures.bytes("qwen2-files/\($0)") }
      var refused = 0
      for round in 0..<40 {
        var mutated = files
        random.mutate(&mutated[round % files.count])
        for (name, bytes) in zip(names, mutated) { try Data(bytes).write(to: folder.appendingPathComponent(name)) }
        do {
          let tokenizer = try Qwen2Tokenizer(folder: folder)
          #expect(!tokenizer.encode("a quiet Harbour, 1890s").isEmpty)
        } catch { refused += 1 }
      }
      #expect(refused > 0)
    }
  }
}
