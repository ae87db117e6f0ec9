import HTTPTypes
import HummingbirdCore
import Logging
import Synchronization

/// A line a request in the log, and the figures of `/metrics`. Neither holds prompts, tokens or queries.
struct RequestLog: Gate {
  let metrics: Metrics

  func handle(
    _ request: Request, context: ServerContext, next: Router.Handler
  ) async throws -> Response {
    let start = ContinuousClock.now
    let response = try await next(request, context)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let route = context.route ?? "other"
    metrics.answered(method: request.method.rawValue, route: route, status: response.status.code, seconds: seconds)
    context.logger.info(
      "request",
      metadata: [
        "method": "\(request.method.rawValue)", "route": "\(route)", "status": "\(response.status.code)",
        "milliseconds": "\(Int(seconds * 1000))",
      ])
    return response
  }
}
