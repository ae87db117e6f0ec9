import Engine
import Foundation
import GRDB
import Images
import JSON
import Painting
import Synchronization
import System
import Testing

@testable import Batch

/// Batches from their plan to their end.
@Suite struct BatchWorkTests {
  private let studio: BatchStudio

  init() throws { studio = try BatchStudio() }

  private static let foxes = "a fox --seed 1 --count 4 --sampler euler"

  private func ledger() throws -> [JobRecord] {
    let ledger = try Ledger(path: "\(studio.out)/limn-batch.sqlite")
    defer { ledger.close() }
    return try ledger.records().values.sorted { ($0.line, $0.copy) < ($1.line, $1.copy) }
  }

  // MARK: All goes well

  @Test func everyPictureIsPaintedAndTold() async throws {
    let (status, heard) = try await studio.run(Self.foxes)
    #expect(status == 0 && heard.errors.isEmpty && heard.finishes == 1)
    #expect(try studio.pictures().keys.sorted() == ["1-1.png", "1-2.png", "1-3.png", "1-4.png"])
    #expect(heard.painted == (1...4).map { "\(studio.out)/1-\($0).png" })
    #expect(heard.begun == [1, 2, 3, 4] && heard.ended == [1, 2, 3, 4])
    #expect(heard.events("started").first?["to_paint"]?.integer == 4)
    #expect(heard.events("step").count == 8 && heard.events("picture").count == 4)
    #expect(heard.done("painted") == 4 && heard.done("left") == 0 && heard.done("status") == 0)
    let records = try ledger()
    #expect(records.allSatisfy { $0.state == .done && $0.attempts == 1 && $0.digest?.count == 64 })
    studio.engine.finish()
    let rows = try studio.runs()
    #expect(rows.map(\.outcome) == Array(repeating: .painted, count: 4))
    #expect(Set(rows.map(\.jobKey)) == Set(records.map(\.key)) && Set(rows.map(\.batchID)).count == 1)
  }

  @Test func severalWorkersPaintTheSamePictures() async throws {
    let text = "a fox --seed 1 --count 3\na house --seed 1 --count 3 --width 104 --height 72"
    _ = try await studio.run(text)
    let alone = try studio.pictures()
    let other = try BatchStudio()
    let (status, heard) = try await other.run(text) { $0.workers = 2 }
    #expect(status == 0 && heard.ended.sorted() == Array(1...6))
    #expect(try other.pictures() == alone && alone.count == 6)
  }

  /// The encodings of prompts are kept; models of SDXL's family are told the picture's size with them.
  @Test func sizesOfOnePromptDoNotMix() async throws {
    let text = "a fox --seed 1\na fox --seed 1 --width 104 --height 72\na fox --seed 2"
    let plan = try studio.plan(text, model: "PicturesXL/xl")
    _ = try await studio.work(plan, RecordingObserver()).run(title: "prompts.txt")
    for job in plan.jobs {
      let alone = try Painter(job.model.model).paint(job.order).picture
      let isSame = try Picture(contentsOf: "\(studio.out)/\(job.path)") == alone
      #expect(isSame, "line \(job.line)")
    }
  }

  @Test func modelsAreTakenOneAfterTheOther() async throws {
    let second = BatchStudio.fixture("Pictures/sd2")
    let (status, heard) = try await studio.run(
      "a fox --seed 1\na fox --seed 2 --model \(second)\na fox --seed 3\na fox --seed 4 --model \(second)")
    #expect(status == 0 && heard.begun == [1, 3, 2, 4])
  }

  @Test func anArchiveNeedsNoFolder() async throws {
    let (status, heard) = try await studio.run(Self.foxes) { $0.folder = nil }
    #expect(status == 0 && heard.painted == ["1-1.png", "1-2.png", "1-3.png", "1-4.png"])
    #expect(!FileManager.default.fileExists(atPath: studio.out))
    #expect(heard.events("started").first?["ledger"]?.string == "memory")
  }

  // MARK: Going on

  @Test func whatLiesThereIsKept() async throws {
    _ = try await studio.run(Self.foxes)
    let first = try studio.pictures()
    let (status, heard) = try await studio.run(Self.foxes)
    #expect(status == 0 && heard.painted.isEmpty && heard.done("kept") == 4)
    #expect(heard.notes == ["4 of 4 pictures lie there already"])
    try FileManager.default.removeItem(atPath: "\(studio.out)/1-2.png")
    try Data("half".utf8).write(to: URL(filePath: "\(studio.out)/1-3.png"))
    let repaired = try await studio.run(Self.foxes).heard
    #expect(repaired.painted.map { ($0 as NSString).lastPathComponent } == ["1-2.png", "1-3.png"])
    #expect(try studio.pictures() == first)
    let again = try await studio.run(Self.foxes) { $0.resumes = false }.heard
    #expect(again.painted.count == 4 && again.done("kept") == 0)
    #expect(try studio.pictures() == first)
  }

