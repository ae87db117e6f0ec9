import Foundation
import HTTPTypes
import HummingbirdCore
import JSON
import NIOCore

/// The studio's page, and the way in.
struct PageRoutes {
  let backend: Backend
  let attempts: SignInAttempts

  func add(to router: inout Router) {
    router.get("/") { request, context in try await index(request, context) }
    router.get("/studio/:name") { request, context in
      guard let response = backend.studio.response(try context.parameters.require("name"), to: request) else {
        throw Fault.notFound("such file")
      }
      return response
    }
    router.get("/enter") { request, context in try await enter(request, context) }
    router.post("/enter") { request, context in try await signIn(request, context) }
    router.post("/leave") { _, context in
      defer { backend.known.forget() }
      return try backend.sessions.leave(context.caller?.token)
    }
    router.get("/healthz") { _, _ in Response(text: "ok\n") }
    router.get("/metrics") { _, context in try await metrics(context) }
    router.get("/favicon.ico") { _, _ in Response(status: .noContent) }
    router.get("/robots.txt") { _, _ in Response(text: "User-agent: *\nDisallow: /\n") }
  }

  private func index(_ request: Request, _ context: ServerContext) async throws -> Response {
    guard context.caller != nil else { return signInPage(request) }
    guard let response = backend.studio.response("index.html", to: request) else {
      throw Fault.notFound("studio: this limn was built without its page")
    }
    return response
  }

  /// The page's own, where it brings one.
  private func signInPage(_ request: Request) -> Response {
    var response = backend.studio.response("sign-in.html", to: request) ?? SignInPage.response
    response.headers[.cacheControl] = "no-store"
    return response
  }

  private func enter(_ request: Request, _ context: ServerContext) async throws -> Response {
    guard let key = request.query["key"] else { return Self.leading(to: "/") }
    if let response = try backend.sessions.enter(key: key) { return response }
    guard (try? attempts.check(context.remote)) != nil else { return Self.leading(to: "/?refused=wait") }
    // Who has come with the link before needs it no more.
    if context.isBrowser { return Self.leading(to: "/") }
    attempts.failed(context.remote)
    return Self.leading(to: "/?refused=link")
  }

  private func signIn(_ request: Request, _ context: ServerContext) async throws -> Response {
    var request = request
    let form = String(buffer: try await request.bytes(upTo: 4_096))
    let token = Request.values(of: form)["token"]?.trimmingCharacters(in: .whitespaces) ?? ""
    if let response = try backend.sessions.enter(secret: token) { return response }
    guard (try? attempts.check(context.remote)) != nil else { return Self.leading(to: "/?refused=wait") }
    attempts.failed(context.remote)
    return Self.leading(to: "/?refused=token")
  }

  private static func leading(to place: String) -> Response { Response(status: .seeOther, headers: [.location: place]) }

  private func metrics(_ context: ServerContext) async throws -> Response {
    _ = try context.require(.seeAllHistory)
    let counts = backend.queue.counts
    return Response(
      text: backend.metrics.text(waiting: counts.waiting, painting: counts.painting),
      type: "text/plain; version=0.0.4; charset=utf-8")
  }
}

/// Where strangers are asked for a token, if the studio brings no page for that. It needs no script.
enum SignInPage {
  static var response: Response {
    Response(
      text: """
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Sign in to limn</title>
        <main>
        <h1>limn</h1>
        <form method="post" action="/enter">
        <label for="token">Token</label>
        <input id="token" name="token" type="password" autocomplete="current-password" required>
        <button type="submit">Sign in</button>
        </form>
        <p>On the machine itself, open the link that <code>limn serve</code> printed. Elsewhere, ask whoever runs this \
        server for a token; <code>limn tokens create</code> makes one.</p>
        </main>
        </html>

        """, type: "text/html; charset=utf-8")
  }
}
