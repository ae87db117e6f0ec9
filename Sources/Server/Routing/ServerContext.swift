import History
import Logging
import NIOCore

/// What is known of a request beside itself.
struct ServerContext: Sendable {
  /// The number by which the log and the answer name it.
  let id: String
  var logger: Logger
  let channel: any Channel
  /// Who asks; nil for a stranger.
  var caller: Caller?
  /// Whether a session's cookie says so.
  var isBrowser = false
  /// The route's pattern, such as `/api/v1/jobs/:id`; nil where there is none.
  var route: String?
  var parameters = RouteParameters()

  init(_ channel: any Channel, logger: Logger) {
    id = String(UInt64.random(in: .min ... .max), radix: 36)
    self.channel = channel
    self.logger = logger
    self.logger[metadataKey: "request"] = "\(id)"
  }

  /// Where the request came from, for limits.
  var remote: String { channel.remoteAddress?.ipAddress ?? "local" }

  /// - Throws: ``Fault``; what was forbidden goes into the audit.
  func require(_ permission: Permission) throws -> Caller {
    let caller = try requireCaller()
    try caller.require(permission)
    return caller
  }

  func requireCaller() throws -> Caller {
    guard let caller else { throw Fault.signIn }
    return caller
  }
}

/// The parts of a path that a route leaves open, as they stand there.
struct RouteParameters: Sendable {
  var values: [String: String] = [:]

  /// - Throws: ``Fault`` where the route has no such part.
  func require(_ name: String) throws -> String {
    guard let value = values[name] else { throw Fault.notFound("such address") }
    return value
  }
}
