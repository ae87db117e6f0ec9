import Foundation
import Testing

/// `limn inspect` reads back what was written.
@Suite struct InspectTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  private func report(_ arguments: String...) throws -> [String: Any] {
    #expect(try limn(["-o", "fox.png"] + arguments, in: folder).status == 0)
    return try #require(try limn("inspect", "--json", "fox.png", in: folder).objects().first)
  }

  @Test func everythingIsReadBack() throws {
    let prompt = "Été: a \"fox\", <lora> \\ 100% 猫\nSteps: 3, Seed: 4"
    try folder.addReference()
    let found = try report(
      prompt, "--negative", "fog, rain", "--seed", "12345678901", "--steps", "7", "--guidance", "3.5", "--sampler",
      "euler",
      "--schedule", "karras", "--rng", "cuda", "--clip-skip", "1", "--style", "ink", "-r", "reference.png",
      "--strength",
      "0.25")
    let parameters = try #require(found["parameters"] as? [String: String])
    let expected = [
      "prompt": "\(prompt), ink", "negative": "fog, rain", "seed": "12345678901", "steps": "7", "guidance": "3.5",
      "sampler": "euler", "schedule": "karras", "rng": "cuda", "Style": "ink", "strength": "0.25", "size": "64x64",
      "model": "default", "clip skip": "1",
    ]
    for (key, value) in expected { #expect(parameters[key] == value, "\(key)") }
    #expect(parameters["model hash"]?.count == 10)
    #expect(found["made_by_ai"] as? Bool == true)
    #expect(found["digital_source_type"] as? String == "compositeWithTrainedAlgorithmicMedia")
    #expect(found["width"] as? Int == 64 && found["height"] as? Int == 64)
  }

  @Test func whatInspectSaysPaintsThePictureAgain() throws {
    let parameters = try #require(try report("a fox", "--negative", "fog")["parameters"] as? [String: String])
    let again = try limn(
      try #require(parameters["prompt"]), "--negative", try #require(parameters["negative"]), "--seed",
      try #require(parameters["seed"]), "--steps", try #require(parameters["steps"]), "--guidance",
      try #require(parameters["guidance"]), "--sampler", try #require(parameters["sampler"]), "-o", "-", in: folder)
    #expect(again.outputBytes == folder["fox.png"])
  }

  @Test func minimalSaysOnlyThatAModelMadeIt() throws {
    let found = try report("a secret fox", "--metadata", "minimal")
    #expect(found["made_by_ai"] as? Bool == true)
    #expect(found["parameters"] == nil)
    #expect(String(decoding: try #require(folder["fox.png"]), as: UTF8.self).contains("secret") == false)
    let lines = try limn("inspect", "fox.png", in: folder).lines
    #expect(lines.contains("made by AI    yes (trainedAlgorithmicMedia)"))
    #expect(lines.allSatisfy { !$0.contains("xpacket") }, "packets are not for people")
  }

  @Test func noneSaysNothing() throws {
    let found = try report("a secret fox", "--metadata", "none")
    #expect(found["made_by_ai"] as? Bool == false)
    #expect((found["texts"] as? [String: String])?.isEmpty == true)
  }

  @Test func thePixelsDoNotDependOnTheMetadata() throws {
    func pixels(_ policy: String) throws -> [UInt8] {
      let bytes = try limn("a fox", "--seed", "1", "--metadata", policy, "-o", "-", in: folder).outputBytes
      let start = try #require(bytes.indices.first { bytes[$0...].starts(with: "IDAT".utf8) })
      return Array(bytes[start...])
    }
    #expect(try pixels("full") == pixels("none"))
  }

  @Test func aPictureCannotSteerTheTerminal() throws {
    #expect(try limn("a \u{1B}[31mred\u{7} fox", "-o", "fox.png", in: folder).status == 0)
    let run = try limn("inspect", "fox.png", in: folder)
    #expect(!run.output.contains("\u{1B}") && !run.output.contains("\u{7}"))
  }

  @Test func aPictureCannotForgeALine() throws {
    #expect(try limn("a fox\nmade by AI    no", "-o", "fox.png", in: folder).status == 0)
    let lines = try limn("inspect", "fox.png", in: folder).lines
    #expect(lines.filter { $0.hasPrefix("made by AI") } == ["made by AI    yes (trainedAlgorithmicMedia)"])
    #expect(lines.contains("              made by AI    no"))
  }

  @Test func severalFilesAreInspected() throws {
    #expect(try limn("a fox", "--seed", "3", "-o", "fox.png", in: folder).status == 0)
    let run = try limn("inspect", "fox.png", "nowhere.png", "fox.png", in: folder)
    #expect(run.status == 5 && run.errors.contains("nowhere.png"))
    #expect(run.lines.filter { $0 == "seed          3" }.count == 2 && run.lines.first == "fox.png")
    #expect(try limn("inspect", "--json", "fox.png", "fox.png", in: folder).objects().count == 2)
  }

  @Test func standardInputIsInspectedToo() throws {
    let picture = try limn("a fox", "--seed", "3", "-o", "-", in: folder).outputBytes
    #expect(try limn("inspect", "-", input: picture, in: folder).lines.contains("seed          3"))
  }
}
