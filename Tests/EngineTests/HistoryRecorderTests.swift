import Families
import Foundation
import GRDB
import Guardrail
import History
import Images
import Painting
import System
import Testing

@testable import Engine

/// What the history keeps of every run.
@Suite struct HistoryRecorderTests {
  private let studio: Studio

  init() throws { studio = try Studio() }

  private func run(_ engine: Engine, _ texts: [String: String] = [:]) throws -> PictureRun {
    let (order, model) = try engine.order(texts)
    return PictureRun(order, model, origin: RunOrigin(orderID: "o", batchID: "ledger", jobKey: "k", redoOf: "r"))
  }

  @Test func aRunIsWrittenWhenItBegins() throws {
    let engine = studio.engine()
    let run = try run(engine, ["style": "photo", "negative": "fog", "width": "104", "height": "72"])
    engine.recorder.began(run)
    engine.finish()
    let row = try #require(try studio.runs().first)
    #expect(row.outcome == .running && row.exitStatus == nil && row.finishedAt == nil && row.processID != nil)
    #expect(row.prompt.contains("photograph of a fox") && row.typedPrompt == "a fox" && row.style == "photo")
    #expect(row.negative.hasPrefix("fog, drawing") && row.typedNegative == "fog")
    #expect(row.width == 104 && row.height == 72 && row.seed?.value == 1 && row.steps == 2)
    #expect(row.model == "sd1" && row.modelPath?.hasSuffix("diffusion_pytorch_model.safetensors") == true)
    #expect(row.orderID == "o" && row.jobKey == "k" && row.redoOf == "r" && row.batchID?.hasSuffix("/ledger") == true)
    #expect(row.decision == "allow" && row.verdict?.hasPrefix("{") == true && row.role == "admin")
    #expect(studio.reports.all.isEmpty)
  }

  @Test func everyEndIsWrittenIntoItsRow() async throws {
    let engine = studio.engine()
    let picture = try #require(try await engine.pictures([:], in: studio.folder).first)
    let runs = try (0..<3).map { try run(engine, ["seed": "\($0)"]) }
    for run in runs { engine.recorder.began(run) }
    engine.recorder.ended(runs[1], .interrupted)
    engine.recorder.ended(runs[0], .failed(UserError.resources("Too little memory.")))
    engine.recorder.ended(runs[2], .failed(AtomicFileError.noSpace(path: "a", bytes: 1)))
    engine.finish()
    let rows = try studio.runs()
    #expect(rows.map(\.outcome) == [.painted, .failed, .interrupted, .failed])
    #expect(rows.map(\.exitStatus) == [0, 6, nil, 6])
    #expect(rows[1].error == "Too little memory." && rows[0].error == nil)
    #expect(rows.allSatisfy { $0.finishedAt != nil && ($0.peakMemory ?? 0) > 0 })
    let painted = rows[0]
    #expect(painted.outputPath == studio.place("1.png") && painted.outputBytes == Int64(picture.bytes.count))
    #expect(painted.pixelHash == picture.painting.picture.pixelHash && painted.modelHash?.count == 10)
    #expect(painted.sampler == "pndm" && (painted.sampleSeconds ?? 0) > 0 && (painted.writeSeconds ?? 0) > 0)
  }

  @Test func aRunWithoutABeginningIsWrittenWhole() throws {
    let engine = studio.engine()
    engine.recorder.ended(try run(engine), .interrupted)
    engine.finish()
    #expect(try studio.runs().map(\.outcome) == [.interrupted])
  }

