import Foundation
import HTTPTypes
import History
import HummingbirdCore
import JSON
import NIOCore

/// limn's own jobs: asked for, looked at, stopped, heard of.
struct JobRoutes {
  let backend: Backend

  func add(to router: inout Router) {
    router.post("/api/v1/jobs") { request, context in try await create(request, context) }
    router.get("/api/v1/jobs") { _, context in try await list(context) }
    router.get("/api/v1/jobs/:id") { _, context in try await show(context) }
    router.delete("/api/v1/jobs/:id") { _, context in try await stop(context) }
    router.get("/api/v1/events") { _, context in try await events(context, job: nil) }
    router.get("/api/v1/jobs/:id/events") { _, context in
      let job = try job(context, context.require(.seeOwnHistory))
      return try await events(context, job: job.id)
    }
  }

  private func create(_ request: Request, _ context: ServerContext) async throws -> Response {
    let caller = try context.require(.paint)
    var request = request
    let wish = try JobWish(try await request.json())
    let job = try await backend.queue.add(wish, caller)
    var response = Response(json: json(job, caller), status: .created)
    response.headers[.location] = "/api/v1/jobs/\(job.id)"
    return response
  }

  private func list(_ context: ServerContext) async throws -> Response {
    let caller = try context.require(.seeOwnHistory)
    let queue = backend.queue
    let jobs = try await Background.run { try queue.jobs(of: caller.person).map { json($0, caller) } }
    return Response(json: ["jobs": .array(jobs)])
  }

  private func show(_ context: ServerContext) async throws -> Response {
    let caller = try context.require(.seeOwnHistory)
    let job = try job(context, caller)
    // Pictures that are done are looked up.
    guard !job.painted.isEmpty else { return Response(json: json(job, caller)) }
    return Response(json: try await Background.run { json(job, caller) })
  }

  private func stop(_ context: ServerContext) async throws -> Response {
    let caller = try context.require(.paint)
    let job = try job(context, caller)
    backend.queue.stop(job.id, of: caller.person)
    return .noContent
  }

  /// Somebody else's job is as unknown as one that never was.
  private func job(_ context: ServerContext, _ caller: Caller) throws -> Job {
    let id = try context.parameters.require("id")
    guard let job = try backend.queue.job(id, of: caller.person) else { throw Fault.notFound("such job") }
    return job
  }

  private func json(_ job: Job, _ caller: Caller) -> JSONValue { JobJSON(backend: backend, access: caller.access)(job) }

  // MARK: Events

  private func events(_ context: ServerContext, job: String?) async throws -> Response {
    let caller = try context.require(.seeOwnHistory)
    let key = "\(caller.person.userID) \(caller.person.name)"
    let stream = backend.hub.listen(person: key, job: job)
    let queue = backend.queue
    // Whoever comes hears at once how things stand.
    let first =
      try job.map { [try queue.job($0, of: caller.person)].compactMap(\.self) }
      ?? queue.jobs(of: caller.person, ended: 0)
    return Response(
      status: .ok, headers: [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store"],
      body: ResponseBody { writer in
        try await writer.write(ByteBuffer(string: ": limn\nretry: 2000\n\n"))
        for job in first.reversed() { try await writer.write(ServerSentEvent.buffer("job", json(job, caller))) }
        if let job, first.first?.state.isOpen != true {
          _ = job
        } else {
          for await event in stream {
            guard let text = text(of: event, caller) else { break }
            try await writer.write(text)
            if let job, case .job(let id) = event, id == job, try queue.job(id, of: caller.person)?.state.isOpen != true
            {
              break
            }
          }
        }
        try await writer.finish(nil)
      })
  }

  /// Nil where the stream ends.
  private func text(of event: EventHub.Event, _ caller: Caller) -> ByteBuffer? {
    switch event {
    case .job(let id):
      guard let job = try? backend.queue.job(id, of: caller.person) else { return ByteBuffer(string: ": gone\n\n") }
      return ServerSentEvent.buffer("job", json(job, caller))
    case .preview(let job, let index, let png):
      return ServerSentEvent.buffer(
        "preview",
        [
          "job": .string(job), "index": .integer(index),
          "data": .string("data:image/png;base64," + Data(png).base64EncodedString()),
        ])
    case .sample(let style):
      return ServerSentEvent.buffer("style", ["name": .string(style), "sample": .string(StyleSamples.url(of: style))])
    case .heartbeat: return ByteBuffer(string: ": \n\n")
    case .end: return nil
    }
  }
}

/// The form of `text/event-stream`.
enum ServerSentEvent {
  /// - Parameter name: Nil for one without.
  static func buffer(_ name: String?, _ data: JSONValue) -> ByteBuffer {
    // JSON of limn's has no line ends.
    ByteBuffer(string: (name.map { "event: \($0)\n" } ?? "") + "data: \(data.text)\n\n")
  }
}
