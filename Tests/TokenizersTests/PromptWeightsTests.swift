import Testing

@testable import Tokenizers

@Suite struct PromptWeightsTests {
  typealias Part = PromptWeights.Part

  /// What `parse_prompt_attention` of stable-diffusion-webui gives; the first ten are its own examples.
  static let examples: [(String, [(String, Double)])] = [
    ("normal text", [("normal text", 1)]),
    ("an (important) word", [("an ", 1), ("important", 1.1), (" word", 1)]),
    ("(unbalanced", [("unbalanced", 1.1)]),
    ("\\(literal\\]", [("(literal]", 1)]),
    ("(unnecessary)(parens)", [("unnecessaryparens", 1.1)]),
    (
      "a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).",
      [
        ("a ", 1), ("house", 1.5730000000000004), (" ", 1.1), ("on", 1), (" a ", 1.1), ("hill", 0.55), (", sun, ", 1.1),
        ("sky", 1.4641000000000006), (".", 1.1),
      ]
    ),
    ("(a:0.5)", [("a", 0.5)]),
    ("(a: -.5 )", [("a", -0.5)]),
    ("(a:+1.)b", [("a", 1), ("b", 1)]),
    ("[a]", [("a", 1 / 1.1)]),
    ("", [("", 1)]),
    ("(", [("", 1)]),
    ("()", [("", 1)]),
    (")", [(")", 1)]),
    ("a]b", [("a]b", 1)]),
    ("a:b", [("a:b", 1)]),
    ("a:1.2)", [("a:1.2)", 1)]),
    ("[a:1.2)]", [("a:1.2)", 1 / 1.1)]),
    ("(a:b)", [("a:b", 1.1)]),
    ("(a:1.2.3)", [("a:1.2.3", 1.1)]),
    ("(a:1.2", [("a:1.2", 1.1)]),
    ("(a:١.٥)", [("a", 1.5)]),
    ("\\\\(x\\\\)", [("\\", 1), ("x\\", 1.1)]),
    ("back\\slash\\", [("backslash", 1)]),
    ("([x)]", [("x", 1.1 * (1 / 1.1))]),
    ("(a [b) c]", [("a ", 1.1), ("b", 1.1 * (1 / 1.1)), (" c", 1 / 1.1)]),
    ("{a|b} __list__ <other:x:1>", [("{a|b} __list__ <other:x:1>", 1)]),
    ("(cafe\u{301}:1.2)é", [("cafe\u{301}", 1.2), ("é", 1)]),
  ]

  @Test(arguments: examples)
  func weights(prompt: String, expected: [(String, Double)]) throws {
    let parsed = try PromptWeights(parsing: prompt)
    var merged: [(String, Double)] = []
    for (text, weight) in expected {
      if merged.last?.1 == weight { merged[merged.count - 1].0 += text } else { merged.append((text, weight)) }
    }
    #expect(parsed.parts == merged.map { .text($0, weight: $1) })
    #expect(parsed.loras.isEmpty)
  }

  @Test(arguments: [
    ("a BREAK b", [Part.text("a", weight: 1), .chunkBreak, .text("b", weight: 1)]),
    ("a\n BREAK,b", [.text("a", weight: 1), .chunkBreak, .text(",b", weight: 1)]),
    ("BREAK", [.text("", weight: 1), .chunkBreak, .text("", weight: 1)]),
    ("BREAKFAST aBREAK BREAK_ break", [.text("BREAKFAST aBREAK BREAK_ break", weight: 1)]),
    ("(a BREAK b:1.5)", [.text("a", weight: 1.5), .chunkBreak, .text("b", weight: 1.5)]),
  ])
  func breaks(prompt: String, expected: [Part]) throws {
    #expect(try PromptWeights(parsing: prompt).parts == expected)
  }

  @Test func loras() throws {
    let parsed = try PromptWeights(parsing: "a <lora:my style:0.8>(cat)<lora:x> <lora:y:0.2:-1> <lora:open")
    #expect(
      parsed.loras == [
        LoRAMention(name: "my style", weight: 0.8), LoRAMention(name: "x"),
        LoRAMention(name: "y", weight: -1, textEncoderWeight: 0.2),
      ])
    #expect(
      parsed.parts == [.text("a ", weight: 1), .text("cat", weight: 1.1), .text("  <lora:open", weight: 1)])
  }

  @Test(arguments: ["<lora:>", "<lora::1>", "<lora:x:o.8>", "<lora:x:1:2:3>", "<lora:x:nan>"])
  func senselessLoRA(prompt: String) {
    #expect(throws: TokenizerError.self) { try PromptWeights(parsing: prompt) }
  }

  @Test(arguments: ["(a", "[a", "((:1.1)", "\\", "<lora:", "BREAK ", "a)", ":"])
  func aLongPromptTakesLinearTime(unit: String) throws {
    #expect(try PromptWeights(parsing: String(repeating: unit, count: 10_000)).parts.isEmpty == false)
  }
}
