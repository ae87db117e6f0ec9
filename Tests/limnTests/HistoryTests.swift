import Foundation
import GRDB
import History
import HistorySamples
import Images
import Testing

/// What limn remembers of its runs, and `limn history`.
@Suite struct HistoryTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  private func runs() throws -> [History.Run] { try folder.openHistory().runs(RunFilter()) }

  private func history(_ arguments: String...) throws -> Run { try limn(["history"] + arguments, in: folder) }

  @Test func everyRunIsRecorded() throws {
    try folder.addReference()
    let run = try limn(
      "a fox", "--style", "flat", "-n", "blurry", "--seed", "7", "--steps", "3", "--guidance", "2.5", "-r",
      "reference.png",
      "--strength", "0.8", "--rng", "cuda", "-o", "fox.png", in: folder)
    #expect(run.status == 0)
    let row = try #require(try runs().first)
    #expect(row.outcome == .painted && row.exitStatus == 0 && row.role == "admin")
    #expect(
      row.prompt == "a fox, flat" && row.typedPrompt == "a fox" && row.style == "flat" && row.negative == "blurry")
    #expect(row.seed?.value == 7 && row.steps == 3 && row.guidance == 2.5 && row.rng == "cuda" && row.strength == 0.8)
    #expect(row.width == 64 && row.height == 64 && row.model == "default" && row.modelHash?.count == 10)
    #expect(row.outputPath == folder.work.appending(path: "fox.png").path)
    #expect(row.outputBytes == folder["fox.png"].map { Int64($0.count) })
    #expect(row.outputHash == (try shell("sha256sum fox.png", in: folder).output.prefix(64)).description)
    #expect(row.referenceHash == (try shell("sha256sum reference.png", in: folder).output.prefix(64)).description)
    #expect(row.userID == Int64(getuid()) && row.decision == "allow" && row.verdict?.hasPrefix("{") == true)
    #expect((row.sampleSeconds ?? 0) > 0 && (row.totalSeconds ?? 0) > 0 && (row.peakMemory ?? 0) > 1_000_000)
  }

  @Test func refusalsFailuresAndBatchesAreRecorded() throws {
    #expect(try limn("you idiot", in: folder).status == 3)
    #expect(try limn("a fox", "--model", "nowhere", in: folder).status == 5)
    #expect(try limn("a fox", "--steps", "0", in: folder).status == 2)
    try folder.write(Array("a fox\na house\n".utf8), to: "prompts.txt")
    #expect(try limn("batch", "prompts.txt", "-o", "out", in: folder).status == 0)
    #expect(try limn("a tree", "--count", "2", in: folder).status == 0)
    let runs = try runs().sorted { ($0.number ?? 0) < ($1.number ?? 0) }
    #expect(runs.map(\.outcome) == [.refused, .failed, .painted, .painted, .painted, .painted])
    #expect(runs.map(\.exitStatus) == [3, 5, 0, 0, 0, 0])
    #expect(runs[0].category == "harassment" && runs[0].decision == "block")
    #expect(runs[1].error?.contains("nowhere") == true)
    #expect(runs[2].batchID != nil && runs[2].batchID == runs[3].batchID && runs[2].jobKey != runs[3].jobKey)
    #expect(runs[4].orderID != nil && runs[4].orderID == runs[5].orderID)
    let audit = try folder.openHistory().audit().filter { $0.action == "refused" }
    #expect(audit.map(\.subject) == [runs[0].id])
  }

  @Test func withoutHistoryOnlyRefusalsStay() throws {
    #expect(try limn("a fox", "--no-history", in: folder).status == 0)
    #expect(try limn("you idiot", "--no-history", in: folder).status == 3)
    #expect(try runs().map(\.outcome) == [.refused])
  }

  @Test(
    "whatever is wrong with the history, limn paints and says so once",
    arguments: ["damaged", "newer", "folder", "directory"])
  func paintsWithoutHistory(_ trouble: String) throws {
    switch trouble {
    case "damaged": try Data(repeating: 9, count: 9000).write(to: folder.history)
    case "newer":
      let store = try folder.openHistory()
      try store.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99')") }
      try store.compact()
    case "folder": folder.environment["LIMN_HISTORY"] = "/dev/null/limn/history.sqlite"
    default: try FileManager.default.createDirectory(at: folder.history, withIntermediateDirectories: false)
    }
    let before = try? Data(contentsOf: folder.history)
    let run = try limn("a fox", "--count", "3", "--seed", "1", in: folder)
    #expect(run.status == 0 && run.lines.count == 3)
    #expect(run.errors.components(separatedBy: "Painting goes on, but is not recorded").count == 2)
    #expect((try? Data(contentsOf: folder.history)) == before, "left as it is")
    #expect(try limn("a fox", "--quiet", in: folder).errors.isEmpty)
    #expect(try limn("you idiot", in: folder).status == 3)
    #expect(try history("list").status == 5)
  }

  @Test func listsFiltersAndSearches() throws {
    try folder.openHistory().add(SampleRuns(count: 400))
    #expect(try history().lines.count == 26, "a header and 25 runs")
    #expect(try history("list", "--limit", "3").lines.count == 4)
    #expect(try history("list", "--limit", "all").lines.count == 401)
    for line in try history("search", "fox", "--outcome", "painted", "--limit", "5").lines.dropFirst() {
      #expect(line.contains("fox") && line.contains("painted"))
    }
    let objects = try history("list", "--json", "--style", "flat", "--since", "2026-01-01").objects()
    #expect(!objects.isEmpty && objects.allSatisfy { $0["style"] as? String == "flat" })
    let table = try history("list", "--csv", "--user", "grace").lines
    #expect(table.first?.hasPrefix("number,id,") == true && table.count > 10)
    #expect(try history("list", "--unsafe", "--json").objects().count > 5)
    #expect(try history("search", "nothing like this").lines.isEmpty)
    for mistake in [
      ["list", "--limit", "0"], ["list", "--since", "soon"], ["search", "!!"], ["list", "--json", "--csv"],
    ] {
      #expect(try limn(["history"] + mistake, in: folder).status == 2)
    }
  }

  @Test func showsOne() throws {
    #expect(try limn("a fox's den", "--seed", "5", "--steps", "2", "-o", "fox.png", in: folder).status == 0)
    let shown = try history("show", "last")
    #expect(shown.output.contains("a fox's den") && shown.output.contains("seed          5"))
    #expect(shown.output.contains("'a fox'\\''s den'"))
    #expect(try history("show", "1", "--json").objects().first?["prompt"] as? String == "a fox's den")
    #expect(try history("show", "1", "--pictures=blocks").output.contains("▀"))
    #expect(try history("show", "99").status == 2)
  }

  @Test("painted again, from the history and from the file", arguments: ["last", "fox.png", "copy.png"])
  func redo(_ name: String) throws {
    let paint = try limn(
      "a -- \"fox\"", "--seed", "5", "--steps", "3", "--style", "pixel", "--sampler", "dpm++2m", "--schedule", "karras",
      "--guidance-end", "0.5", "--negative=-blurry", "-o", "fox.png", in: folder)
    #expect(paint.status == 0)
    try folder.write(try #require(folder["fox.png"]), to: "copy.png")
    if name == "copy.png" { try FileManager.default.removeItem(at: folder.history) }
    let again = try history("redo", name, "--verify", "-o", "again.png")
    #expect(again.status == 0)
    #expect(again.errors.contains("It is the same picture, pixel for pixel."))
    expectPNG(folder["again.png"], 64, 64)
    if name != "copy.png" {
      let runs = try runs()
      #expect(runs[0].redoOf == runs[1].id)
    }
  }

  @Test func aReferenceIsFoundFromAnotherFolder() throws {
    try folder.addReference()
    #expect(try limn("a fox", "-r", "reference.png", "--steps", "2", "-o", "fox.png", in: folder).status == 0)
    let again = try shell("mkdir deep && cd deep && limn history redo last --verify -o again.png", in: folder)
    #expect(again.status == 0 && again.errors.contains("It is the same picture"), "\(again.errors)")
  }

  @Test func wrongVerdictsTeachTheGuardrail() throws {
    #expect(try limn("you idiot", in: folder).status == 3)
    #expect(try history("flag", "last", "--wrong", "hate").status != 0)
    #expect(try history("flag", "last", "--wrong").status == 0)
    #expect(try limn("a red kite", "--steps", "2", in: folder).status == 0)
    #expect(try history("flag", "last", "--wrong").errors.contains("self-harm"))
    #expect(try history("flag", "last", "--wrong", "illegal").status == 0)
    #expect(try runs().map(\.flagWords) == [["refuse-illegal"], ["wrongly-refused"]])
    let taught = try limn("guard", "train", "--flagged", "-o", "taught.bin", in: folder)
    #expect(taught.status == 0 && taught.errors.contains("of 2 texts"), "\(taught.errors)")
    #expect(folder["taught.bin"] != nil)
    #expect(try history("flag", "last", "--wrong", "illegal", "--remove").status == 0)
    #expect(try history("flag", "1", "--wrong", "--remove").status == 0)
    #expect(try limn("guard", "train", "--flagged", "-o", "none.bin", in: folder).status == 2)
  }

  @Test func anotherPictureIsTold() throws {
    #expect(try limn("a fox", "--seed", "5", "--steps", "3", "-o", "fox.png", in: folder).status == 0)
    let again = try history("redo", "1", "--verify", "--sampler", "euler", "-o", "again.png")
    #expect(again.status == 1)
    #expect(again.errors.contains("It differs: ") && again.errors.contains("The sampler differs: "))
    #expect(try history("redo", "1", "--print").output.contains(" --seed 5 "))
  }

  static let foreign: [(String, String, [String])] = [
    (
      "parameters",
      "a fox\nNegative prompt: blurry\nSteps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7, Seed: 9, Size: 64x64, Model hash: 6ce0161689, Model: v1-5, Clip skip: 2",
      [
        "--seed 9", "--steps 20", "--sampler dpm++2m", "--schedule karras", "--guidance 7", "--rng cuda",
        "--clip-skip 1", "--prompt-syntax a1111", "--negative blurry", "-- 'a fox'",
      ]
    ),
    (
      "metadata",
      #"{"prompt": "a fox", "num_inference_steps": 4, "guidance_scale": 2.5, "seed": 9, "scheduler": "EulerDiscreteScheduler", "width": 64, "height": 64, "clip_skip": 1}"#,
      ["--seed 9", "--steps 4", "--guidance 2.5", "--sampler euler ", "--clip-skip 1", "--width 64", "-- 'a fox'"]
    ),
    (
      "invokeai_metadata", #"{"positive_prompt": "a fox", "seed": 9, "steps": 4, "cfg_scale": 3, "scheduler": "ddim"}"#,
      ["--seed 9", "--steps 4", "--sampler ddim", "-- 'a fox'"]
    ),
  ]

  @Test("another tool's picture is painted again", arguments: foreign)
  func redoOfForeign(_ keyword: String, _ text: String, _ expected: [String]) throws {
    let picture = Picture(width: 64, height: 64, red: 1, green: 2, blue: 3)
    try folder.write(try PNGEncoder.encode(picture, texts: [PNGText(keyword, text)]), to: "foreign.png")
    let line = try history("redo", "foreign.png", "--print", "--model", "default")
    #expect(line.status == 0, "\(line.errors)")
    for part in expected { #expect(line.output.contains(part), "\(part) in \(line.output)") }
    let again = try history("redo", "foreign.png", "--verify", "--model", "default", "-o", "again.png")
    #expect(again.status == 1, "\(again.errors)")
    expectPNG(folder["again.png"], 64, 64)
  }

  @Test func whatAPictureLacksIsSaid() throws {
    let picture = Picture(width: 64, height: 64, red: 1, green: 2, blue: 3)
    func redo(_ text: String, _ flags: String...) throws -> Run {
      try folder.write(try PNGEncoder.encode(picture, texts: [PNGText("parameters", text)]), to: "foreign.png")
      return try limn(["history", "redo", "foreign.png"] + flags, in: folder)
    }
    #expect(try redo("a fox\nSteps: 2, Seed: 1, Size: 64x64, Model: nowhere").status == 5)
    #expect(try redo("a fox\nSteps: 2, Sampler: Restart, Seed: 1, Size: 64x64").errors.contains("--sampler"))
    #expect(try redo("a fox\nSteps: 2, Sampler: Restart, Seed: 1, Size: 64x64", "--sampler", "euler").status == 0)
    #expect(try redo("a fox\nSteps: 2, Seed: 1, Size: 64x64, Denoising strength: 0.5").errors.contains("--reference"))
    try folder.write(try PNGEncoder.encode(picture, texts: []), to: "silent.png")
    #expect(try history("redo", "silent.png").status == 5)
  }

  @Test func ratedFlaggedExportedImportedAndPruned() throws {
    try folder.openHistory().add(SampleRuns(count: 50))
    #expect(try limn("a fox", "--seed", "5", in: folder).status == 0)
    #expect(try history("rate", "last", "4").status == 0)
    #expect(try history("rate", "last", "6").status == 2)
    #expect(try history("flag", "last", "kept", "bright").status == 0)
    #expect(try history("flag", "last", "bright", "--remove").status == 0)
    #expect(try history("list", "--flag", "kept", "--rating", "4", "--json").objects().count == 1)
    #expect(try history("export", "-o", "runs.jsonl").status == 0)
    let other = try TestFolder()
    try other.write(try #require(folder["runs.jsonl"]), to: "runs.jsonl")
    #expect(
      try limn("history", "import", "runs.jsonl", in: other).output
        == "runs.jsonl: 51 added, 0 completed, 0 known already\n")
    #expect(
      try limn("history", "import", "runs.jsonl", in: other).output
        == "runs.jsonl: 0 added, 0 completed, 51 known already\n")
    #expect(try limn("history", "export", in: other).lines.count == 51)
    #expect(try history("prune", "--older", "2026-02-01", "--dry-run").output == "50 runs would be forgotten\n")
    #expect(try history("prune", "--older", "2026-02-01").status == 0)
    #expect(try runs().count == 1)
    #expect(try history("verify").output.hasPrefix("whole  "))
  }

  @Test func aChangedAuditIsToldByItsStatus() throws {
    #expect(try limn("you idiot", in: folder).status == 3)
    let head = try history("verify").output.split(separator: " ").last?.trimmingCharacters(in: .newlines) ?? ""
    #expect(try history("verify", "--expect", head).status == 0)
    try folder.openHistory().write {
      try $0.execute(sql: "DROP TRIGGER audit_unchanged; UPDATE audit SET detail = 'nothing' WHERE position = 2")
    }
    let check = try history("verify")
    #expect(check.status == 1 && check.output.contains("Row 2 was edited"))
    #expect(try history("verify", "--expect", "2:abc").output.contains("noted elsewhere"))
  }

  @Test func eightProcessesWriteAtOnce() throws {
    let lines = String(repeating: "limn 'a fox' --steps 1 -c 4 --quiet & ", count: 8) + "wait"
    let run = try shell(lines, in: folder)
    #expect(run.errors.isEmpty)
    let runs = try runs()
    #expect(runs.count == 32 && Set(runs.map(\.id)).count == 32)
    #expect(runs.allSatisfy { $0.outcome == .painted })
    #expect(Set(runs.compactMap(\.outputPath)).count == 32)
  }

  /// `make kill-history` asks for 200.
  @Test func killedAtAnyInstant() throws {
    let kills = Int(ProcessInfo.processInfo.environment["LIMN_KILLS"] ?? "") ?? 6
    for number in 0..<kills {
      let delay = Double.random(in: 0..<0.6)
      _ = try shell(
        "limn 'a fox' -c 50 --steps 4 --seed \(number)000 --quiet & sleep \(delay); kill -KILL $!; wait $!", in: folder)
    }
    let store = try folder.openHistory()
    #expect(try store.read { try String.fetchOne($0, sql: "PRAGMA integrity_check") } == "ok")
    #expect(try store.checkAudit().faults.isEmpty)
    let runs = try store.runs(RunFilter()).map(\.settled)
    #expect(runs.allSatisfy { [.painted, .interrupted].contains($0.outcome) })
    #expect(runs.count { $0.outcome == .interrupted } <= kills, "at most the run in progress")
    let sums = try shell("sha256sum -- *.png", in: folder).lines.map { $0.components(separatedBy: "  ") }
    let hashes = Dictionary(uniqueKeysWithValues: sums.map { (folder.work.appending(path: $0[1]).path, $0[0]) })
    for run in runs where run.outcome == .painted {
      let file = try #require(run.outputPath)
      #expect(run.outputHash != nil && hashes[file] == run.outputHash, "\(file)")
    }
    // Whole pictures only, and none that the history does not know but those of the runs in progress.
    let pictures = try folder.names.filter { !$0.hasPrefix(".") }
    for name in pictures { expectPNG(folder[name], 64, 64) }
    let recorded = runs.count { $0.outcome == .painted }
    #expect((recorded...recorded + kills).contains(pictures.count))
  }
}
