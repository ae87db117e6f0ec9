import Painting
import System
import Testing

@testable import Batch

/// Prompt files of every format, and what is wrong with them.
@Suite struct PromptFileTests {
  private func read(_ text: String, _ name: String = "prompts.txt", _ format: PromptFormat? = nil) throws -> PromptFile
  {
    try PromptFile(Array(text.utf8), name: name, format: format)
  }

  private let clipSkip = Field(name: "clip-skip") ?? .output

  private func prompt(_ line: String) throws -> PromptLine {
    try #require(try read(line).lines.first).get()
  }

  @Test func linesAreCountedAsEditorsDo() throws {
    let file = try read("\u{FEFF}# pictures\r\na fox\r\n\r\n   a house  \n#a\na café")
    #expect(try file.lines.map { try $0.get().line } == [2, 4, 6])
    #expect(try file.lines.map { try $0.get().fields[.prompt] } == ["a fox", "a house", "a café"])
  }

  @Test func whatIsNoTextIsRefusedAsAWhole() {
    #expect(throws: UserError.self) { try PromptFile(Array("\u{89}PNG\r\n\0\0a fox\n".utf8), name: "fox.png") }
  }

  @Test func whatIsNotUTF8IsNamedByItsLine() throws {
    let file = try PromptFile(Array("a fox\n".utf8) + [0xFF, 0xFE, 10] + Array("a house".utf8), name: "p.txt")
    #expect(file.lines[1] == .failure(LineFault(line: 2, reason: "This is not UTF-8.")))
    #expect(file.lines.count == 3)
  }

  @Test(
    "formats are told apart",
    arguments: [
      ("a.jsonl", "a fox", PromptFormat.json), ("a.CSV", "a fox", .csv), ("a.txt", "prompt,seed", .text),
      ("-", "\n# x\n{\"prompt\": \"a fox\"}", .json), ("-", "prompt,seed\na fox,1", .csv),
      ("-", "a fox, sitting", .text), ("-", "{a|b} fox", .text), ("-", "prompt", .csv), ("-", "", .text),
      ("-", "prompt,mood\n", .text), ("-", "[\n {\"prompt\": \"a fox\"}\n]", .json), ("-", "[a|b] fox", .text),
    ])
  func formats(_ name: String, _ text: String, _ format: PromptFormat) throws {
    #expect(PromptFormat(name: name, contents: Array(text.utf8)) == format)
  }

