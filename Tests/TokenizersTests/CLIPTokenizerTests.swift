import Foundation
import Testing

@testable import Tokenizers

@Suite struct CLIPTokenizerTests {
  @Test(arguments: Fixtures.names)
  func sameIdsAsTransformers(name: String) throws {
    let tokenizer = try Fixtures.tokenizer(name)
    let (header, prompts) = try Fixtures.expected(name)
    #expect(tokenizer.beginning == header.beginning)
    #expect(tokenizer.end == header.end)
    #expect(tokenizer.padding == header.padding)
    #expect(tokenizer.maximumLength == header.maximumLength)
    #expect(prompts.count > 60)
    for prompt in prompts {
      #expect(tokenizer.encode(prompt.text) == prompt.ids, "\(escaped(prompt.text))")
    }
  }

  @Test(arguments: Fixtures.names)
  func plainPromptIsPaddedAndCutAsInDiffusers(name: String) throws {
    let tokenizer = try Fixtures.tokenizer(name)
    for prompt in try Fixtures.expected(name).prompts {
      let plain = PromptChunks(plain: prompt.text, tokenizer: tokenizer)
      #expect(plain.chunks.count == 1)
      #expect(plain.cutText.map(escaped) == prompt.cut.map(escaped))
      if let padded = prompt.padded { #expect(plain.chunks[0].tokens == padded, "\(escaped(prompt.text))") }
    }
  }

  @Test func loadsFromBytes() throws {
    let tokenizer = try CLIPTokenizer(
      vocabularyFile: Fixtures.bytes("large/vocab.json"), mergesFile: Fixtures.bytes("large/merges.txt"))
    for prompt in try Fixtures.expected("large").prompts.prefix(20) {
      #expect(tokenizer.encode(prompt.text) == prompt.ids)
    }
  }

  @Test func aLongPromptTakesLinearTime() throws {
    let tokenizer = try Fixtures.tokenizer("large")
    let sentence = "a quiet harbour at dawn, café "
    let once = tokenizer.encode(sentence)
    #expect(tokenizer.encode(String(repeating: sentence, count: 1_000)).count == once.count * 1_000)
    // One word without end, marks without a letter: a quadratic step anywhere would take minutes.
    #expect(tokenizer.encode(String(repeating: "ab", count: 10_000)).count > 1_000)
    #expect(tokenizer.encode(String(repeating: "\u{301}\u{316}", count: 20_000)).count > 1_000)
    #expect(tokenizer.encode(String(repeating: "<|endoftext|", count: 10_000)).count > 10_000)
  }

  private func escaped(_ text: String) -> String {
    text.unicodeScalars.map { $0.escaped(asASCII: true) }.joined()
  }
}
