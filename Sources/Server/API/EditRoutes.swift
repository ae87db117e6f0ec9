import HTTPTypes
import History
import HummingbirdCore
import JSON
import Painting

/// Pictures that are there, made larger or painted over in the style of others: a job each.
struct EditRoutes {
  let backend: Backend

  func add(to router: inout Router) {
    for command in EditWish.Command.allCases {
      router.post("/api/v1/pictures/:id/\(command.rawValue)") { request, context in
        let caller = try allowed(context)
        let run = try backend.store.picture(try context.parameters.require("id"), for: caller.access)
        return try await change(
          EditWish(command: command, picture: run.id), nil, prompt: run.typedPrompt ?? run.prompt, request, context)
      }
      router.post("/api/v1/uploads/:id/\(command.rawValue)") { request, context in
        try await change(
          EditWish(command: command), try context.parameters.require("id"), prompt: "", request, context)
      }
    }
  }

  private func allowed(_ context: ServerContext) throws -> Caller {
    let caller = try context.require(.paint)
    try caller.require(.useReference)
    return caller
  }

  private func change(
    _ edit: EditWish, _ upload: String?, prompt: String, _ request: Request, _ context: ServerContext
  ) async throws -> Response {
    let caller = try allowed(context)
    var request = request
    var wish = try JobWish(try await request.json(), edit, prompt: prompt)
    if let upload { wish.references.append(JobWish.ReferenceWish(upload: upload, role: .start)) }
    let job = try await backend.queue.add(wish, caller)
    var response = Response(json: JobJSON(backend: backend, access: caller.access)(job), status: .created)
    response.headers[.location] = "/api/v1/jobs/\(job.id)"
    return response
  }
}
