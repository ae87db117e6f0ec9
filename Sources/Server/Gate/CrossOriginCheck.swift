import Foundation
import HTTPTypes
import HummingbirdCore

/// Refuses what another site's page asks for in a browser's name, as Go 1.25's `http.CrossOriginProtection` does; and, beyond
/// that, reading: what pages of others may see is nothing.
struct CrossOriginCheck: Gate {
  /// Origins that may ask, `https://example.org`.
  let allowed: Set<String>

  func handle(
    _ request: Request, context: ServerContext, next: Router.Handler
  ) async throws -> Response {
    guard isAllowed(request) else {
      throw Fault(.forbidden, "cross_origin", "Pages of other sites may not use this server.")
    }
    var response = try await next(request, context)
    if let origin = request.headers[.origin], allowed.contains(origin) {
      response.headers[.accessControlAllowOrigin] = origin
      response.headers[.vary] = "Origin"
    }
    return response
  }

  private func isAllowed(_ request: Request) -> Bool {
    let origin = request.headers[.origin]
    if let origin, allowed.contains(origin) { return true }
    let isSafe = [.get, .head, .options].contains(request.method)
    if let site = request.headers[.secFetchSite] {
      if site == "same-origin" || site == "none" { return true }
      // A link from elsewhere leads to a page, and to nothing else.
      return isSafe && request.headers[.secFetchMode] == "navigate" && request.headers[.secFetchDest] == "document"
        && !request.uri.path.hasPrefix("/api/")
    }
    // Neither header: not a browser.
    guard let origin else { return true }
    guard let url = URL(string: origin), let host = url.host(percentEncoded: false) else { return false }
    let authority = host.bracketed + (url.port.map { ":\($0)" } ?? "")
    return authority.lowercased() == request.head.authority?.lowercased()
  }
}
