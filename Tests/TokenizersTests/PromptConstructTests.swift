import Testing

@testable import Tokenizers

/// stable-diffusion-webui's `prompt_parser.py` and `extra_networks.py` give these a meaning that limn does not paint.
@Suite struct PromptConstructTests {
  @Test(arguments: [
    ("[night:day:0.5] at sea", "[night:day:0.5]", "at a step"), ("a [day:10]", "[day:10]", "at a step"),
    ("a [fog::0.25] b", "[fog::0.25]", "at a step"), ("a [b [c:d: 3] e]", "[c:d: 3]", "at a step"),
    ("a [ship|boat]", "[ship|boat]", "every step"), ("[a|b|]", "[a|b|]", "every step"),
    ("[(a:1.2)|b]", "[(a:1.2)|b]", "every step"), ("a ship AND a boat :1.2", "AND", "together"),
    ("a\nAND b", "AND", "together"), ("a <hypernet:brush:0.5>", "<hypernet:brush:0.5>", "hypernetwork"),
  ])
  func isRefused(prompt: String, text: String, meaning: String) {
    let error = #expect(throws: TokenizerError.self) { try PromptWeights(parsing: prompt) }
    #expect(error?.description.contains(text) == true && error?.description.contains(meaning) == true)
  }

  @Test(arguments: [
    "[less] of it", "\\[a:b:0.5\\]", "[a:b]", "[(a:1.2)]", "a:0.5]", "[a:b:0.5", "a|b", "SAND AND_ BAND", "a and b",
    "(a|b:1.2)", "<hypernet:open", "[day: 10:30 at noon]",
  ])
  func staysText(prompt: String) throws {
    _ = try PromptWeights(parsing: prompt)
  }

  @Test func lycoIsLora() throws {
    let parsed = try PromptWeights(parsing: "a <lyco:brush:0.5> b")
    #expect(parsed.loras == [LoRAMention(name: "brush", weight: 0.5)])
    #expect(try LoRAMention.removed(from: "a <lyco:brush> b").text == "a b")
  }
}
