import Engine
import Foundation
import GRDB
import History
import Images
import JSON
import Painting
import Synchronization
import Testing

@testable import Batch

/// A user's installation and working folder for one test of batches; removed with the last reference.
final class BatchStudio {
  let folder = FileManager.default.temporaryDirectory.appending(path: "limn-batches-\(UUID().uuidString)")
  let engine: Engine
  let installation: Installation

  private static let repository = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
    .standardizedFileURL

  /// A model or picture of Tests/Fixtures.
  static func fixture(_ name: String) -> String { repository.appending(path: "Tests/Fixtures/\(name)").path }

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var environment = ["HOME": folder.path, "LIMN_WEIGHTS": BatchStudio.repository.appending(path: "weights").path]
    for name in ["CACHE", "CONFIG", "DATA", "STATE"] {
      environment["XDG_\(name)_HOME"] = folder.appending(path: "home/\(name)").path
    }
    installation = Installation(environment: environment, executable: "/nowhere/limn")
    engine = Engine(installation) { Issue.record("\($0)") }
  }

  deinit {
    engine.finish()
    try? FileManager.default.removeItem(at: folder)
  }

  /// Where pictures go.
  var out: String { folder.appending(path: "out").path }

  func path(_ name: String) -> String { folder.appending(path: name).path }

  /// The pictures that lie in ``out``, by name.
  func pictures() throws -> [String: Data] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: out)) ?? []
    return try Dictionary(
      uniqueKeysWithValues: names.filter { $0.hasSuffix(".png") }.map {
        ($0, try Data(contentsOf: URL(filePath: "\(out)/\($0)")))
      })
  }

  /// A plan of lines of text, painted by a fixture in two steps unless they say otherwise.
  func plan(
    _ text: String, name: String = "prompts.txt", model: String = "Pictures/sd1", names: String = "{line}-{seed}.png"
  ) throws -> BatchPlan {
    var expansion = Expansion()
    try expansion.setDefault("model=\(BatchStudio.fixture(model))")
    try expansion.setDefault("steps=2")
    let lines = try PromptFile(Array(text.utf8), name: name).lines
    return BatchPlan(try expansion.expand(lines), names: try NameTemplate(parsing: names), engine: engine)
  }

  var settings: BatchSettings {
    var settings = BatchSettings()
    settings.folder = out
    settings.limit = MemoryLimit(wished: 1 << 40)
    return settings
  }

  func work(
    _ plan: BatchPlan, _ observer: RecordingObserver, _ change: (inout BatchSettings) -> Void = { _ in }
  ) throws -> BatchWork {
    var settings = settings
    change(&settings)
    return try BatchWork(plan: plan, settings: settings, engine: engine, observer: observer)
  }

  /// Plans, paints and tells how it ended.
  func run(
    _ text: String, model: String = "Pictures/sd1", _ observer: RecordingObserver = RecordingObserver(),
    _ change: (inout BatchSettings) -> Void = { _ in }
  ) async throws -> (status: Int32, heard: RecordingObserver) {
    let work = try work(plan(text, model: model), observer, change)
    return (try await work.run(title: "prompts.txt"), observer)
  }
}

/// Hears all that a batch says.
final class RecordingObserver: BatchObserver {
  private struct Heard {
    var events: [JSONValue] = []
    var notes: [String] = []
    var errors: [String] = []
    var painted: [String] = []
    var begun: [Int] = []
    var ended: [Int] = []
    var finishes = 0
  }

  private let heard = Mutex(Heard())
  private let onPainted: @Sendable (Int) -> Void
  private let onProgress: @Sendable (BatchJob, Int) -> Void
  private let broken = Atomic<Bool>(false)

  /// - Parameters:
  ///   - onPainted: Called with the number of pictures so far.
  ///   - onProgress: Called on the painting thread with a job and its steps done.
  init(
    onPainted: @escaping @Sendable (Int) -> Void = { _ in },
    onProgress: @escaping @Sendable (BatchJob, Int) -> Void = { _, _ in }
  ) {
    self.onPainted = onPainted
    self.onProgress = onProgress
  }

  func event(_ event: any Encodable & Sendable) {
    let text = (try? event.json) ?? ""
    guard let value = try? JSONValue(parsing: Array(text.utf8)) else {
      Issue.record("no JSON: \(event)")
      return
    }
    heard.withLock { $0.events.append(value) }
  }

  func note(_ sentence: String) { heard.withLock { $0.notes.append(sentence) } }
  func error(_ sentence: String) { heard.withLock { $0.errors.append(sentence) } }

  func progress(_ job: BatchJob, step: Int, of steps: Int) {
    if step == 0 { heard.withLock { $0.begun.append(job.index) } }
    onProgress(job, step)
  }

  func ended(_ job: BatchJob) { heard.withLock { $0.ended.append(job.index) } }

  func painted(_ picture: DeliveredPicture, named path: String) {
    let count = heard.withLock { heard in
      heard.painted.append(path)
      return heard.painted.count
    }
    onPainted(count)
  }

  func finish() { heard.withLock { $0.finishes += 1 } }

  var isBroken: Bool { broken.load(ordering: .relaxed) }
  func breakOff() { broken.store(true, ordering: .relaxed) }

  func events(_ name: String) -> [JSONValue] { heard.withLock { $0.events }.filter { $0["event"]?.string == name } }
  var notes: [String] { heard.withLock { $0.notes } }
  var errors: [String] { heard.withLock { $0.errors } }
  var painted: [String] { heard.withLock { $0.painted } }
  /// Places in the batch, in order.
  var begun: [Int] { heard.withLock { $0.begun } }
  var ended: [Int] { heard.withLock { $0.ended } }
  var finishes: Int { heard.withLock { $0.finishes } }

  /// A number of the last event.
  func done(_ name: String) -> Int? { events("done").last?[name]?.integer }
}

extension BatchStudio {
  /// Every run of the history, in order.
  func runs() throws -> [Run] {
    try HistoryStore(path: installation.historyPath).read { try Run.order(sql: "number").fetchAll($0) }
  }
}

extension BatchJob {
  /// What this machine paints; tests plan nothing else.
  var here: (order: Order, model: LoadedModel) {
    guard case .here(let order, let model) = work else { preconditionFailure("planned elsewhere") }
    return (order, model)
  }
  var order: Order { here.order }
  var model: LoadedModel { here.model }
}