  @Test func aCancelledBatchGoesOnWhereItWas() async throws {
    let cancel = Mutex<(@Sendable () -> Void)?>(nil)
    // Cancelled while the third picture is painted: between its first step and its last.
    let reached = Mutex(false)
    let observer = RecordingObserver(onProgress: { job, step in
      guard job.index == 3, step == 1 else { return }
      reached.withLock { $0 = true }
      // The task may not be known yet.
      while cancel.withLock({ $0 }) == nil { usleep(1000) }
      cancel.withLock { $0 }?()
    })
    let work = try studio.work(try studio.plan(Self.foxes), observer)
    let task = Task { try await work.run(title: "prompts.txt") }
    cancel.withLock { $0 = { task.cancel() } }
    #expect(try await task.value == BatchWork.interruptedStatus)
    #expect(reached.withLock { $0 } && observer.begun == [1, 2, 3])
    #expect(observer.done("painted") == 2 && observer.done("left") == 2 && observer.done("status") == 130)
    #expect(observer.errors.last == "2 pictures painted, 2 left; the same command goes on from here.")
    #expect(try ledger().map(\.state) == [.done, .done, .planned, .planned])
    #expect(try studio.pictures().keys.sorted() == ["1-1.png", "1-2.png"])
    studio.engine.finish()
    #expect(try studio.runs().map(\.outcome) == [.painted, .painted, .interrupted])
    let (status, heard) = try await studio.run(Self.foxes)
    #expect(status == 0 && heard.done("kept") == 2 && heard.done("painted") == 2)
    let whole = try BatchStudio()
    _ = try await whole.run(Self.foxes)
    #expect(try studio.pictures() == whole.pictures())
  }

  @Test func nobodyListensAnyMore() async throws {
    let observers = Mutex<RecordingObserver?>(nil)
    let observer = RecordingObserver(onPainted: { _ in observers.withLock { $0 }?.breakOff() })
    observers.withLock { $0 = observer }
    let (status, heard) = try await studio.run("a fox --seed 1 --count 8", observer)
    #expect(status == BatchWork.interruptedStatus)
    #expect((1...3).contains(heard.painted.count), "those that were in work are finished")
    observers.withLock { $0 = nil }
  }

  // MARK: Trouble

  /// The second picture's folder will be a file.
  private static let troubled =
    "a fox --seed 1 --output good\na house --seed 2 --output blocked/bad\na tree --seed 3 --output better"

  @Test func whatCannotBeWrittenIsTriedAgain() async throws {
    try FileManager.default.createDirectory(atPath: studio.out, withIntermediateDirectories: true)
    try Data("in the way".utf8).write(to: URL(filePath: "\(studio.out)/blocked"))
    let (status, heard) = try await studio.run(Self.troubled) { $0.retries = 2 }
    #expect(status == ExitStatus.partial.rawValue)
    let failures = heard.events("failed")
    #expect(failures.map { $0["index"]?.integer } == [2] && failures.map { $0["attempts"]?.integer } == [3])
    #expect(heard.errors.count == 1)
    #expect(heard.errors.first?.hasPrefix("prompts.txt, line 2, picture 2 was not painted: ") == true)
    #expect(heard.done("painted") == 2 && heard.done("failed") == 1 && heard.done("left") == 0)
    let record = try #require(try ledger().first { $0.line == 2 })
    #expect(record.state == .failed && record.reason?.isEmpty == false)
    studio.engine.finish()
    #expect(try studio.runs().map(\.outcome).filter { $0 == .failed }.count == 1)
  }

  @Test func whatCannotBePaintedIsTriedAgain() async throws {
    let (status, heard) = try await studio.run(
      "a fox --seed 1\na fox --seed 2 --width 4096 --height 4096\na fox --seed 3"
    ) {
      $0.retries = 1
      $0.limit = MemoryLimit(wished: 300 << 20)
    }
    #expect(status == ExitStatus.partial.rawValue && heard.painted.count == 2)
    #expect(heard.events("failed").map { $0["attempts"]?.integer } == [2])
    #expect(heard.errors.first?.contains("takes at least") == true)
    let record = try #require(try ledger().first { $0.line == 2 })
    #expect(record.state == .failed && record.attempts == 2)
    studio.engine.finish()
    #expect(try studio.runs().map(\.outcome).filter { $0 == .failed }.count == 2, "each attempt is a run")
  }

