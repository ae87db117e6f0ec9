import Engine
import Foundation
import HTTPTypes
import History
import HummingbirdCore
import Images
import JSON
import System

/// Pictures of the history: found, looked at, judged, removed.
struct PictureRoutes {
  let backend: Backend

  func add(to router: inout Router) {
    router.get("/api/v1/pictures") { request, context in try await list(request, context) }
    router.get("/api/v1/pictures/:id") { _, context in try await show(context) }
    router.patch("/api/v1/pictures/:id") { request, context in try await judge(request, context) }
    router.delete("/api/v1/pictures/:id") { _, context in try await remove(context) }
    router.get("/api/v1/pictures/:id/file") { _, context in try await file(context) }
    router.get("/api/v1/pictures/:id/thumbnail") { _, context in try await thumbnail(context) }
  }

  private func list(_ request: Request, _ context: ServerContext) async throws -> Response {
    let caller = try context.require(.seeOwnHistory)
    let query = request.query
    func text(_ name: String) -> String? { query[name].flatMap { $0.isEmpty ? nil : String($0.prefix(1_000)) } }
    var filter = RunFilter()
    filter.text = text("query")
    filter.style = text("style")
    filter.model = text("model")
    filter.user = text("person")
    filter.minimumRating = text("rating").flatMap { Int($0) }
    filter.isFlagged = ["1", "true", "yes"].contains(text("flagged") ?? "")
    filter.outcomes = [.painted]
    filter.withoutFlag = Run.deletedFlag
    let limit = min(200, max(1, text("limit").flatMap { Int($0) } ?? 50))
    filter.limit = limit + 1
    // One's own, unless somebody is named or all are asked for.
    if filter.user == nil, text("everyone") == nil { filter.owner = caller.person }
    if let before = text("before") { filter.olderThan = try run(before, caller) }
    filter = filter.narrowed(to: caller.access)
    let (store, json) = (backend.store, PictureJSON(backend: backend, access: caller.access))
    let runs = try await Background.run { [filter] in try store.runs(filter) }
    let shown = runs.prefix(limit)
    return Response(json: [
      "pictures": .array(shown.map { json($0) }),
      "next": runs.count > limit ? shown.last.map { .string($0.id) } ?? .null : .null,
    ])
  }

  private func show(_ context: ServerContext) async throws -> Response {
    let caller = try context.require(.seeOwnHistory)
    return Response(json: PictureJSON(backend: backend, access: caller.access)(try run(context, caller)))
  }

  private func judge(_ request: Request, _ context: ServerContext) async throws -> Response {
    let caller = try context.require(.judge)
    let run = try run(context, caller)
    var request = request
    let body = try await request.json()
    guard let members = body.object, !members.isEmpty else {
      throw Fault.request("Say `rating` or `flag`.")
    }
    if let rating = members["rating"] {
      guard rating == .null || rating.integer.map({ (1...5).contains($0) }) == true else {
        throw Fault.request("A rating is 1 to 5, or null.", field: "rating")
      }
      try backend.store.rate(run, rating.integer)
    }
    if let flag = members["flag"] ?? members["flagged"] {
      let words = run.flagWords.filter { $0 != Run.deletedFlag }
      switch flag {
      case .null, .bool(false): try backend.store.flag(run, adding: [], removing: words)
      case .string(let text) where !text.isEmpty:
        try backend.store.flag(run, adding: [Slug.slug(of: text)].filter { $0 != Run.deletedFlag })
      default: throw Fault.request("A flag is a few words, or null.", field: "flag")
      }
    }
    let judged = try backend.store.run(id: run.id) ?? run
    return Response(json: PictureJSON(backend: backend, access: caller.access)(judged))
  }

  private func remove(_ context: ServerContext) async throws -> Response {
    let caller = try context.require(.seeOwnHistory)
    let run = try run(context, caller)
    let isOwn = run.userID == caller.person.userID && run.userName == caller.person.name
    if !isOwn { try caller.require(.prune) }
    let folder = backend.queue.settings.picturesFolder
    // What lies elsewhere was painted by a command, and is no business of a server's.
    if let path = run.outputPath, path.hasPrefix(folder + "/"), !path.contains("/../") {
      let bytes = try? FileBytes.recorded(at: path)
      if let bytes, run.wrote(bytes) { try? FileManager.default.removeItem(atPath: path) }
    }
    try backend.store.flag(run, adding: [Run.deletedFlag])
    backend.thumbnails.forget(run.id)
    return .noContent
  }

  private func file(_ context: ServerContext) async throws -> Response {
    let run = try run(context, context.require(.seeOwnHistory))
    return Response(picture: try await Background.run { try run.file() }, isKept: true)
  }

  private func thumbnail(_ context: ServerContext) async throws -> Response {
    let run = try run(context, context.require(.seeOwnHistory))
    let thumbnails = backend.thumbnails
    return Response(picture: try await Background.run { try thumbnails.png(of: run) }, isKept: true)
  }

  private func run(_ context: ServerContext, _ caller: Caller) throws -> Run {
    try run(try context.parameters.require("id"), caller)
  }

  private func run(_ id: String, _ caller: Caller) throws -> Run { try backend.store.picture(id, for: caller.access) }
}
