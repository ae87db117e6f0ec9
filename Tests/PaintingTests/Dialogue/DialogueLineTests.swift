import System
import Testing

@testable import Painting

@Suite struct DialogueLineTests {
  @Test func linesAreRead() throws {
    #expect(try DialogueLine("  a red fox ") == .prompt("a red fox"))
    #expect(try DialogueLine("") == .nothing)
    #expect(try DialogueLine("!steps 8") == .set(["steps": "8"]))
    #expect(try DialogueLine("!steps=8") == .set(["steps": "8"]))
    #expect(try DialogueLine("!s ink") == .set(["style": "ink"]))
    #expect(try DialogueLine("!cfg_scale 3") == .set(["guidance": "3"]))
    #expect(try DialogueLine("!negative \"a dark day\"") == .set(["negative": "a dark day"]))
    #expect(try DialogueLine("!strict") == .set(["strict": "true"]))
    #expect(try DialogueLine("!steps") == .explain("steps"))
    #expect(try DialogueLine("!help steps") == .explain("steps"))
    #expect(try DialogueLine("!reset steps") == .set(["steps": nil]))
    #expect(try DialogueLine("!vary 0.7") == .vary(strength: "0.7"))
    #expect(
      try DialogueLine("!--steps 8 --style=ink -c 2 --strict --lora a:0.5 --lora b -n 'no dogs'")
        == .set([
          "steps": "8", "style": "ink", "count": "2", "strict": "true", "lora": "a:0.5,b", "negative": "no dogs",
        ]))
  }

  @Test(arguments: ["!nothing 3", "!prompt x", "!--steps", "!--steps 8 ink", "!preset", "!x", "!- 3"])
  func mistakesAreSaid(_ line: String) {
    #expect(throws: UserError.self) { try DialogueLine(line) }
  }
}

@Suite struct PromptDialogueTests {
  @Test func settingsHoldUntilTheyAreTakenBack() throws {
    var dialogue = PromptDialogue(["style": "ink"])
    try dialogue.change(["steps": "8", "seed": "3"])
    let settings = try dialogue.settings(prompt: "a fox")
    #expect(settings.steps == 8)
    #expect(dialogue.flags == "--style ink --seed 3 --steps 8")
    #expect(throws: UserError.self) { try dialogue.change(["guidance": "2", "steps": "none"]) }
    #expect(dialogue.texts["guidance"] == nil, "all or none")
    try dialogue.change(["steps": nil])
    #expect(dialogue.texts["steps"] == nil)
    try dialogue.undo()
    #expect(dialogue.texts["steps"] == "8")
    try dialogue.reset()
    #expect(dialogue.texts == ["style": "ink"])
    try dialogue.undo()
    try dialogue.undo()
    #expect(throws: UserError.self) { try dialogue.undo() }
  }

  @Test func againAndVary() throws {
    var dialogue = PromptDialogue(["seed": "3"])
    #expect(throws: UserError.self) { try dialogue.again() }
    let settings = try dialogue.settings(prompt: "a fox")
    #expect(settings.seed == 3)
    #expect(try dialogue.again().seed == nil && dialogue.again().prompt == "a fox")
    #expect(throws: UserError.self) { try dialogue.variation(strength: nil) }
    dialogue.lastPicture = "fox.png"
    let variation = try dialogue.variation(strength: "0.7")
    #expect(variation.references.paths == ["fox.png"] && variation.strength == 0.7 && variation.seed == nil)
    #expect(throws: UserError.self) { try dialogue.variation(strength: "7") }
  }

  @Test func tabCompletes() {
    let names: (String) -> [String] = { $0 == "style" ? ["ink", "flat"] : [] }
    #expect(PromptDialogue.completions(of: "!guidance-r", names: names) == ["!guidance-rescale "])
    #expect(PromptDialogue.completions(of: "!style i", names: names) == ["!style ink"])
    #expect(PromptDialogue.completions(of: "!rng t", names: names) == ["!rng torch"])
    #expect(PromptDialogue.completions(of: "a fox", names: names).isEmpty)
  }
}
