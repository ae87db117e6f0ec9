import Foundation
import History
import Images
import Testing

/// Models that bring a safety checker (Tests/Reference/clip.py): `every` flags every picture, `none` none, `some` the
/// reference and the seeds 2 and 5 of `a fox --sampler ddim --steps 2 --guidance 5`.
@Suite struct SafetyCheckerTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  private static func model(_ name: String) -> String { TestFolder.fixture("../CLIP/\(name)").standardizedFileURL.path }

  private func paint(_ model: String, seed: Int, _ more: String...) throws -> Run {
    try limn(
      ["a fox", "-m", Self.model(model), "--sampler", "ddim", "--steps", "2", "--guidance", "5", "--seed", "\(seed)"]
        + more, in: folder)
  }

  private func runs() throws -> [History.Run] {
    try folder.openHistory().runs(RunFilter()).sorted { ($0.number ?? 0) < ($1.number ?? 0) }
  }

  @Test func aFlaggedPictureIsWithheldAndRecorded() throws {
    let run = try paint("every", seed: 1, "-o", "fox.png", "--json")
    #expect(run.status == 3)
    #expect(run.output.isEmpty)
    #expect(run.errors.split(separator: "\n").count == 1 && run.errors.contains("The picture was withheld"))
    #expect(run.errors.contains("safety checker") && run.errors.contains("score of 1.5"))
    #expect(try folder.names.isEmpty)
    let row = try #require(try runs().last)
    #expect(row.outcome == .refused && row.exitStatus == 3 && row.decision == "block" && row.category == "sexual")
    #expect(row.verdict?.contains("safety_checker") == true)
    #expect(try folder.openHistory().audit().contains { $0.action == "refused" && $0.subject == row.id })
    #expect(try limn("history", "show", "last", in: folder).output.contains("withheld: the model's own safety checker"))
  }

  @Test func aHarmlessPictureIsWritten() throws {
    let run = try paint("none", seed: 1, "-o", "fox.png", "--json")
    #expect(run.status == 0)
    let record = try #require(run.objects().first?["safety_checker"] as? [String: Any])
    #expect(record["result"] as? String == "passed" && (record["score"] as? Double ?? 1) < 0)
    expectPNG(folder["fox.png"], 64, 64)
    // The same picture as without anybody looking.
    let plain = try limn(
      "a fox", "-m", TestFolder.fixture("sd1").path, "--sampler", "ddim", "--steps", "2", "--guidance", "5", "--seed",
      "1", "-o", "plain.png", "--metadata", "none", "--json", in: folder)
    #expect(try plain.objects().first?["safety_checker"] == nil)
    #expect(
      try Picture(contentsOf: folder.work.appending(path: "fox.png").path)
        == Picture(contentsOf: folder.work.appending(path: "plain.png").path))
  }

  @Test func theOtherSeedsAreStillPainted() throws {
    let run = try paint("some", seed: 1, "--count", "6")
    #expect(run.status == 3)
    #expect(run.lines == [1, 3, 4, 6].map { "a-fox-\($0).png" })
    #expect(run.errors.components(separatedBy: "was withheld").count == 3)
    #expect(try runs().map(\.outcome) == [.painted, .refused, .painted, .painted, .refused, .painted])
  }

  @Test func aPolicyMayHaveThemBlurred() throws {
    #expect(try limn("guard", "policy", "pictures", "blur", in: folder).status == 0)
    #expect(try limn("guard", "policy", in: folder).output.contains("unsafe pictures   blur"))
    let audit = try folder.openHistory().audit().last
    #expect(audit?.detail == "unsafe pictures: withhold to blur")
    let run = try paint("some", seed: 2, "-o", "fox.png", "--json")
    #expect(run.status == 3)
    let record = try #require(run.objects().first?["safety_checker"] as? [String: Any])
    #expect(record["result"] as? String == "blurred" && record["score"] as? Double == 0.08)
    #expect(run.errors.contains("it was blurred"))
    let inspected = try limn("inspect", "fox.png", "--json", in: folder).objects().first?["parameters"]
    #expect((inspected as? [String: String])?["Safety checker"] == "blurred")
    let row = try #require(try runs().last)
    #expect(row.outcome == .painted && row.exitStatus == 3 && row.decision == "warn" && row.category == "sexual")
    #expect(try limn("history", "show", "last", in: folder).output.contains("blurred: the model's own safety checker"))
    // A harmless one stays as it is.
    #expect(try paint("some", seed: 1, "-o", "fox.png").status == 0)
    #expect(try limn("guard", "policy", "pictures", "smear", in: folder).status == 2)
  }

  @Test func whoNeedsNoGuardrailNeedsNoChecker() throws {
    #expect(try limn("guard", "policy", "off", "--role", "admin", in: folder).status == 0)
    let run = try paint("every", seed: 1, "--json")
    #expect(run.status == 0)
    #expect((try run.objects().first?["safety_checker"] as? [String: Any])?["result"] as? String == "off")
    #expect(try runs().last?.verdict?.contains(#""guardrail":"off""#) == true)
  }

  @Test func aFlaggedReferenceIsRefusedBeforeAnyWork() throws {
    try folder.addReference()
    let run = try paint("some", seed: 1, "-r", "reference.png", "--verbose")
    #expect(run.status == 3 && run.output.isEmpty)
    #expect(run.errors.contains("The picture to start from was refused") && !run.errors.contains("load"))
    #expect(try folder.names == ["reference.png"])
    let row = try #require(try runs().last)
    #expect(row.outcome == .refused && row.category == "sexual")
    #expect(row.referencePath == folder.work.appending(path: "reference.png").path)
    #expect(try paint("none", seed: 1, "-r", "reference.png").status == 0)
  }

  @Test func batchesCountThemAsRefused() throws {
    try folder.addReference()
    try folder.write(
      Array("a fox --seed 1\na fox --seed 2\na fox --seed 3 --reference reference.png\na fox --seed 4\n".utf8),
      to: "prompts.txt")
    let flags = ["-m", Self.model("some"), "--sampler", "ddim", "--steps", "2", "--guidance", "5"]
    let check = try limn(["batch", "prompts.txt", "--check"] + flags, in: folder)
    #expect(check.status == 3 && check.output.contains("prompts.txt:3: The picture to start from was refused"))
    let run = try limn(["batch", "prompts.txt", "-o", "out", "--json", "--retry", "2"] + flags, in: folder)
    #expect(run.status == 7)
    let (events, schema) = (try run.objects(), try EventSchema())
    #expect(events.flatMap(schema.faults) == [])
    #expect(events.flatMap(schema.undescribed) == [])
    let refused = events.filter { $0["event"] as? String == "refused" }
    #expect(refused.compactMap { $0["line"] as? Int } == [3, 2])
    #expect(refused.allSatisfy { $0["category"] as? String == "sexual" })
    let done = try #require(events.last)
    #expect(done["painted"] as? Int == 2 && done["refused"] as? Int == 2 && done["failed"] as? Int == 0)
    #expect(done["left"] as? Int == 0)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.work.appending(path: "out").path).count == 3)
    #expect(Set(try runs().map(\.outcome.rawValue)) == ["painted", "refused"])
    #expect(try runs().count == 4)
    // Taken up again nothing that is painted is painted again.
    let again = try limn(["batch", "prompts.txt", "-o", "out", "--json"] + flags, in: folder).objects().last
    #expect(again?["painted"] as? Int == 0 && again?["kept"] as? Int == 2)
    // What another policy lets pass is painted then.
    #expect(try limn("guard", "policy", "off", in: folder).status == 0)
    let lenient = try limn(["batch", "prompts.txt", "-o", "out"] + flags, in: folder)
    #expect(lenient.status == 0 && lenient.lines.sorted() == ["out/00002-a-fox-2.png", "out/00003-a-fox-3.png"])
  }

  /// `some` with its parts linked, so that single ones can be changed.
  private func addModel() throws {
    let (source, copy) = (URL(filePath: Self.model("some")), folder.work.appending(path: "model"))
    try FileManager.default.createDirectory(at: copy, withIntermediateDirectories: true)
    for part in ["text_encoder", "tokenizer", "unet", "vae", "scheduler"] {
      try FileManager.default.createSymbolicLink(
        at: copy.appending(path: part), withDestinationURL: TestFolder.fixture("sd1").appending(path: part))
    }
    for part in ["safety_checker", "feature_extractor", "model_index.json"] {
      try FileManager.default.copyItem(at: source.appending(path: part), to: copy.appending(path: part))
    }
  }

  private func edit(_ name: String, _ old: String, _ new: String) throws {
    try folder.change(name) { bytes in
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(text.contains(old))
      bytes = Array(text.replacing(old, with: new).utf8)
    }
  }

  @Test("nothing runs where the model asks for nothing", arguments: ["not required", "missing", "null"])
  func withoutChecker(_ how: String) throws {
    try addModel()
    switch how {
    case "not required":
      try edit("model/model_index.json", #""requires_safety_checker": true"#, #""requires_safety_checker": false"#)
    case "missing": try FileManager.default.removeItem(at: folder.work.appending(path: "model/safety_checker"))
    default:
      try edit("model/model_index.json", #""stable_diffusion""#, "null")
      try edit("model/model_index.json", #""StableDiffusionSafetyChecker""#, "null")
    }
    let run = try limn(
      "a fox", "-m", "model", "--seed", "2", "--steps", "2", "--json", "--verbose", "-o", "fox.png", in: folder)
    #expect(run.status == 0)
    #expect(run.errors.contains("Nobody looks at this model's pictures"))
    #expect(try run.objects().first?["safety_checker"] == nil)
  }

  @Test(
    "what is damaged is named",
    arguments: [
      (
        "safety_checker/config.json", #""projection_dim": 16"#, #""projection_dim": 15"#,
        "`visual_projection.weight` is [16, 32]"
      ),
      ("safety_checker/config.json", #""patch_size": 8"#, #""patch_size": 16"#, "patch_embedding.weight"),
      ("safety_checker/config.json", #""image_size": 32"#, #""image_size": 48"#, "the vision tower sees 48x48"),
      ("feature_extractor/preprocessor_config.json", "{", "[", "preprocessor_config.json"),
      ("model_index.json", #""StableDiffusionSafetyChecker""#, #""OtherChecker""#, "OtherChecker"),
    ])
  func damage(_ file: String, _ old: String, _ new: String, words: String) throws {
    try addModel()
    try edit("model/\(file)", old, new)
    let run = try limn("a fox", "-m", "model", "--seed", "1", "--steps", "2", "-o", "fox.png", in: folder)
    #expect(run.status == 5)
    #expect(run.errors.contains(words), "\(run.errors)")
    #expect(folder["fox.png"] == nil)
  }

  @Test("half a checker checks nothing, so nothing is painted", arguments: ["weights", "processor", "numbers"])
  func missingParts(_ what: String) throws {
    try addModel()
    let words: String
    switch what {
    case "weights":
      try folder.change("model/safety_checker/model.safetensors") { $0.removeLast(1000) }
      words = "safety_checker/model.safetensors"
    case "processor":
      try FileManager.default.removeItem(at: folder.work.appending(path: "model/feature_extractor"))
      words = "feature_extractor"
    default:
      try folder.change("model/safety_checker/model.safetensors") { bytes in
        for index in bytes.count - 20_000..<bytes.count { bytes[index] = 0xFF }
      }
      words = "safety checker made NaN values"
    }
    let run = try limn("a fox", "-m", "model", "--seed", "1", "--steps", "2", "-o", "fox.png", in: folder)
    #expect(run.status == 5)
    #expect(run.errors.contains(words), "\(run.errors)")
    #expect(folder["fox.png"] == nil)
  }
}
