import Engine
import Foundation
import Images
import Painting
import SettingSamples
import System
import Testing

@testable import Batch

/// What prompt files come to.
@Suite struct BatchPlanTests {
  private let studio: BatchStudio

  init() throws { studio = try BatchStudio() }

  // MARK: Fields

  @Test(arguments: Setting.all.map(\.name)) func everySettingIsAField(_ name: String) throws {
    let field = try #require(Field(name: name))
    #expect(Field.allCases.contains(field) && field.rawValue == name)
    func read(_ text: String) throws -> PictureSettings {
      try PictureSettings([Field.prompt: "a fox"].merging([field: text]) { $1 })
    }
    let text = SettingSample.of(name).text
    #expect(try read(text) == PictureSettings(["prompt": "a fox"].merging([name: text]) { $1 }))
    for refused in SettingSample.of(name).refused {
      let error = try #require(throws: UserError.self) { try read(refused) }
      #expect(error.description.hasPrefix("`\(name)` "))
    }
  }

  @Test(arguments: Setting.all.map(\.name).filter { $0 != "count" })
  func everySettingIsReadInEveryFormat(_ name: String) throws {
    let text = SettingSample.of(name).text
    let quoted = "\"\(text.replacing("\"", with: "\"\""))\""
    let escaped = "\"\(text.replacing("\"", with: "\\\""))\""
    let isPrompt = name == "prompt"
    let field = try #require(Field(name: name))
    for (format, file) in [
      (PromptFormat.csv, isPrompt ? "prompt\n\(quoted)" : "prompt,\(name)\na fox,\(quoted)"),
      (.json, isPrompt ? "{\"prompt\": \(escaped)}" : "{\"prompt\": \"a fox\", \"\(name)\": \(escaped)}"),
    ] {
      let fields = try #require(try PromptFile(Array(file.utf8), name: "p", format: format).lines.first).get().fields
      #expect(fields[field] == text && fields.count == (isPrompt ? 1 : 2), "\(format)")
    }
  }

  @Test func fieldsBeginWithThePromptsAndAreTheirOwn() {
    #expect(Field.allCases.prefix(2) == [.prompt, .negative] && Set(Field.allCases).count == Field.allCases.count)
    #expect(Field.allCases.last == .output)
    #expect(Field(name: "mood") == nil && Field(name: "clipSkip") == Field(name: "clip_skip"))
    #expect(throws: UserError.self) { try PictureSettings([Field.steps: "3"]) }
  }

  // MARK: Plans

  @Test func jobsAreNamedAndCounted() throws {
    let plan = try studio.plan("a fox --seed 1\n\na house --seed 2 --count 2 --output there/house")
    #expect(plan.jobs.map(\.path) == ["1-1.png", "there/house.png", "there/house.png"])
    #expect(plan.jobs.map(\.index) == [1, 2, 3] && plan.jobs.map(\.line) == [1, 3, 3])
    #expect(plan.jobs.map(\.copy) == [1, 1, 2] && plan.jobs.map(\.order.seed) == [1, 2, 3])
    #expect(plan.faults.isEmpty && plan.repetitions.isEmpty)
    #expect(Set(plan.jobs.map { ObjectIdentifier($0.model.model) }).count == 1, "opened once")
    #expect((plan.predictedBytes(studio.engine) ?? 0) > 1 << 20)
  }

  @Test func namesSayWhatThePictureIs() throws {
    let names = "{index:03}-{slug}-{style}-{model}-{width}x{height}-{steps}-{guidance}-{sampler}-{$mood}.png"
    let plan = try studio.plan("$mood=calm\nA Fox! --seed 1 --width 104 --height 72 --sampler euler", names: names)
    #expect(plan.jobs.map(\.path) == ["001-a-fox-none-sd1-104x72-2-7.5-euler-calm.png"])
  }

  @Test func whatIsWrongIsToldByLine() throws {
    let text = """
      {"prompt": "a fox"
      {"prompt": "a fox", "mood": 1}
      {"prompt": "you idiot", "count": 2}
      {"prompt": "a fox", "steps": 0}
      {"prompt": "a fox", "strength": 0.5}
      {"prompt": ""}
      {"prompt": "a fox", "reference": "/nowhere.png"}
      {"prompt": "a fox", "model": "nowhere"}
      {"prompt": "a fox", "style": "bogus"}
      {"prompt": "a fox", "width": 64}
      {"prompt": "a fox"}
      """
    let plan = try studio.plan(text, name: "p.jsonl")
    let words = [
      (1, "not JSON"), (2, "mood"), (3, "refused as"), (3, "refused as"), (4, "steps 0 is not 1 to 1000."),
      (5, "strength says how far to leave a reference; name one."), (6, "empty"), (7, "/nowhere.png"),
      (8, "no model \"nowhere\""), (9, "no style \"bogus\""), (10, "width and height go together"),
    ]
    #expect(plan.faults.map(\.line) == words.map(\.0))
    for (fault, (_, words)) in zip(plan.faults, words) { #expect(fault.reason.contains(words), "\(fault.reason)") }
    #expect(plan.faults.filter { $0.refused != nil }.map(\.copy) == [1, 2])
    #expect(plan.faults.prefix(2).map(\.copy) == [nil, nil])
    #expect(plan.jobs.map(\.line) == [11])
  }

  @Test func picturesAskedForTwiceAreOne() throws {
    let text =
      "a fox --seed 1\na fox --seed 2\na fox --seed 1 --output other\na fox --seed 1 --rng torch\na fox --seed 1 --steps 3"
    let plan = try studio.plan(text)
    #expect(plan.jobs.map(\.line) == [1, 2, 5])
    #expect(plan.repetitions.map(\.line) == [4] && plan.repetitions.map(\.first) == [1])
    // A file that was asked for by name is not left out in silence.
    #expect(plan.faults.map(\.line) == [3] && plan.faults[0].reason.contains("Line 1 asks for the same picture"))
  }

  @Test func whateverDecidesPixelsDecidesTheKey() throws {
    let reference = BatchStudio.fixture("Pictures/sd1-reference.reference.png")
    let lines = [
      "", "--seed 2", "--steps 3", "--guidance 2", "--guidance-end 0.5", "--guidance-rescale 0.5", "--deep-cache 2",
      "--clip-skip 1", "--rng cuda", "--sampler euler", "--sampler ddim --eta 0.5", "--sampler ddim",
      "--schedule karras",
      "--spacing trailing", "--sampler euler --timesteps 999,500", "--prompt-syntax a1111", "--width 104 --height 72",
      "--aspect 16:9", "--style oil", "--negative fog", "--reference \(reference)",
      "--reference \(reference) --strength 0.5",
      "--model \(BatchStudio.fixture("Pictures/sd2"))", "--vae \(BatchStudio.fixture("Pictures/tiny/vae"))",
      "--text-encoder \(BatchStudio.fixture("Pictures/sd1/text_encoder/model.safetensors"))",
      "--embedding \(BatchStudio.fixture("PicturesEmbeddings/word.safetensors"))",
      "--embedding \(BatchStudio.fixture("PicturesEmbeddings/words.safetensors"))",
    ]
    // The last seed that a line names counts.
    let text = lines.map { $0.contains("--seed") ? "a fox \($0)" : "a fox --seed 1 \($0)" }.joined(separator: "\n")
    let plan = try studio.plan(text)
    #expect(plan.faults.isEmpty && plan.repetitions.isEmpty && plan.jobs.count == lines.count)
  }

  /// Batches of limn 0.1 go on: this is how it made its keys.
  @Test func keysAreWhatTheyWere() throws {
    let text =
      "a fox --seed 7 --guidance 2.5 --guidance-end 0.5 --clip-skip 1 --sampler euler-a --rng cuda --negative fog"
    let job = try #require(try studio.plan(text).jobs.first)
    let hash = try #require(job.model.hash.digits)
    let old = JobKey([
      ("model", hash), ("prompt", "a fox"), ("negative", "fog"), ("painted", "64x64"), ("written", "64x64"),
      ("seed", "7"),
      ("steps", "2"), ("guidance", "2.5"), ("guidance-end", "0.5"), ("deep-cache", "1"), ("clip-skip", "1"),
      ("rng", "cuda"), ("sampler", "euler-a"), ("schedule", "model"), ("spacing", "model"), ("syntax", "plain"),
      ("reference", ""), ("strength", ""),
    ])
    #expect(job.key == old)
    let reference = BatchStudio.fixture("Pictures/sd1-reference.reference.png")
    let repainted = try #require(try studio.plan("a fox --seed 7 --reference \(reference)").jobs.first)
    let digest = Fingerprint.digits(of: try Data(contentsOf: URL(filePath: reference)))
    let oldRepainted = JobKey([
      ("model", hash), ("prompt", "a fox"), ("negative", ""), ("painted", "64x64"), ("written", "64x64"), ("seed", "7"),
      ("steps", "2"), ("guidance", "7.5"), ("guidance-end", "1.0"), ("deep-cache", "1"), ("clip-skip", "0"),
      ("rng", "torch"), ("sampler", "model"), ("schedule", "model"), ("spacing", "model"), ("syntax", "plain"),
      ("reference", digest), ("strength", "0.75"),
    ])
    #expect(repainted.key == oldRepainted)
  }

  @Test func anEmptyNegativePromptIsAnotherPictureForSome() throws {
    let plan = try studio.plan("prompt,seed,negative\na fox,1,\n", name: "p.csv")
    let said = try studio.plan(#"{"prompt": "a fox", "seed": 1, "negative": ""}"#, name: "p.jsonl")
    // An empty cell says nothing; an empty text says just that.
    #expect(plan.jobs[0].order.prompt.negative == nil && said.jobs[0].order.prompt.negative?.text == "")
    #expect(plan.jobs[0].key != said.jobs[0].key)
  }

  @Test func shardsDivideJobsAndRefusals() throws {
    let text =
      (1...40).map { $0 % 4 == 0 ? "you idiot number \($0)" : "a fox --seed \($0)" }.joined(separator: "\n")
      + "\na --steps x"
    let whole = try studio.plan(text)
    var lines: [Int] = []
    for index in 1...3 {
      var part = whole
      part.keep(try Shard(parsing: "\(index)/3"))
      lines += part.jobs.map(\.line) + part.faults.map(\.line)
      #expect(part.faults.contains { $0.line == 41 } == (index == 1))
    }
    #expect(lines.sorted() == Array(1...41))
  }

  @Test func referencesAreReadAndJudged() throws {
    let reference = BatchStudio.fixture("Pictures/sd1-reference.reference.png")
    let plan = try studio.plan(
      "a fox --seed 1 --reference \(reference)\na fox --seed 2 --reference \(reference)", model: "CLIP/some")
    #expect(plan.jobs.isEmpty)
    #expect(plan.faults.map { $0.reason.hasPrefix("The picture to start from was refused") } == [true, true])
    #expect(plan.faults.allSatisfy { $0.refused != nil })
    let harmless = try studio.plan("a fox --seed 1 --reference \(reference)")
    #expect(harmless.jobs.count == 1 && harmless.jobs[0].order.references.isEmpty, "read again when it is painted")
  }
}
