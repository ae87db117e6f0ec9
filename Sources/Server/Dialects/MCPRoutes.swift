import HTTPTypes
import History
import HummingbirdCore
import JSON
import NIOCore

/// MCP over HTTP: one POST a message, answered by JSON.
struct MCPRoutes {
  let backend: Backend

  func add(to router: inout Router) {
    router.post("/mcp") { request, context in try await answer(request, context) }
    for method in [HTTPRequest.Method.get, .delete] {
      router.on(method, "/mcp") { _, _ in
        Response(status: .methodNotAllowed, headers: [.allow: "POST"])
      }
    }
  }

  private func answer(_ request: Request, _ context: ServerContext) async throws -> Response {
    let caller = try context.require(.paint)
    var request = request
    guard request.headers[.contentType]?.lowercased().hasPrefix("application/json") == true else {
      throw Fault(.unsupportedMediaType, "invalid_request", "MCP is spoken in application/json.")
    }
    let message = try await request.json()
    let (catalogue, painting) = (backend.catalogue, DirectPainting(backend: backend))
    let mcp = MCP(
      styles: { (try? await Background.run { catalogue.entry(named: nil)?.defaults.styles.map(\.name) }) ?? [] },
      models: { (try? await Background.run { catalogue.entries.map(\.name) }) ?? [] },
      paint: { [channel = context.channel] wish in
        try await painting(wish, caller, channel).map { (seed: $0.run.seed?.value ?? 0, png: $0.bytes) }
      })
    guard let answer = await mcp.answer(message) else { return Response(status: .accepted) }
    return Response(json: answer)
  }
}
