import HTTPTypes
import HummingbirdCore

/// The names under which this server is asked for.
struct HostList: Sendable {
  /// `127.0.0.1:7860`, in small letters.
  private let names: Set<String>

  /// - Parameters:
  ///   - address: Where it listens.
  ///   - publicURL: What a proxy before it calls it.
  ///   - isEncrypted: Whether it speaks TLS itself, which decides which port clients do not name.
  init(_ address: ListenAddress, port: Int?, publicURL: PublicURL?, isEncrypted: Bool) {
    var names: Set<String> = []
    switch address {
    case .network(let host, _):
      let standard = isEncrypted ? 443 : 80
      let port = port ?? standard
      for name in ["127.0.0.1", "[::1]", "localhost"] + (ListenAddress.isWildcard(host) ? [] : [host.bracketed]) {
        names.insert("\(name):\(port)".lowercased())
        if port == standard { names.insert(name.lowercased()) }
      }
    case .socket: names = ["localhost"]
    }
    if let publicURL { names.formUnion(publicURL.hosts) }
    self.names = names
  }

  func contains(_ host: String) -> Bool { names.contains(host.lowercased()) }
}

/// Refuses whatever was meant for another host, before anything else is looked at: a page whose name was made to point here
/// (DNS rebinding) can ask nothing.
struct HostCheck: Gate {
  let hosts: HostList

  func handle(
    _ request: Request, context: ServerContext, next: Router.Handler
  ) async throws -> Response {
    // NIO keeps the first as the authority, and every further one as a field.
    guard let host = request.head.authority, request.headers[.host] == nil else {
      throw Fault(.badRequest, "invalid_host", "A request names exactly one Host.")
    }
    guard hosts.contains(host) else {
      throw Fault(
        .misdirectedRequest, "unknown_host",
        "This server does not go by that name. Whoever runs it can add it by `--public-url`.")
    }
    return try await next(request, context)
  }
}

extension String {
  /// An IPv6 address as it stands in URLs.
  var bracketed: String { contains(":") && !hasPrefix("[") ? "[\(self)]" : self }
}