  // kohya-ss/sd-scripts documents `--n`, `--w`, `--h`, `--d`, `--l` and `--s` in train_util.py's sampling prompts.
  @Test func kohyasOptionsFollowThePrompt() throws {
    let line = try prompt("masterpiece, 1girl --n low quality, bad --w 768 --h 512 --d 1 --l 7.5 --s 28")
    #expect(
      line.fields == [
        .prompt: "masterpiece, 1girl", .negative: "low quality, bad", .width: "768", .height: "512", .seed: "1",
        .guidance: "7.5", .steps: "28",
      ])
  }

  // AUTOMATIC1111's scripts/prompts_from_file.py reads these with shlex.
  @Test func a1111sLinesBeginWithAnOption() throws {
    let line = try prompt(
      #"--prompt "a fox, (sitting:1.2)" --negative_prompt 'low quality' --steps 20 --cfg_scale 7 --sampler_name "Euler a" --do_not_save_grid"#
    )
    #expect(
      line.fields == [
        .prompt: "a fox, (sitting:1.2)", .negative: "low quality", .steps: "20", .guidance: "7", .sampler: "Euler a",
      ])
    #expect(try prompt("--prompt a red fox --steps 4").fields == [.prompt: "a red fox", .steps: "4"])
    #expect(try prompt(#"--prompt a \(small\) fox's den"#).fields == [.prompt: #"a \(small\) fox's den"#])
  }

  @Test func limnsFlagsFollowThePromptToo() throws {
    #expect(try prompt("a fox --seed 3 --clip-skip=1").fields == [.prompt: "a fox", .seed: "3", clipSkip: "1"])
    #expect(try prompt("a fox -- a well--known one").fields == [.prompt: "a fox -- a well--known one"])
  }

  @Test(
    "mistakes in lines of text",
    arguments: [
      ("a fox --bogus 3", "--bogus"), ("a fox --steps", "--steps says nothing"), ("--steps 3", "no --prompt"),
      ("--prompt \"a fox", "never closed"), ("a fox --s 3 --steps 4", "a second time"),
      ("--prompt a --tiling", "--tiling"), ("--prompt a --tiling true", "--tiling"),
      ("a fox --batch_size x", "batch_size"),
    ])
  func textMistakes(_ text: String, _ words: String) throws {
    guard case .failure(let fault) = try read("\n" + text).lines[0] else {
      Issue.record("read as a prompt")
      return
    }
    #expect(fault.line == 2)
    #expect(fault.reason.contains(words))
  }

  @Test func severalReferencesAreOneField() throws {
    let expected = ReferenceList(["a, b.png", "c.png"]).settingText
    let json = #"{"prompt": "a fox", "reference": ["a, b.png", "c.png"]}"#
    #expect(try read(json, "p.jsonl").lines[0].get().fields[.reference] == expected)
    let text = #"--prompt "a fox" --reference "a, b.png" --reference c.png"#
    #expect(try prompt(text).fields[.reference] == expected)
    guard case .failure(let fault) = try read(#"{"prompt": ["a", "b"]}"#, "p.jsonl").lines[0] else {
      Issue.record("read as a prompt")
      return
    }
    #expect(fault.reason.contains("object or array"))
  }

  @Test func jsonObjectsNameFieldsAsTheFlagsDo() throws {
    let text = """
      {"prompt": "a fox", "seed": 18446744073709551615, "guidance": 4.5, "clip_skip": 1, "negativePrompt": "x", "style": null}
      "a house"
      {"prompt": "${animal}", "$animal": "cat"}
      """
    let lines = try read(text, "p.jsonl").lines.map { try $0.get() }
    #expect(
      lines[0].fields == [
        .prompt: "a fox", .seed: "18446744073709551615", .guidance: "4.5", clipSkip: "1", .negative: "x",
      ])
    #expect(lines[1].fields == [.prompt: "a house"])
    #expect(lines[2].variables == ["animal": "cat"])
  }

  @Test(
    "mistakes in JSON lines",
    arguments: [
      ("{\"prompt\": \"a fox\"", "not JSON"), ("[[1]]", "array"), ("3", "neither an object nor a string"),
      ("[1]", "neither an object nor a string"), ("[{\"prompt\": \"a\"", "never closed"),
      ("{\"prompt\": [1]}", "object or array"), ("{\"prompt\": true}", "true or false"),
      ("{\"mood\": \"x\"}", "mood"), ("{}", "empty"), ("{\"steps\": 3, \"num_inference_steps\": 4}", "second time"),
    ])
  func jsonMistakes(_ text: String, _ words: String) throws {
    guard case .failure(let fault) = try read(text, "p.jsonl").lines[0] else {
      Issue.record("read as a prompt")
      return
    }
    #expect(fault.line == 1)
    #expect(fault.reason.contains(words))
  }

  @Test func csvKeepsToTheStandard() throws {
    let text = "prompt,Seed,$mood\r\n\"a fox, \"\"red\"\"\",1,calm\r\n\r\n\"a\nhouse\",,\r\na cat,2,\n"
    let lines = try read(text, "p.csv").lines.map { try $0.get() }
    #expect(lines.map(\.line) == [2, 4, 6])
    #expect(lines[0].fields == [.prompt: "a fox, \"red\"", .seed: "1"])
    #expect(lines[0].variables == ["mood": "calm"])
    #expect(lines[1].fields == [.prompt: "a\nhouse"])
    #expect(
      try read("prompt;steps\na fox, red;3", "p.csv").lines[0].get().fields == [.prompt: "a fox, red", .steps: "3"])
    #expect(try read("prompt\tsteps\na fox\t3", "p.tsv").lines[0].get().fields == [.prompt: "a fox", .steps: "3"])
  }

  @Test func csvMistakesAreNamedByLine() throws {
    let lines = try read("prompt,seed\na,1,2\nb,2\n\"c,3", "p.csv").lines
    #expect(lines[0] == .failure(LineFault(line: 2, reason: "The record has 3 cells; the header names 2.")))
    #expect(try lines[1].get().fields[.prompt] == "b")
    #expect(lines[2] == .failure(LineFault(line: 4, reason: "A quote is opened and never closed.")))
    #expect(throws: UserError.self) { try read("prompt,prompt\n", "p.csv") }
    #expect(throws: UserError.self) { try read("", "p.csv") }
  }

  private func fields(_ text: String, _ name: String) throws -> [[Field: String]] {
    try read(text, name).lines.map { try $0.get().fields }
  }

  @Test("spreadsheets as people make them") func spreadsheets() throws {
    let expected: [[Field: String]] = [[.prompt: "a fox, red", .seed: "1"], [.prompt: "a cat", .guidance: "7.5"]]
    #expect(
      try fields("sep=;\r\nPrompt;SEED;CFG Scale;\r\na fox, red; 1;;\r\n;;;\r\n a cat ;;7,5\r\n;;;\r\n", "p.csv")
        == expected)
    #expect(try fields("prompt,seed,guidance\n\"a fox, red\" ,1\n  \"a cat\", ,7.5,,\n", "p.csv") == expected)
    #expect(try fields("prompt\tseed\tguidance\r\"a fox, red\"\t1\ra cat\t\t7.5\r", "p.tsv") == expected)
    let utf16 = "\u{FEFF}prompt\tseed\tguidance\r\na fox, red\t1\t\r\na cat\t\t7.5\r\n".utf16
    let bytes = utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
    #expect(try PromptFile(bytes, name: "p.txt", format: .csv).lines.map { try $0.get().fields } == expected)
  }

  @Test("columns that are no fields are kept, and told") func otherColumns() throws {
    let file = try read("sku,Product name,prompt,\n7,\"Lamp, red\",a ${Product_name},\n", "p.csv")
    let line = try #require(try file.lines.first?.get())
    #expect(line.variables == ["sku": "7", "Product_name": "Lamp, red"])
    #expect(file.notes.count == 1 && file.notes[0].contains("\"Product name\" as ${Product_name}"))
    let unnamed = try read("prompt,\na fox,x\n", "p.csv").lines[0]
    #expect(throws: LineFault.self) { try unnamed.get() }
  }

  @Test("JSON over several lines") func spreadJSON() throws {
    let lines = try read(
      "[\n  {\"prompt\": \"a [fox]\",\n   \"seed\": 1},\n\n  \"a cat, \\\"red\\\"\"\n]\n", "p.json"
    ).lines
    #expect(try lines.map { try $0.get().line } == [2, 5])
    #expect(try lines.map { try $0.get().fields } == [[.prompt: "a [fox]", .seed: "1"], [.prompt: "a cat, \"red\""]])
    let objects = "{\n  \"prompt\": \"a fox\"\n}\n{\n  \"prompt\": \"a cat\"\n}\n"
    #expect(try fields(objects, "p.jsonl") == [[.prompt: "a fox"], [.prompt: "a cat"]])
    let broken = try read("[\n{\"prompt\": \"a\"},\n{\"prompt\": 3 4},\n{\"prompt\": \"c\"}]", "p.json").lines
    #expect(broken.count == 3 && (try? broken[1].get()) == nil)
    #expect(try broken[2].get().line == 4)
  }

  @Test("kohya's letters in either case, A1111's batches") func otherTools() throws {
    #expect(
      try prompt("a fox --W 768 --H 512 --D 1 --L 7.5 --S 28 --SS k_euler_a").fields == [
        .prompt: "a fox", .width: "768", .height: "512", .seed: "1", .guidance: "7.5", .steps: "28",
        .sampler: "k_euler_a",
      ])
    #expect(try prompt("--prompt a --batch_size 2 --n_iter 3 --restore_faces false").copies == 2)
  }

  @Test func zeroBytesSeparateRecords() throws {
    let file = try PromptFile(
      Array("a.png\0b\nc.png\0".utf8), name: "-", separatesByNUL: true, plainField: .reference)
    #expect(try file.lines.map { try $0.get().fields } == [[.reference: "a.png"], [.reference: "b\nc.png"]])
  }

  @Test func variablesHoldForTheLinesBelow() throws {
    let file = try read("a ${x}\n$x = red fox\nb ${x}\n$x=cat\nc ${x}\n$5 = no variable?")
    let lines = try file.lines.map { try $0.get() }
    #expect(
      lines.map(\.variables) == [[:], ["x": "red fox"], ["x": "cat"], ["x": "cat", "5": "no variable?"]].dropLast())
  }

  /// Any bytes are read or refused, none stops the reader.
  @Test(arguments: PromptFormat.allCases) func anyBytesHaveAnAnswer(_ format: PromptFormat) throws {
    var chooser = SeededChooser(seed: 7)
    let alphabet = Array("{}|\"'\\,;\n\r\0#$_-= apromptseed1[]:\u{FEFF}é".utf8) + [0xFF]
    for _ in 0..<2000 {
      let bytes = (0..<chooser.pick(60)).map { _ in alphabet[chooser.pick(alphabet.count)] }
      guard let file = try? PromptFile(bytes, name: "x", format: format) else { continue }
      _ = try Expansion().expand(file.lines)
    }
  }
}
