import Foundation
import JSON
import Testing

@testable import Tokenizers

/// Qwen's vocabulary as limn carries it (weights/packages/qwen2-vocabulary).
@Suite struct PublishedQwenTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../weights/fetched/qwen2-vocabulary").standardizedFileURL

  /// Ids of transformers 5.24.0's `Qwen2TokenizerFast` with the vocabulary that Qwen3 was published with.
  @Test(
    .enabled(if: FileManager.default.fileExists(atPath: folder.path), "weights/fetch.sh fetches it"),
    arguments: [
      ("a red fox in the snow", [64, 2518, 38835, 304, 279, 11794]),
      ("Hello, world!", [9707, 11, 1879, 0]),
      ("<|im_start|>user\n", [151_644, 872, 198]),
      ("<think>\n\n</think>\n\n", [151_667, 271, 151_668, 271]),
    ] as [(String, [Int32])])
  func idsAreThePublishedOnes(_ text: String, _ ids: [Int32]) throws {
    let tokenizer = try Qwen2Tokenizer(folder: Self.folder)
    #expect(tokenizer.encode(text) == ids)
    #expect(tokenizer.vocabularyCount == 151_669 && tokenizer.padding == 151_643)
  }

  /// What `vocabulary_qwen.py` left in the file that `LIMN_QWEN_PROMPTS` names.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["LIMN_QWEN_PROMPTS"] != nil))
  func promptsOfManyScripts() throws {
    let path = try #require(ProcessInfo.processInfo.environment["LIMN_QWEN_PROMPTS"])
    let tokenizer = try Qwen2Tokenizer(folder: Self.folder)
    var count = 0
    for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
      let row = try JSONValue(parsing: Array(line.utf8))
      let text = try #require(row["text"]?.string)
      let ids = try #require(row["ids"]?.array).compactMap(\.integer).map(Int32.init)
      #expect(tokenizer.encode(text) == ids, "\(text)")
      count += 1
    }
    #expect(count > 9000)
  }
}
