import Foundation
import Images
import Testing

/// `limn "a red apple"` and what comes of it.
@Suite struct PaintingTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  @Test func aPromptBecomesAPictureOfThatName() throws {
    let run = try limn("a red apple", "--seed", "1", in: folder)
    #expect(run.status == 0)
    #expect(run.output == "a-red-apple-1.png\n")
    #expect(run.errors.isEmpty)
    #expect(try folder.names == ["a-red-apple-1.png"])
    expectPNG(folder["a-red-apple-1.png"], 64, 64)
  }

  @Test func wordsNeedNoQuotes() throws {
    #expect(try limn("generate", "a", "red", "apple", "--seed", "1", in: folder).output == "a-red-apple-1.png\n")
  }

  @Test func nothingIsOverwritten() throws {
    for expected in ["a-fox-1.png", "a-fox-1-2.png", "a-fox-1-3.png"] {
      #expect(try limn("a fox", "--seed", "1", in: folder).output == "\(expected)\n")
    }
    #expect(folder["a-fox-1.png"] == folder["a-fox-1-3.png"])
  }

  @Test func aNamedFileIsReplaced() throws {
    try folder.write(Array("old".utf8), to: "fox.png")
    #expect(try limn("a fox", "-o", "fox.png", in: folder).output == "fox.png\n")
    expectPNG(folder["fox.png"], 64, 64)
    #expect(try folder.names == ["fox.png"])
  }

  @Test func aDashWritesThePictureAndNothingElse() throws {
    let run = try limn("a fox", "--seed", "1", "-o", "-", "--verbose", in: folder)
    #expect(run.status == 0)
    expectPNG(run.outputBytes, 64, 64)
    #expect(try folder.names.isEmpty)
    let file = try limn("a fox", "--seed", "1", "-o", "fox.png", in: folder)
    #expect(file.status == 0)
    #expect(folder["fox.png"] == run.outputBytes)
  }

  @Test func theSameSeedGivesTheSameBytesOnAnyNumberOfThreads() throws {
    let runs = try ["1", "2", "3"].map {
      try limn("a fox", "--seed", "7", "--threads", $0, "-o", "-", in: folder).outputBytes
    }
    #expect(Set(runs).count == 1)
    #expect(try limn("a fox", "--seed", "8", "-o", "-", in: folder).outputBytes != runs[0])
  }

  @Test func withoutASeedEveryPictureIsAnother() throws {
    let seeds = try (0..<2).map { _ in
      try #require(limn("a fox", "--json", in: folder).objects().first?["seed"] as? Int)
    }
    #expect(seeds[0] != seeds[1])
  }

  @Test func jsonIsOneObjectAPicture() throws {
    let run = try limn(
      "a fox", "--json", "--seed", "5", "--count", "2", "--negative", "fog", "--style", "ink", in: folder)
    let objects = try run.objects()
    #expect(run.errors.isEmpty)
    #expect(objects.compactMap { $0["seed"] as? Int } == [5, 6])
    #expect(objects.compactMap { $0["path"] as? String } == ["a-fox-5.png", "a-fox-6.png"])
    let first = try #require(objects.first)
    #expect(
      Set(first.keys) == [
        "path", "prompt", "negative", "style", "model", "model_hash", "width", "height", "seed", "steps", "guidance",
        "guidance_end", "deep_cache", "sampler", "timings", "peak_memory", "warnings",
      ])
    #expect(first["prompt"] as? String == "a fox, ink")
    #expect(first["sampler"] as? String == "dpm++2m")
    #expect((first["peak_memory"] as? Int ?? 0) > 1_000_000)
    let timings = try #require(first["timings"] as? [String: Double])
    #expect(Set(timings.keys) == ["load", "encode", "sample", "decode", "write"])
    #expect(timings.values.allSatisfy { $0 >= 0 && $0 < 600 })
  }

  @Test func severalPicturesHaveTheSeedsThatFollow() throws {
    #expect(
      try limn("a fox", "--seed", "5", "-c", "3", in: folder).lines == ["a-fox-5.png", "a-fox-6.png", "a-fox-7.png"])
    let alone = try limn("a fox", "--seed", "7", "-o", "-", in: folder)
    #expect(folder["a-fox-7.png"] == alone.outputBytes)
  }

  @Test func severalPicturesOfOneNameAreNumbered() throws {
    #expect(try limn("a fox", "-c", "2", "-o", "fox.png", in: folder).lines == ["fox.png", "fox-2.png"])
  }

  @Test func theLargestSeedIsASeed() throws {
    #expect(try limn("a fox", "--seed", "\(UInt64.max)", "-o", "fox.png", in: folder).status == 0)
  }

  @Test func quietSaysNothing() throws {
    let run = try limn("a fox", "--seed", "1", "--quiet", in: folder)
    #expect(run.status == 0)
    #expect(run.output.isEmpty && run.errors.isEmpty)
    #expect(try folder.names == ["a-fox-1.png"])
  }

  @Test func promptAndReferenceComeThroughPipes() throws {
    #expect(try limn("-", "--seed", "1", input: Array("a red fox\n".utf8), in: folder).output == "a-red-fox-1.png\n")
    let reference = try folder.addReference()
    let piped = try limn("a fox", "--seed", "1", "-r", "-", "-o", "-", input: reference, in: folder)
    let named = try limn("a fox", "--seed", "1", "-r", "reference.png", "-o", "-", in: folder)
    #expect(piped.status == 0)
    expectPNG(piped.outputBytes, 64, 64)
    // Metadata name the picture that it started from.
    #expect(try Picture(bytes: piped.outputBytes, name: "piped") == Picture(bytes: named.outputBytes, name: "named"))
  }

  @Test func strengthZeroKeepsTheReference() throws {
    let reference = try Picture(bytes: folder.addReference(), name: "reference")
    func distance(_ strength: String) throws -> Int {
      let run = try limn(
        "a fox", "--seed", "1", "-r", "reference.png", "--strength", strength, "-o", "-", "-m",
        TestFolder.fixture("sd1").path, in: folder)
      let picture = try Picture(bytes: run.outputBytes, name: "output")
      return zip(picture.pixels, reference.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
    }
    // The random autoencoder keeps nothing, so only the order tells.
    let kept = try distance("0")
    #expect(try distance("0") == kept)
    #expect(try distance("1") != kept)
  }

  @Test(
    "aspects choose among the sizes that the model knows",
    arguments: [("3:2", [96, 64]), ("1:1", [64, 64]), ("2:3", [64, 96])])
  func aspects(_ aspect: String, _ size: [Int]) throws {
    expectPNG(try limn("a fox", "--aspect", aspect, "-o", "-", in: folder).outputBytes, size[0], size[1])
  }

  @Test func exactSizesAreKept() throws {
    expectPNG(try limn("a fox", "--width", "104", "--height", "72", "-o", "-", in: folder).outputBytes, 104, 72)
  }

  @Test func theBinaryPaintsWhatDiffusersPaints() throws {
    // Birth certificate: Tests/Reference/pictures_end_to_end.py.
    let cases: [(name: String, arguments: [String])] = [
      ("transformer-model", ["a red apple", "--negative", "green", "--guidance", "5", "--seed", "42"]),
      (
        "sd1-karras",
        ["a robot", "--sampler", "dpm++2m", "--schedule", "karras", "--steps", "8", "--width", "64", "--height", "64"]
          + ["--guidance", "5", "--seed", "42", "--model", TestFolder.fixture("sd1").path]
      ),
    ]
    for (name, arguments) in cases {
      let picture = try Picture(bytes: limn(arguments + ["-o", "-"], in: folder).outputBytes, name: name)
      let expected = try Picture(contentsOf: TestFolder.fixture("\(name).png").path)
      let differences = zip(picture.pixels, expected.pixels).map { abs(Int($0) - Int($1)) }
      #expect(picture.pixels.count == expected.pixels.count)
      #expect(differences.max() ?? 256 <= 2, "\(name)")
    }
  }
}
