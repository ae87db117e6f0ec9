import Engine
import Foundation
import History
import JSON
import ServiceLifecycle
import System

/// `limn mcp`: MCP over standard input and output, a message a line, in the name of whoever started it.
package struct StandardMCP: Sendable {
  private let engine: Engine
  private let store: HistoryStore
  private let queue: JobQueue
  private let catalogue: Catalogue
  private let caller: Caller

  /// - Parameter model: Paints where nobody names one; nil for the bundled one.
  /// - Throws: ``UserError/input(_:)`` where the history cannot be opened.
  package init(_ settings: QueueSettings, model: String?, engine: Engine) throws {
    guard let store = engine.recorder.store else {
      throw UserError.input(
        "The history cannot be opened at \(engine.installation.historyPath); `limn doctor` says why.")
    }
    self.engine = engine
    self.store = store
    let uploads = Uploads(store, folder: engine.installation.serverFolder + "/uploads", limit: settings.limit)
    let admission = Admission(
      engine: engine, store: store, uploads: uploads, settings: settings, defaultModel: model)
    queue = JobQueue(admission, hub: EventHub(), metrics: Metrics())
    catalogue = Catalogue(engine.installation.catalog, defaultModel: model)
    caller = Caller(access: try store.access(for: engine.installation.person), token: nil, store: store)
  }

  /// Answers until the input ends.
  ///
  /// - Parameter write: Takes one line.
  package func run(_ lines: AsyncStream<String>, write: @escaping @Sendable (String) throws -> Void) async throws {
    let work = Task { [queue] in try await queue.run() }
    defer { work.cancel() }
    let (catalogue, queue, caller, store) = (catalogue, queue, caller, store)
    let mcp = MCP(
      styles: { (try? await Background.run { catalogue.entry(named: nil)?.defaults.styles.map(\.name) }) ?? [] },
      models: { (try? await Background.run { catalogue.entries.map(\.name) }) ?? [] },
      paint: { wish in
        let job = await queue.ended(try await queue.add(wish, caller).id)
        if let fault = job?.fault { throw fault }
        return try await Background.run {
          try (job?.pictures ?? []).compactMap { try store.run(id: $0) }.map { run in
            (seed: run.seed?.value ?? 0, png: try run.file())
          }
        }
      })
    for await line in lines where !line.isEmpty {
      guard let message = try? JSONValue(parsing: Array(line.utf8)) else {
        try write(MCP.error(nil, -32700, "The line is not JSON.").text)
        continue
      }
      if let answer = await mcp.answer(message) { try write(answer.text) }
    }
    queue.shutDown()
    _ = try? await work.value
    engine.finish()
  }
}
