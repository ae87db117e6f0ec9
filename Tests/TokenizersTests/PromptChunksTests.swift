import Testing

@testable import Tokenizers

@Suite struct PromptChunksTests {
  /// Its words "a" and "," are one token each; 77 tokens a chunk.
  let tokenizer: CLIPTokenizer

  init() throws { tokenizer = try Fixtures.tokenizer("large") }

  private func words(_ count: Int) -> String { String(repeating: "a ", count: count) }

  /// The tokens of each chunk without beginning, end and padding.
  private func contents(_ prompt: String) throws -> [Int] {
    try PromptChunks(prompt, syntax: .a1111, tokenizer: tokenizer).chunks.map { chunk in
      #expect(chunk.tokens.count == 77)
      #expect(chunk.weights.count == 77)
      #expect(chunk.tokens.first == tokenizer.beginning)
      return try #require(chunk.tokens.firstIndex(of: tokenizer.end)) - 1
    }
  }

  @Test func chunksHold75Tokens() throws {
    #expect(try contents("") == [0])
    #expect(try contents(words(75)) == [75])
    #expect(try contents(words(76)) == [75, 1])
    #expect(try contents(words(200)) == [75, 75, 50])
  }

  @Test func breaksFinishAChunk() throws {
    #expect(try contents("a BREAK a a") == [1, 2])
    #expect(try contents("BREAK BREAK a") == [0, 0, 1])
    #expect(try contents("a BREAK") == [1])
  }

  @Test func aChunkEndsAtACommaThatIsNear() throws {
    #expect(try contents(words(54) + ", " + words(30)) == [75, 10])
    #expect(try contents(words(55) + ", " + words(30)) == [56, 30])
    #expect(try contents(words(74) + ", " + words(5)) == [75, 5])
    // The comma itself is the token too many: nothing moves.
    #expect(try contents(words(75) + ", " + words(5)) == [75, 6])
    // The comma of an earlier chunk does not count.
    #expect(try contents(words(60) + ", " + words(90)) == [61, 75, 15])
  }

  @Test func weightsFollowTheirTokens() throws {
    let prompt = try PromptChunks("a (a a:1.5) [a]", syntax: .a1111, tokenizer: tokenizer)
    #expect(prompt.chunks[0].weights == [1, 1, 1.5, 1.5, Float(1 / 1.1)] + Array(repeating: 1, count: 72))
    #expect(prompt.isWeighted)
    let moved = try PromptChunks(words(60) + ", (" + words(20) + ":2)", syntax: .a1111, tokenizer: tokenizer)
    #expect(moved.chunks.map { $0.weights.count { $0 == 2 } } == [0, 20])
  }

  @Test func paddingFollowsTheEnd() throws {
    let tokenizer = try Fixtures.tokenizer("sd2")
    let chunk = try PromptChunks("a", syntax: .a1111, tokenizer: tokenizer).chunks[0]
    #expect(chunk.tokens == PromptChunks(plain: "a", tokenizer: tokenizer).chunks[0].tokens)
    #expect(chunk.tokens[3...].allSatisfy { $0 == 0 })
  }

  @Test func bothPromptsGetTheSameNumberOfChunks() throws {
    var long = try PromptChunks(words(200), syntax: .a1111, tokenizer: tokenizer)
    var short = try PromptChunks("a", syntax: .a1111, tokenizer: tokenizer)
    let empty = try PromptChunks("", syntax: .a1111, tokenizer: tokenizer).chunks[0]
    let untouched = long
    PromptChunks.align(&short, &long)
    #expect(long == untouched)
    #expect(short.chunks.count == 3)
    #expect(short.chunks[2] == empty)
  }

  @Test func plainTakesEveryCharacterAsItIs() throws {
    let plain = try PromptChunks("(a:1.5) BREAK <lora:x>", syntax: .plain, tokenizer: tokenizer)
    #expect(plain.chunks.count == 1)
    #expect(!plain.isWeighted)
    #expect(plain.loras.isEmpty)
    #expect(plain.cutText == nil)
    let cut = PromptChunks(plain: words(75) + "quiet harbour", tokenizer: tokenizer)
    #expect(cut.cutText == "quiet harbour")
  }
}
