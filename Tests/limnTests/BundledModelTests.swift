import Foundation
import Images
import Testing

/// The model that limn comes with; skipped where the checkout has none.
@Suite struct BundledModelTests {
  static let isThere = FileManager.default.fileExists(
    atPath: TestFolder.weights.appending(path: "default/model_index.json").path)

  let folder: TestFolder

  init() throws { folder = try TestFolder(bundled: TestFolder.weights.appending(path: "default")) }

  @Test(.enabled(if: isThere, "weights/default is not there"))
  func aRedAppleIsPaintedInSecondsAndAlwaysTheSame() throws {
    let clock = ContinuousClock()
    let start = clock.now
    let first = try limn("a red apple", "--seed", "1", "-o", "-", in: folder)
    #expect(clock.now - start < .seconds(10))
    #expect(first.status == 0)
    expectPNG(first.outputBytes, 256, 256)
    #expect(try limn("a red apple", "--seed", "1", "-o", "-", in: folder).outputBytes == first.outputBytes)
  }

  @Test(
    .enabled(if: isThere, "weights/default is not there"),
    arguments: [
      (["--size", "medium"], 512, 512), (["--size", "large", "--aspect", "16:9"], 1368, 768),
      (["--aspect", "2:1"], 480, 240),
      (["--width", "128", "--height", "128"], 128, 128), (["--width", "200", "--height", "400"], 200, 400),
    ] as [([String], Int, Int)])
  func sizesAreAsAskedFor(flags: [String], width: Int, height: Int) throws {
    let run = try limn(["a fox", "--seed", "1", "--steps", "2", "-o", "-"] + flags, in: folder)
    #expect(run.status == 0)
    expectPNG(run.outputBytes, width, height)
  }

  @Test(.enabled(if: isThere, "weights/default is not there"))
  func scalingIsProjected() throws {
    let flags = ["--rounds", "1", "--width", "128", "--height", "128", "--network", "denoiser"]
    let run = try limn(["bench"] + flags + ["--scaling", "--bandwidth", "1e6", "--json"], in: folder)
    let records = try run.objects()
    #expect(run.status == 0 && records.map { $0["stage"] as? String } == ["denoiser"])
    let projected = try #require(records.first?["projected_seconds"] as? [String: Double])
    let rounds = try #require(records.first?["rounds"] as? [Double])
    #expect(projected.keys.sorted() == ["16", "64", "8"])
    #expect(try #require(projected["64"]) <= #require(projected["8"]) && projected["64"]! > 0)
    #expect(try #require(projected["8"]) <= rounds[0])
    let kinds = try #require(records.first?["kinds"] as? [String: [String: Double]])
    #expect(try #require(kinds["linear, 1x1"]?["gigabytes"]) > 0 && kinds["linear, 1x1"]!["loops"]! > 0)
    for wrong in [["--network", "unet"], ["--bandwidth", "20"], ["--scaling", "--bandwidth", "-1"]] {
      #expect(try limn(["bench"] + wrong, in: folder).status == 2)
    }
  }

  @Test(.enabled(if: isThere, "weights/default is not there"))
  func benchTimesOnlySizesThatItPaints() throws {
    let run = try limn("bench", "--width", "256", "--height", "256", "--rounds", "1", in: folder)
    #expect(run.status == 2)
    #expect(run.errors.contains("128x128") && run.errors.contains("not at 256x256"))
    let wide = try limn("bench", "--width", "176", "--height", "128", "--rounds", "1", in: folder)
    #expect(wide.output.contains("176x128"))
  }

  @Test(.enabled(if: isThere, "weights/default is not there"))
  func severalThingsAreLaidOut() throws {
    let run = try limn("three apples, flat", "--seed", "1", "-o", "three.png", in: folder)
    #expect(run.status == 0)
    let text = try limn("inspect", "three.png", in: folder).output
    #expect(text.contains("Layout        an apple on a white background, flat | an apple"))
    let whole = try limn("three apples, flat", "--seed", "1", "--prompt-syntax", "a1111", "-o", "one.png", in: folder)
    #expect(whole.status == 0)
    #expect(try !limn("inspect", "one.png", in: folder).output.contains("Layout"))
    #expect(whole.errors.contains("painted as one thing"))
    let some = try limn("apples", "--style", "flat", "--seed", "1", "-o", "-", in: folder)
    let three = try #require(folder["three.png"])
    #expect(try Picture(bytes: some.outputBytes, name: "some").pixels == Picture(bytes: three, name: "three").pixels)
    let many = try limn("ten apples", "--steps", "2", "-o", "-", in: folder)
    #expect(many.status == 0 && many.errors.contains("at most 9 things"))
  }

  @Test(.enabled(if: isThere, "weights/default is not there"), arguments: [("A fox!", "A fox"), ("1 fox.", "a fox")])
  func marksThatEndASentenceAreNotPainted(prompt: String, words: String) throws {
    let flags = ["--style", "flat", "--seed", "1", "--steps", "2", "-o", "-"]
    #expect(try limn([prompt] + flags, in: folder).outputBytes == limn([words] + flags, in: folder).outputBytes)
  }