  @Test func refusalsGoIntoHistoryAndAudit() throws {
    let engine = studio.engine()
    let refused = try #require(throws: RefusedOrder.self) {
      _ = try engine.order(["prompt": "you idiot", "style": "photo", "negative": "fog"])
    }
    #expect(refused.description.hasPrefix("The prompt was refused"))
    engine.record(refused, origin: RunOrigin(jobKey: "k"))
    engine.finish()
    let row = try #require(try studio.runs().first)
    #expect(row.outcome == .refused && row.exitStatus == 3 && row.decision == "block" && row.category == "harassment")
    #expect(row.prompt.contains("photograph of you idiot") && row.typedPrompt == "you idiot" && row.jobKey == "k")
    #expect(row.width == nil && row.outputPath == nil)
    let entries = try studio.audit().filter { $0.action == "refused" }
    #expect(entries.map(\.subject) == [row.id] && entries.map(\.detail) == ["harassment"])
  }

  @Test func negativePromptsAreJudgedToo() throws {
    let refused = try #require(throws: RefusedOrder.self) {
      _ = try studio.engine().order(["negative": "you are a stupid worthless idiot"])
    }
    #expect(refused.refusal.subject == .negative)
  }

  @Test func whatFailsBeforeThePaintingIsWritten() throws {
    let engine = studio.engine()
    let settings = try PictureSettings(["prompt": "a fox", "model": "nowhere", "eta": "0.3"])
    engine.recorder.failed(settings, UserError.input("There is no model."))
    // A mistake on the command line is no run.
    engine.recorder.failed(settings, UserError.request("`steps` 0 is not 1 to 1000."))
    engine.finish()
    let row = try #require(try studio.runs().first)
    #expect(try studio.runs().count == 1)
    #expect(row.outcome == .failed && row.exitStatus == 5 && row.error == "There is no model.")
    #expect(row.prompt == "a fox" && row.model == "nowhere" && row.settings == #"{"eta":"0.3"}"#)
  }

  @Test func whatHasBegunFailsInItsOwnRow() throws {
    let engine = studio.engine()
    let run = try run(engine)
    engine.recorder.began(run)
    engine.recorder.failed(run.settings, UserError.input("Damaged."))
    engine.finish()
    #expect(try studio.runs().count == 1)
  }

  @Test func withoutHistoryOnlyRefusalsStay() async throws {
    let engine = studio.engine(omitsHistory: true)
    _ = try await engine.pictures([:], in: studio.folder)
    engine.recorder.failed(PictureSettings(prompt: "a fox"), UserError.input("Damaged."))
    let refused = try #require(throws: RefusedOrder.self) { _ = try engine.order(["prompt": "you idiot"]) }
    engine.record(refused)
    engine.finish()
    #expect(try studio.runs().map(\.outcome) == [.refused])
  }

  @Test func aProcessThatDiedLeavesAnInterruptedRun() throws {
    var run = Run()
    (run.processID, run.processMark) = (1 << 30, "gone")
    let store = try HistoryStore(path: studio.installation.historyPath)
    try store.begin(&run)
    studio.engine().finish()
    #expect(try studio.runs().map(\.outcome) == [.interrupted])
  }

  // MARK: Trouble

  @Test func aHistoryThatCannotBeOpenedIsReportedOnce() async throws {
    let studio = try Studio(["LIMN_HISTORY": "/dev/null/limn/history.sqlite"])
    let engine = studio.engine()
    #expect(try await engine.pictures([:], in: studio.folder, count: 3).count == 3)
    let refused = try #require(throws: RefusedOrder.self) { _ = try engine.order(["prompt": "you idiot"]) }
    engine.record(refused)
    engine.finish()
    #expect(studio.reports.all.count == 1)
    #expect(studio.reports.all.first?.hasPrefix("Painting goes on, but is not recorded. ") == true)
  }

  @Test func aHistoryThatCannotBeWrittenIsReportedOnce() async throws {
    let engine = studio.engine()
    engine.finish()
    try HistoryStore(path: studio.installation.historyPath).write { database in
      for event in ["INSERT", "UPDATE"] {
        try database.execute(
          sql: "CREATE TRIGGER no_\(event) BEFORE \(event) ON runs BEGIN SELECT RAISE(ABORT, 'the disk is gone'); END")
      }
    }
    #expect(try await engine.pictures([:], in: studio.folder, count: 3).count == 3)
    engine.finish()
    #expect(studio.reports.all.count == 1)
    #expect(studio.reports.all.first?.contains("the disk is gone") == true)
    #expect(try studio.runs().isEmpty)
  }

  @Test func permissionsAreAskedForWhatIsSaid() throws {
    let engine = studio.engine()
    try engine.require(toPaint: [PictureSettings(prompt: "a fox")])
    let store = try HistoryStore(path: studio.installation.historyPath)
    let access = try store.access(for: studio.installation.person)
    let subject = Grant.Subject.user(id: access.person.userID, name: access.person.name)
    for permission in [Permission.useReference, .chooseModel, .skipHistory] {
      try store.revoke(.permission(permission), from: subject, by: access)
    }
    let limited = studio.engine(omitsHistory: false)
    var settings = PictureSettings(prompt: "a fox")
    try limited.require(toPaint: [settings])
    settings.model = ModelCatalog.bundledName
    try limited.require(toPaint: [settings])
    settings.model = "xl"
    #expect(
      try #require(throws: Forbidden.self) { try limited.require(toPaint: [settings]) }.permission == .chooseModel)
    settings.model = nil
    settings.references = ReferenceList(["fox.png"])
    #expect(
      try #require(throws: Forbidden.self) { try limited.require(toPaint: [settings]) }.permission == .useReference)
    let silent = studio.engine(omitsHistory: true)
    let forbidden = try #require(throws: Forbidden.self) {
      try silent.require(toPaint: [PictureSettings(prompt: "a fox")])
    }
    #expect(forbidden.permission == .skipHistory)
    #expect(try studio.audit().count { $0.action == "forbidden" } == 3)
  }
}