  @Test func theFirstFailureMayEndABatch() async throws {
    let text =
      "a fox --seed 1 --width 4096 --height 4096\n" + (2...9).map { "a fox --seed \($0)" }.joined(separator: "\n")
    let (status, heard) = try await studio.run(text) {
      $0.failsFast = true
      $0.limit = MemoryLimit(wished: 300 << 20)
    }
    #expect(status == ExitStatus.partial.rawValue && heard.painted.isEmpty && heard.done("left") == 8)
    // Lines that cannot be read end it before anything is painted.
    let (unread, quiet) = try await studio.run("a fox --seed 1\na fox --steps x") { $0.failsFast = true }
    #expect(unread == ExitStatus.unreadable.rawValue && quiet.begun.isEmpty)
    #expect(quiet.errors == ["Nothing was painted because of prompts.txt, line 2."])
    let (refused, _) = try await studio.run("you idiot\na fox --seed 1") { $0.failsFast = true }
    #expect(refused == ExitStatus.refused.rawValue)
  }

  @Test func refusalsAreRecordedOnce() async throws {
    for _ in 0..<2 {
      let (status, heard) = try await studio.run("a fox --seed 1\nyou idiot")
      #expect(status == ExitStatus.partial.rawValue && heard.events("refused").count == 1)
      #expect(heard.notes.contains { $0.hasPrefix("prompts.txt:2: The prompt was refused") })
      #expect(heard.errors == ["prompts.txt: 1 refused; the reasons stand above."])
    }
    studio.engine.finish()
    #expect(try studio.runs().map(\.outcome).filter { $0 == .refused }.count == 1)
  }

  @Test func withheldPicturesAreNotTriedAgain() async throws {
    // The checker withholds seed 2: Tests/Reference/clip.py.
    let text = "a fox --seed 1 --sampler ddim --guidance 5 --count 2"
    let (status, heard) = try await studio.run(text, model: "CLIP/some") { $0.retries = 3 }
    #expect(status == ExitStatus.partial.rawValue && heard.painted.count == 1)
    #expect(heard.events("refused").count == 1 && heard.done("refused") == 1)
    let record = try #require(try ledger().last)
    #expect(record.state == .refused && record.attempts == 1)
  }

  /// A ledger in which a change of a job's state fails, as on a disk that is gone.
  private func breakLedger(at state: String) throws {
    try FileManager.default.createDirectory(atPath: studio.out, withIntermediateDirectories: true)
    let path = "\(studio.out)/limn-batch.sqlite"
    try Ledger(path: path).close()
    let database = try DatabaseQueue(path: path)
    try database.write { database in
      try database.execute(
        sql:
          "CREATE TRIGGER broken BEFORE UPDATE ON job WHEN NEW.state = '\(state)' BEGIN SELECT RAISE(ABORT, 'the disk is gone'); END"
      )
    }
    try database.close()
  }

  @Test("a ledger that cannot be written ends the batch", arguments: ["painting", "done"], [0, 2])
  func brokenLedger(_ state: String, _ retries: Int) async throws {
    try breakLedger(at: state)
    let (status, heard) = try await studio.run("a fox --seed 1 --count 9") { $0.retries = retries }
    #expect(status == ExitStatus.unreadable.rawValue)
    #expect(heard.errors.first?.contains("limn-batch.sqlite cannot be used: the disk is gone.") == true)
    #expect(heard.begun.count < 9 && (heard.done("left") ?? 0) > 0)
    #expect(heard.done("status") == Int(ExitStatus.unreadable.rawValue))
    // No picture lies there twice.
    #expect(try studio.pictures().keys.allSatisfy { $0.wholeMatch(of: /1-\d.png/) != nil })
  }

  @Test func aLedgerInUseIsSaid() throws {
    let held = try studio.work(try studio.plan(Self.foxes), RecordingObserver())
    let error = try #require(throws: UserError.self) {
      _ = try studio.work(try studio.plan(Self.foxes), RecordingObserver())
    }
    #expect(error.description.contains("another limn paints this batch") && held.toPaint.count == 4)
  }

  @Test func shardsAreMerged() async throws {
    let text = "a fox --seed 1 --count 8"
    for index in 1...2 {
      let shard = try Shard(parsing: "\(index)/2")
      var plan = try studio.plan(text)
      plan.keep(shard)
      #expect(try await studio.work(plan, RecordingObserver()) { $0.shard = shard }.run(title: "p") == 0)
    }
    let (status, heard) = try await studio.run(text)
    #expect(status == 0 && heard.painted.isEmpty && heard.done("kept") == 8)
    #expect(throws: UserError.input("There is no ledger /nowhere.sqlite to merge.")) {
      try studio.work(studio.plan(text), RecordingObserver()) { $0.merge = ["/nowhere.sqlite"] }
    }
  }
}
