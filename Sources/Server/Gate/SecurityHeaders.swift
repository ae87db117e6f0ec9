import HTTPTypes
import HummingbirdCore

/// What every answer says to browsers, and the number by which the log knows it.
struct SecurityHeaders: Gate {
  static let pagePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

  func handle(
    _ request: Request, context: ServerContext, next: Router.Handler
  ) async throws -> Response {
    var response = try await next(request, context)
    let standard: [(HTTPField.Name, String)] = [
      (.contentSecurityPolicy, Self.pagePolicy), (.xContentTypeOptions, "nosniff"), (.referrerPolicy, "no-referrer"),
      (.crossOriginOpenerPolicy, "same-origin"), (.crossOriginResourcePolicy, "same-origin"),
      (.permissionsPolicy, "camera=(self), microphone=(), geolocation=(), payment=(), usb=()"),
      (.cacheControl, "no-store"), (.requestID, context.id),
    ]
    for (name, value) in standard where response.headers[name] == nil { response.headers[name] = value }
    return response
  }
}