  @Test(.enabled(if: isThere, "weights/default is not there"))
  func itsPairTellsApplesFromBicycles() throws {
    #expect(try limn("a red apple", "--seed", "1", "-o", "apple.png", in: folder).status == 0)
    func score(_ text: String) throws -> Double {
      let run = try limn("score", "apple.png", text, "--json", in: folder)
      return try #require(run.objects().first?["score"] as? Double)
    }
    #expect(try score("a red apple") > score("a bicycle") + 3)
    let best = try limn("a fox", "--best-of", "3", "--seed", "1", "--json", in: folder)
    let match = try #require(best.objects().first?["match"] as? [String: Any])
    let scores = try #require(match["candidates"] as? [[String: Any]]).compactMap { $0["score"] as? Double }
    #expect(scores.count == 3 && match["score"] as? Double == scores.max())
    let timings = try #require(best.objects().first?["timings"] as? [String: Double])
    #expect(timings["judge"] ?? 0 > 0)
  }

  @Test(.enabled(if: isThere, "weights/default is not there"))
  func networksLeaveBetweenPicturesWhereMemoryIsShort() throws {
    func peak(_ flags: String...) throws -> Int {
      let run = try limn(["a fox", "--count", "3", "--steps", "2", "--json"] + flags, in: folder)
      return try #require(run.objects().last?["peak_memory"] as? Int)
    }
    #expect(try peak("--max-memory", "90MB") + (10 << 20) < peak())
    let best = try limn("a fox", "--best-of", "3", "--max-memory", "80MB", in: folder)
    #expect(best.status == 6 && best.errors.contains("that the pair that judges leaves of the 80 MB"))
  }

  @Test(.enabled(if: isThere, "weights/default is not there"))
  func whatItCannotPaintIsSaidOrRefused() throws {
    let flags = ["--seed", "1", "--steps", "2", "--json", "-o", "x.png"]
    let said = try limn(["a lighthouse"] + flags, in: folder)
    #expect(said.status == 0 && said.errors.contains("never seen a lighthouse; near it: a castle"))
    let warnings = try #require(said.objects().first?["warnings"] as? [String])
    #expect(warnings.first?.contains("lighthouse") == true)
    let refused = try limn(["a lighthouse", "--strict"] + flags, in: folder)
    #expect(refused.status == 2 && refused.errors.contains("never seen a lighthouse"))
    #expect(try limn(["a fox", "--strict"] + flags, in: folder).errors == "")
    #expect(try limn(["a middle finger"] + flags, in: folder).status == 2)
  }

  @Test(.enabled(if: isThere, "weights/default is not there"))
  func backgroundsAreLeftOut() throws {
    try folder.write(
      Array(#"{"prompt": "a red apple", "transparent": true, "seed": 1, "output": "a.png"}"#.utf8), to: "one.jsonl")
    #expect(try limn("batch", "one.jsonl", "-o", "out", in: folder).status == 0)
    #expect(try limn("a red apple", "--transparent", "--seed", "1", "-o", "b.png", in: folder).status == 0)
    let (batch, single) = (try #require(folder["out/a.png"]), try #require(folder["b.png"]))
    #expect(single[25] == 6)
    #expect(batch[25] == 6)
    #expect(try limn("inspect", "b.png", in: folder).output.contains("Transparent"))
    for (prompt, flags) in [
      ("a fox in the snow", []), ("a fox on a blue background", []), ("a fox", ["--style", "halftone"]),
      ("a fox", ["--prompt-syntax", "a1111"]),
    ] {
      let run = try limn([prompt, "--transparent", "--steps", "2", "-o", "-"] + flags, in: folder)
      #expect(run.status == 2 && run.errors.contains("--transparent"))
    }
  }

  @Test(.enabled(if: isThere, "weights/default is not there"), arguments: ["a fox", "a polar bear", "an egg"])
  func flatThingsLieOnPlainWhite(prompt: String) throws {
    let run = try limn(prompt, "--style", "flat", "--seed", "1", "-o", "-", in: folder)
    let picture = try Picture(bytes: run.outputBytes, name: prompt)
    for (x, y) in [(0, 0), (255, 0), (0, 255), (255, 255), (128, 1)] {
      #expect(picture[x, y] == (255, 255, 255))
    }
  }

  @Test(.enabled(if: isThere, "weights/default is not there"))
  func thingsAreListed() throws {
    let all = try limn("things", in: folder)
    #expect(all.status == 0 && all.output.split(separator: "\n").count > 1394)
    let dogs = try limn("things", "dog", "--json", in: folder)
    #expect(try dogs.objects().first?["name"] as? String == "a dog")
    let drawn = try limn("things", "owl", "--pictures=blocks", in: folder)
    #expect(drawn.output.contains("▀") && drawn.output.contains("an owl"))
    #expect(try limn("things", "florgle", in: folder).status == 2)
  }
}
