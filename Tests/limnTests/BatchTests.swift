import Foundation
import Images
import Testing

/// `limn batch` as a user meets it.
@Suite struct BatchTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  private func write(_ text: String, to name: String = "prompts.txt") throws {
    try folder.write(Array(text.utf8), to: name)
  }

  private func pictures(_ subfolder: String = "") throws -> [String] {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.work.appending(path: subfolder).path)
    return names.filter { $0.hasSuffix(".png") }.sorted()
  }

  @Test func pipesWithANameAreRead() throws {
    let run = try shell("mkfifo prompts; (echo a fox > prompts &); limn batch prompts --check", in: folder)
    #expect(run.status == 0 && run.errors.isEmpty)
    let place = try limn("batch", ".", "--check", in: folder)
    #expect(place.status == 5 && place.errors.contains("is a folder"))
  }

  @Test func everyLineBecomesAPicture() throws {
    try write("# two\na red apple --seed 1\n\na house --seed 2 --count 2\n")
    let run = try limn("batch", "prompts.txt", "-o", "out", in: folder)
    #expect(run.status == 0)
    #expect(run.errors.isEmpty)
    #expect(
      run.lines.sorted() == ["out/00001-a-red-apple-1.png", "out/00002-a-house-2.png", "out/00003-a-house-3.png"])
    #expect(try folder.names == ["out", "prompts.txt"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.work.appending(path: "out").path).count == 4)
    // The same pictures as one by one.
    #expect(try limn("a house", "--seed", "3", "-o", "house.png", in: folder).status == 0)
    #expect(folder["house.png"] == folder["out/00003-a-house-3.png"])
  }

  @Test func linesMeetTheSameChecksAsFlags() throws {
    try folder.addReference()
    try write(
      """
      {"prompt": "a fox"
      {"prompt": "a fox", "mood": 1}
      {"prompt": "a fox", "width": -64, "height": 64}
      {"prompt": "a fox", "reference": "missing.png"}
      {"prompt": "you idiot"}
      {"prompt": "a fox", "style": "bogus"}
      {"prompt": "a fox", "sampler": "bogus"}
      {"prompt": "a fox", "model": "bogus"}
      {"prompt": "a fox", "steps": 0}
      {"prompt": "a fox", "strength": 0.5}
      {"prompt": ""}
      {"prompt": "a fox", "negative": "you are a stupid worthless idiot"}
      {"prompt": "a fox", "reference": "reference.png", "sampler": "Euler a"}
      """, to: "p.jsonl")
    let run = try limn("batch", "p.jsonl", "--check", in: folder)
    #expect(run.status == 5)
    let words = [
      "not JSON", "mood", "-64x64", "missing.png", "refused as", "bogus", "euler-a", "no model", "steps 0 is not 1 to",
      "strength says how far to leave a reference", "empty", "negative prompt was refused",
    ]
    #expect(run.lines.count == words.count + 1)
    for (index, word) in words.enumerated() where index < run.lines.count {
      #expect(run.lines[index].hasPrefix("p.jsonl:\(index + 1): ") && run.lines[index].contains(word))
    }
    #expect(run.lines.last?.hasPrefix("1 picture, ") == true)
    #expect(try folder.names == ["p.jsonl", "reference.png"])
  }

  /// `make bench-batch` times it.
  @Test func everyBadLineOfThousandsIsNamed() throws {
    let lines = (0..<2000).map { $0 % 20 == 7 ? "a fox \($0) --width -8 --height 8" : "a red fox number \($0)" }
    try write(lines.joined(separator: "\n"))
    let run = try limn("batch", "prompts.txt", "--check", in: folder)
    #expect(run.lines.dropLast().map { Int($0.split(separator: ":")[1]) } == (0..<100).map { $0 * 20 + 8 })
    #expect(run.errors == "limn: 100 lines cannot be painted.\n")
  }

  @Test func nothingIsPaintedTwiceAndNothingDamagedIsKept() throws {
    try write("a fox --count 4 --seed 1")
    #expect(try limn("batch", "prompts.txt", in: folder).lines.count == 4)
    let first = try pictures().map { folder[$0] }
    let again = try limn("batch", "prompts.txt", in: folder)
    #expect(again.status == 0 && again.lines.isEmpty)
    try FileManager.default.removeItem(at: folder.work.appending(path: "00002-a-fox-2.png"))
    try folder.change("00003-a-fox-3.png") { $0[100] ^= 1 }
    let repaired = try limn("batch", "prompts.txt", in: folder)
    #expect(repaired.lines.sorted() == ["00002-a-fox-2.png", "00003-a-fox-3.png"])
    #expect(try pictures().map { folder[$0] } == first)
    // Other lines before them, another name for new ones: what is painted stays what it is.
    try write("a house --seed 9\na fox --count 4 --seed 1")
    #expect(try limn("batch", "prompts.txt", in: folder).lines == ["00001-a-house-9.png"])
    #expect(try limn("batch", "prompts.txt", "--no-resume", in: folder).lines.count == 5)
    #expect(try pictures().count == 5)
  }

  @Test func strangersFilesAreNotOverwritten() throws {
    try folder.write(Array("mine".utf8), to: "fox.png")
    try write("a fox --output fox\na fox --seed 2 --output fox.png")
    #expect(try limn("batch", "prompts.txt", in: folder).lines.sorted() == ["fox-2.png", "fox-3.png"])
    #expect(folder["fox.png"] == Array("mine".utf8))
  }

  @Test func whatIsAskedTwiceIsPaintedOnce() throws {
    try write("a fox --seed 1\na house --seed 1\na fox --seed 1 --steps 3\na fox --seed 1")
    let check = try limn("batch", "prompts.txt", "--check", in: folder)
    #expect(check.status == 0)
    #expect(check.output.contains("prompts.txt:4: The same picture as line 1"))
    #expect(try limn("batch", "prompts.txt", in: folder).lines.count == 3)
  }

  @Test func failuresAreListedAndTheRestIsPainted() throws {
    try write("a fox --seed 1\nyou idiot\na fox --steps x\na house --seed 1")
    let run = try limn("batch", "prompts.txt", in: folder)
    #expect(run.status == 7)
    #expect(run.lines.count == 2)
    #expect(run.errors.contains("prompts.txt:2: The prompt was refused") && run.errors.contains("prompts.txt:3: steps"))
    let fast = try limn("batch", "prompts.txt", "--fail-fast", "-o", "fast", in: folder)
    #expect(fast.status == 3 && fast.output.isEmpty)
    try write("you idiot")
    #expect(try limn("batch", "prompts.txt", in: folder).status == 3)
    try write("a fox --steps x")
    #expect(try limn("batch", "prompts.txt", in: folder).status == 5)
    try write("# nothing\n")
    #expect(try limn("batch", "prompts.txt", in: folder).status == 5)
    #expect(try limn("batch", "nowhere.txt", in: folder).status == 5)
  }

  @Test func whatCannotBeWrittenIsTriedAgainAndHoldsNothingUp() throws {
    try write("a fox --output prompts.txt/fox\na house --output house\na tree --width 4096 --height 4096 --output tree")
    let model = TestFolder.fixture("sd1").path
    let flags = ["-m", model, "--steps", "1", "--retry", "2", "--max-memory", "600MB"]
    let run = try limn(["batch", "prompts.txt", "--json"] + flags, in: folder)
    #expect(run.status == 7)
    let failures = try run.objects().filter { $0["event"] as? String == "failed" }
    #expect(failures.map { $0["line"] as? Int } == [1, 3])
    #expect(failures.allSatisfy { $0["attempts"] as? Int == 3 })
    #expect(try pictures() == ["house.png"])
    #expect(
      run.errors.contains("prompts.txt, line 1, picture 1 was not painted") && run.errors.contains("takes at least"))
    let fast = try limn(["batch", "prompts.txt", "--json", "--fail-fast"] + flags, in: folder)
    #expect(fast.status == 7)
  }

  @Test(
    "mistakes on the command line",
    arguments: [
      ["--grid", "mood=1,2"], ["--set", "steps"], ["--name", "{bogus}"], ["--shard", "3/2"], ["--jobs", "0"],
      ["--retry", "-1"], ["--format", "bogus"], ["-o", "-", "--json"], ["-o", ""], ["--merge", "nowhere.sqlite"],
      ["-o", "prompts.txt"],
    ])
  func mistakes(_ arguments: [String]) throws {
    try write("a fox")
    let run = try limn(["batch", "prompts.txt"] + arguments, in: folder)
    #expect(run.status == (arguments[0] == "--merge" ? 5 : 2))
    #expect(run.errors.hasPrefix("limn: ") && run.output.isEmpty)
    #expect(try pictures().isEmpty)
  }

  @Test func eventsKeepToTheirSchema() throws {
    try folder.addReference()
    try write("a fox --seed 1 --steps 2\nyou idiot\na fox --steps x\na house --i reference.png --style ink --steps 2")
    let run = try limn("batch", "prompts.txt", "--json", "--grid", "guidance=1,2", in: folder)
    #expect(run.status == 7)
    let events = try run.objects() + limn("batch", "prompts.txt", "--json", "--check", in: folder).objects()
    let schema = try EventSchema()
    for event in events {
      #expect(schema.faults(of: event).isEmpty)
      #expect(schema.undescribed(in: event).isEmpty)
    }
    let names = events.compactMap { $0["event"] as? String }
    #expect(names.first == "started" && names.last == "check")
    #expect(Set(names) == ["started", "step", "picture", "refused", "failed", "done", "check"])
    #expect(names.count { $0 == "picture" } == 4)
    // The schema can tell: an event without a field, and one with a wrong one, are found out.
    #expect(!schema.faults(of: ["event": "step", "index": 1, "line": 1, "step": 1]).isEmpty)
    #expect(!schema.faults(of: ["event": "step", "index": 1, "line": 1, "step": "1", "steps": 2]).isEmpty)
  }

  @Test func aFinishMakesAnotherPictureOfTheSamePrompt() throws {
    try write("a fox --seed 1 --steps 2")
    let run = try limn(
      "batch", "prompts.txt", "-o", "out", "--name", "{style}", "--grid", "style=flat,pixel", in: folder)
    #expect(run.status == 0)
    let pictures = [folder["out/flat.png"], folder["out/pixel.png"]].compactMap(\.self)
    #expect(pictures.count == 2 && pictures.first != pictures.last)
  }

  @Test func anArchiveHoldsThePictures() throws {
    let long = String(repeating: "x", count: 150)
    try write("a fox --seed 1 --output \(long)/fox\na café --seed 2 --output café\n")
    let run = try shell("limn batch prompts.txt -o - > a.tar; tar xf a.tar; limn batch prompts.txt -o out", in: folder)
    #expect(run.status == 0 && run.errors.isEmpty)
    for name in ["\(long)/fox.png", "café.png"] {
      expectPNG(folder[name], 64, 64)
      #expect(folder[name] == folder["out/\(name)"])
    }
  }

  @Test func sheetsAndPagesShowAllPictures() throws {
    try write("a <b>fox</b> & \"friends\" --count 5")
    let run = try limn(
      "batch", "prompts.txt", "-o", "out", "--sheet", "sheet.png", "--gallery", "page.html", in: folder)
    #expect(run.status == 0)
    expectPNG(folder["sheet.png"], 3 * 72 + 8, 2 * 72 + 8)
    let page = String(decoding: try #require(folder["page.html"]), as: UTF8.self)
    #expect(page.components(separatedBy: "<figure").count == 6)
    #expect(page.contains("alt=\"a &lt;b&gt;fox&lt;/b&gt; &amp; &quot;friends&quot;\"") && !page.contains("<b>fox"))
    for name in try pictures("out") { #expect(page.contains("src=\"out/\(name)\"")) }
  }

  @Test("a sheet or page that cannot be written is told before the painting", arguments: ["--sheet", "--gallery"])
  func badPlacesOfSheets(_ flag: String) throws {
    try write("a fox")
    let run = try limn("batch", "prompts.txt", flag, "nowhere/all", in: folder)
    #expect(run.status == 2 && run.errors.contains("there is no folder nowhere"))
    #expect(try folder.names == ["prompts.txt"])
  }

  @Test func shardsTogetherAreTheWhole() throws {
    try write("a fox --count 12 --steps 2")
    #expect(try limn("batch", "prompts.txt", "-o", "whole", in: folder).lines.count == 12)
    var painted = 0
    for task in 0..<3 {
      folder.environment["SLURM_ARRAY_TASK_ID"] = "\(task)"
      folder.environment["SLURM_ARRAY_TASK_COUNT"] = "3"
      painted += try limn("batch", "prompts.txt", "-o", "parts", in: folder).lines.count
    }
    folder.environment["SLURM_ARRAY_TASK_ID"] = nil
    #expect(painted == 12)
    #expect(try limn("batch", "prompts.txt", "-o", "parts", in: folder).lines.isEmpty)
    #expect(try pictures("parts") == pictures("whole"))
    for name in try pictures("whole") { #expect(folder["parts/\(name)"] == folder["whole/\(name)"]) }
  }

  @Test func severalAtATimePaintTheSame() throws {
    try write("a {red|blue} fox --count 8 --steps 3")
    #expect(
      try limn("batch", "prompts.txt", "-o", "one", "--jobs", "1", in: folder).lines
        == pictures("one").map { "one/\($0)" })
    #expect(try limn("batch", "prompts.txt", "-o", "three", "--jobs", "3", in: folder).lines.count == 8)
    #expect(try limn("batch", "prompts.txt", "-o", "fit", in: folder).lines.count == 8)
    for name in try pictures("one") {
      #expect(folder["one/\(name)"] == folder["three/\(name)"])
      #expect(folder["one/\(name)"] == folder["fit/\(name)"])
    }
  }

  @Test func aFullDiskEndsTheBatch() throws {
    try write("a fox --count 3")
    let run = try shell("limn batch prompts.txt -o - > /dev/full", in: folder)
    #expect(run.status == 6)
    #expect(run.errors.contains("no space is left"))
  }

  @Test("a reader that leaves ends the batch quietly", arguments: ["-o - | true", "--json | head -n 2", "| head -n 1"])
  func closedPipes(_ line: String) throws {
    try write("a fox --count 200")
    #expect(try shell("limn batch prompts.txt \(line)", in: folder).errors.isEmpty)
  }
}
