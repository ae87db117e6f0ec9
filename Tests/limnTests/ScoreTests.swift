import Foundation
import Images
import Testing

/// `limn score`, and `--best-of`, with the tiny CLIP checkpoint of Tests/Reference/clip.py.
@Suite struct ScoreTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  private static func fixture(_ name: String) -> String {
    TestFolder.fixture("../CLIP/\(name)").standardizedFileURL.path
  }

  private struct Expected: Decodable {
    let texts: [String]
    let files: [String]
    let logits: [[Double]]
  }

  @Test func scoresAreTransformersLogits() throws {
    let expected = try JSONDecoder().decode(
      Expected.self, from: Data(contentsOf: URL(filePath: Self.fixture("scores.json"))))
    let files = expected.files.map(Self.fixture)
    for (column, text) in expected.texts.enumerated() {
      let run = try limn(["score"] + files + [text, "--clip", Self.fixture("match"), "--json"], in: folder)
      #expect(run.status == 0 && run.errors.isEmpty)
      let objects = try run.objects()
      #expect(objects.compactMap { $0["file"] as? String } == files)
      for (object, row) in zip(objects, expected.logits) {
        #expect(abs((object["score"] as? Double ?? 0) - row[column]) < 1e-4)
        #expect(object["text"] as? String == text && abs(object["cosine"] as? Double ?? 2) <= 1)
      }
    }
  }

  @Test func aLineAPictureForPeopleAndSort() throws {
    let bytes = Array(try Data(contentsOf: URL(filePath: Self.fixture("waves.png"))))
    try folder.write(bytes, to: "waves.png")
    let run = try limn(
      "score", "waves.png", "-", "a red fox in the snow", "--clip", Self.fixture("match"), input: bytes, in: folder)
    #expect(run.lines == ["4.019  waves.png", "4.019  -"])
  }

  @Test(
    "mistakes have their sentence and status",
    arguments: [
      (["score", "fox.png", "a fox"], 2, "--clip"), (["score", "a fox", "--clip", "."], 2, "at least one picture"),
      (["score", "fox.png", "a fox", "--clip", "nowhere"], 5, "nowhere"),
      (["score", "fox.png", "a fox", "--clip", "organisation/name"], 5, "Hugging Face cache"),
      (["score", "fox.png", "a fox", "--clip", "."], 5, "config.json"),
      (["score", "missing.png", "a fox", "--clip", "MATCH"], 5, "missing.png"),
      (["a fox", "--best-of", "3"], 2, "--clip"), (["a fox", "--best-of", "0", "--clip", "MATCH"], 2, "--best-of 0"),
      (["a fox", "--best-of", "3", "--seed", "18446744073709551614", "--clip", "MATCH"], 2, "no seeds"),
      (["batch", "prompts.txt", "--best-of", "3"], 2, "--best-of"),
      (["score", "a fox", "fox.png", "--clip", "MATCH"], 2, "text is missing"),
      (["score", "fox.png", "", "--clip", "MATCH"], 2, "text is empty"), (["a fox", "--clip", ""], 2, "--clip names"),
    ])
  func mistakes(_ arguments: [String], status: Int, words: String) throws {
    try folder.addReference("fox.png")
    let run = try limn(arguments.map { $0 == "MATCH" ? Self.fixture("match") : $0 }, in: folder)
    #expect(Int(run.status) == status)
    #expect(run.errors.contains(words), "\(run.errors)")
    #expect(try folder.names == ["fox.png"])
  }

  @Test func whatCannotBeReadKeepsNoOtherFromItsScore() throws {
    try folder.addReference("fox.png")
    let run = try limn("score", "missing.png", "fox.png", "a fox", "--clip", Self.fixture("match"), in: folder)
    #expect(run.status == 5 && run.errors.contains("missing.png"))
    #expect(run.lines.count == 1 && run.output.contains("fox.png"))
  }

  @Test func damagedCheckpointsAreNamed() throws {
    try folder.addReference("fox.png")
    try FileManager.default.copyItem(atPath: Self.fixture("match"), toPath: folder.work.appending(path: "clip").path)
    func score() throws -> Run { try limn("score", "fox.png", "a fox", "--clip", "clip", in: folder) }
    #expect(try score().status == 0)
    let configuration = try #require(folder["clip/config.json"])
    try folder.change("clip/config.json") {
      $0 = Array(
        String(decoding: $0, as: UTF8.self).replacing(#""projection_dim": 16"#, with: #""projection_dim": 8"#).utf8)
    }
    #expect(try score().errors.contains("expected [8, 32]"))
    try folder.write(configuration, to: "clip/config.json")
    try FileManager.default.removeItem(at: folder.work.appending(path: "clip/preprocessor_config.json"))
    let run = try score()
    #expect(run.status == 5 && run.errors.contains("how pictures are prepared"))
    // What transformers 5 writes for a whole processor serves as well.
    try folder.write(
      Array(#"{"image_processor": {"size": {"shortest_edge": 32}, "crop_size": {"height": 32, "width": 32}}}"#.utf8),
      to: "clip/processor_config.json")
    #expect(try score().status == 0)
  }

  @Test func theBestOfSeveralIsKept() throws {
    let clip = ["--clip", Self.fixture("match")]
    let text = "a red fox in the snow"
    let run = try limn([text, "--best-of", "4", "--seed", "10", "--count", "2", "--json"] + clip, in: folder)
    #expect(run.status == 0)
    let objects = try run.objects()
    #expect(objects.count == 2)
    #expect(try folder.names.count == 2)
    for (object, seeds) in zip(objects, [10...13, 14...17]) {
      let match = try #require(object["match"] as? [String: Any])
      let candidates = try #require(match["candidates"] as? [[String: Any]])
      #expect(candidates.compactMap { $0["seed"] as? Int } == Array(seeds))
      let scores = candidates.compactMap { $0["score"] as? Double }
      #expect(match["score"] as? Double == scores.max())
      let best = try #require(scores.firstIndex(of: scores.max() ?? 0))
      let path = try #require(object["path"] as? String)
      #expect(object["seed"] as? Int == seeds.lowerBound + best)
      #expect(path == "a-red-fox-in-the-snow-\(seeds.lowerBound + best).png")
      // The picture is that of its seed, and its score what `limn score` says.
      let again = try limn(text, "--seed", "\(seeds.lowerBound + best)", "-o", "again.png", in: folder)
      #expect(again.status == 0)
      let kept = try Picture(contentsOf: folder.work.appending(path: path).path)
      #expect(try kept == Picture(contentsOf: folder.work.appending(path: "again.png").path))
      let scored = try limn(["score", path, text, "--json"] + clip, in: folder).objects().first?["score"] as? Double
      #expect(scored == scores.max())
      let said = try limn("inspect", path, "--json", in: folder).objects().first?["parameters"] as? [String: String]
      #expect(said?["Best of"] == "4" && said?["seed"] == "\(seeds.lowerBound + best)")
    }
    let runs = try limn("history", "list", "--json", in: folder).objects()
    let seeds = Set(runs.compactMap { $0["seed"] as? Int })
    #expect(seeds.isSuperset(of: objects.compactMap { $0["seed"] as? Int }))
  }

  @Test func aWithheldPictureIsNoCandidate() throws {
    let run = try limn(
      "a fox", "-m", Self.fixture("some"), "--sampler", "ddim", "--steps", "2", "--guidance", "5", "--seed", "1",
      "--best-of", "3", "--clip", Self.fixture("match"), "--json", in: folder)
    #expect(run.status == 0)
    let candidates = (try run.objects().first?["match"] as? [String: Any])?["candidates"] as? [[String: Any]]
    #expect(candidates?.map { $0["score"] == nil } == [false, true, false])
    let none = try limn(
      "a fox", "-m", Self.fixture("every"), "--steps", "2", "--best-of", "2", "--clip", Self.fixture("match"),
      in: folder)
    #expect(none.status == 3 && none.output.isEmpty && none.errors.contains("withheld"))
  }
}
