import Foundation
import Images
import Testing

/// `--control`, `--ip-reference`, `--mask-padding` and runs of the history in the place of pictures.
@Suite struct ControlTests {
  let folder: TestFolder
  private let fixtures = TestFolder.fixture("../PicturesControl").standardizedFileURL
  private let followed = TestFolder.fixture("../PicturesFollowed").standardizedFileURL

  init() throws {
    folder = try TestFolder()
    let share = folder.history.deletingLastPathComponent().appending(path: "../../share/limn").standardizedFileURL
    for (name, source) in [
      ("controlnet/edges", fixtures.appending(path: "canny")),
      ("ipadapter/plain.safetensors", followed.appending(path: "plain.safetensors")),
      ("clip_vision/tiny", followed.appending(path: "image_encoder")),
    ] {
      let place = share.appending(path: name)
      try FileManager.default.createDirectory(
        at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
      try FileManager.default.copyItem(at: source.resolvingSymlinksInPath(), to: place)
    }
    for name in ["fox", "photo"] {
      try FileManager.default.copyItem(
        at: fixtures.appending(path: "\(name).png"), to: folder.work.appending(path: "\(name).png"))
    }
  }

  /// As the cases of PicturesControl were painted.
  private func paint(_ arguments: String...) throws -> Run {
    let standard = ["--steps", "4", "--guidance", "5", "--seed", "42", "--width", "64", "--height", "64"]
    return try limn(
      standard + ["--sampler", "euler", "-m", fixtures.appending(path: "sd1").path, "a red fox in the snow"]
        + arguments,
      in: folder)
  }

  private func expectSame(_ name: String, _ expected: URL) throws {
    let (made, wanted) = (
      try Picture(contentsOf: folder.work.appending(path: name).path), try Picture(contentsOf: expected.path)
    )
    #expect(zip(made.pixels, wanted.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 256 <= 2)
  }

  @Test func aControlIsFollowedRecordedAndPaintedAgain() throws {
    let first = try paint("--control", "ready=fox.png", "--control-model", "edges", "-o", "led.png", "--json")
    #expect(first.status == 0, "\(first.errors)")
    try expectSame("led.png", fixtures.appending(path: "net-ready.png"))
    #expect(try first.objects().first?["control"] as? String == "ready=fox.png:1.0")
    let text = try limn("inspect", "led.png", in: folder).output
    #expect(text.contains("ready=fox.png:1.0") && text.contains("edges"))
    let shown = try limn("history", "show", "last", in: folder).output
    #expect(shown.contains("control-model ") && shown.contains("inputs "))
    #expect(try limn("history", "redo", "last", "--verify", "-o", "again.png", in: folder).status == 0)
    // Another picture in its place is told.
    try FileManager.default.removeItem(at: folder.work.appending(path: "fox.png"))
    try FileManager.default.moveItem(
      at: folder.work.appending(path: "photo.png"), to: folder.work.appending(path: "fox.png"))
    let other = try limn("history", "redo", "1", "-o", "other.png", in: folder)
    #expect(other.status == 0 && other.errors.contains("SHA-256 differs"))
    // What a picture alone says names no picture that could be found.
    try FileManager.default.removeItem(at: folder.history)
    #expect(try limn("history", "redo", "led.png", in: folder).errors.contains("--control"))
  }

  @Test func aPictureIsFollowed() throws {
    try FileManager.default.removeItem(at: folder.work.appending(path: "fox.png"))
    try FileManager.default.copyItem(
      at: followed.appending(path: "fox.png"), to: folder.work.appending(path: "fox.png"))
    let run = try paint("--ip-reference", "fox.png", "--ip-adapter", "plain", "-o", "led.png")
    #expect(run.status == 0, "\(run.errors)")
    try expectSame("led.png", followed.appending(path: "ip-plain.png"))
    #expect(try limn("history", "redo", "last", "--verify", "-o", "again.png", in: folder).status == 0)
  }

  @Test func linesOfABatchHaveTheirOwn() throws {
    let model = fixtures.appending(path: "sd1").path
    let common =
      "\"prompt\":\"a red fox in the snow\",\"model\":\"\(model)\",\"steps\":4,\"guidance\":5,\"seed\":42,\"width\":64,\"height\":64,\"sampler\":\"euler\""
    let lines = [
      "{\(common),\"output\":\"one\",\"control\":[\"ready=fox.png\"],\"control_model\":\"edges\"}",
      "{\(common),\"output\":\"two\",\"control\":\"ready=fox.png:1:0-0.5\",\"control_model\":\"edges\"}",
      "{\(common),\"output\":\"none\"}",
    ]
    try folder.write(Array((lines.joined(separator: "\n") + "\n").utf8), to: "lines.jsonl")
    let run = try limn("batch", "lines.jsonl", "-o", "out", in: folder)
    #expect(run.status == 0, "\(run.errors)")
    try expectSame("out/one.png", fixtures.appending(path: "net-ready.png"))
    let pictures = try ["one", "two", "none"].map {
      try Picture(contentsOf: folder.work.appending(path: "out/\($0).png").path)
    }
    #expect(pictures[0] != pictures[1] && pictures[1] != pictures[2])
  }

  @Test func nonsenseIsOneSentence() throws {
    for (arguments, part) in [
      (["--control", "ready=fox.png"], "--control-model"), (["--control-model", "edges"], "--control"),
      (["--control", "fox.png", "--control-model", "edges"], "KIND=FILE"),
      (["--control", "ready=fox.png", "--control-model", "nowhere"], "nowhere"),
      (["--ip-reference", "fox.png"], "--ip-adapter"), (["--mask-padding", "3"], "--mask"),
    ] {
      let run = try limn(["a fox", "-m", fixtures.appending(path: "sd1").path] + arguments, in: folder)
      #expect(run.status != 0 && run.errors.contains(part), "\(arguments): \(run.errors)")
    }
    // The bundled model has no such networks.
    let bundled = try limn("a fox", "--control", "ready=fox.png", "--control-model", "edges", in: folder)
    #expect(bundled.status == 2 && bundled.errors.contains("takes no"), "\(bundled.errors)")
  }

  @Test func aRunOfTheHistoryIsAReference() throws {
    #expect(try paint("-o", "first.png").status == 0)
    let run = try paint("--reference", "1", "--strength", "0.5", "-o", "second.png")
    #expect(run.status == 0, "\(run.errors)")
    let named = try paint("--reference", "first.png", "--strength", "0.5", "-o", "third.png")
    #expect(named.status == 0)
    try expectSame("second.png", folder.work.appending(path: "third.png"))
    #expect(try paint("--reference", "99", "--strength", "0.5").errors.contains("99"))
    try FileManager.default.removeItem(at: folder.work.appending(path: "first.png"))
    #expect(try paint("--reference", "1", "--strength", "0.5").errors.contains("gone"))
  }
}
