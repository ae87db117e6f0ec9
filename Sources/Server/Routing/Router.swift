import HTTPTypes
import HummingbirdCore

/// Finds the handler of a request. Paths are compared part by part as they were sent: nothing in them is decoded, and none
/// leads to a file.
struct Router: Sendable {
  typealias Handler = @Sendable (Request, ServerContext) async throws -> Response

  private struct Route: Sendable {
    let method: HTTPRequest.Method
    /// `:id` stands for any part.
    let parts: [Substring]
    let pattern: String
    let handler: Handler
  }

  private var routes: [Route] = []
  private let gates: [any Gate]

  /// - Parameter gates: What every request goes through, the first outermost.
  init(gates: [any Gate]) { self.gates = gates }

  mutating func on(_ method: HTTPRequest.Method, _ pattern: String, _ handler: @escaping Handler) {
    routes.append(Route(method: method, parts: Self.parts(of: pattern), pattern: pattern, handler: handler))
  }

  mutating func get(_ pattern: String, _ handler: @escaping Handler) { on(.get, pattern, handler) }
  mutating func post(_ pattern: String, _ handler: @escaping Handler) { on(.post, pattern, handler) }
  mutating func put(_ pattern: String, _ handler: @escaping Handler) { on(.put, pattern, handler) }
  mutating func patch(_ pattern: String, _ handler: @escaping Handler) { on(.patch, pattern, handler) }
  mutating func delete(_ pattern: String, _ handler: @escaping Handler) { on(.delete, pattern, handler) }

  /// The answer to a request; whatever goes wrong within has been made one by a gate.
  func respond(to request: Request, _ context: ServerContext) async throws -> Response {
    var context = context
    let found = find(request)
    context.route = found?.route.pattern
    context.parameters = found?.parameters ?? RouteParameters()
    var next: Handler = { request, context in
      guard let route = found?.route else {
        let others = methods(of: request)
        guard others.isEmpty else {
          return Response(status: .methodNotAllowed, headers: [.allow: others.joined(separator: ", ")])
        }
        throw Fault.notFound("such address")
      }
      return try await route.handler(request, context)
    }
    for gate in gates.reversed() {
      next = { [next] request, context in try await gate.handle(request, context: context, next: next) }
    }
    let response = try await next(request, context)
    guard request.method == .head else { return response }
    var head = response
    head.body = ResponseBody()
    head.headers[.contentLength] = response.headers[.contentLength]
    return head
  }

  private func find(_ request: Request) -> (route: Route, parameters: RouteParameters)? {
    let method = request.method == .head ? .get : request.method
    let parts = Self.parts(of: request.uri.path)
    for route in routes where route.method == method {
      if let parameters = Self.parameters(route, parts) { return (route, parameters) }
    }
    return nil
  }

  /// What else could be asked of the same address.
  private func methods(of request: Request) -> [String] {
    let parts = Self.parts(of: request.uri.path)
    return Set(routes.filter { Self.parameters($0, parts) != nil }.map(\.method.rawValue)).sorted()
  }

  /// What a path leaves open of a route; nil where it is another's.
  private static func parameters(_ route: Route, _ parts: [Substring]) -> RouteParameters? {
    guard route.parts.count == parts.count else { return nil }
    var parameters = RouteParameters()
    for (pattern, part) in zip(route.parts, parts) {
      if pattern.hasPrefix(":") {
        guard !part.isEmpty else { return nil }
        parameters.values[String(pattern.dropFirst())] = String(part)
      } else if pattern != part {
        return nil
      }
    }
    return parameters
  }

  /// `/a/b` as `a`, `b`; `//a` has an empty first part, which no route has.
  private static func parts(of path: String) -> [Substring] {
    (path.hasPrefix("/") ? path.dropFirst() : path[...]).split(separator: "/", omittingEmptySubsequences: false)
  }
}

/// Something that every request goes through on its way to its handler, and every answer on its way back.
protocol Gate: Sendable {
  func handle(_ request: Request, context: ServerContext, next: Router.Handler) async throws -> Response
}
