import Foundation
import History
import System

/// How a server is to run: what `limn serve` was told.
package struct ServerWish: Sendable {
  package var address = ListenAddress.network(host: "127.0.0.1", port: ListenAddress.standardPort)
  /// The descriptor of a socket at ``address`` that somebody else has opened and listens on.
  package var inheritedSocket: Int32?
  /// Certificate and key; nil where connections are not encrypted.
  package var tls: TLSFiles?
  /// What a proxy before it, or the network, calls it.
  package var publicURL: PublicURL?
  /// Origins whose pages may ask.
  package var allowedOrigins: Set<String> = []
  /// Paints where nobody names a model; nil for the bundled one.
  package var model: String?
  /// Whether whoever reaches it asks in the name of who started it.
  package var needsNoToken = false
  package var logsJSON = false
  package var queue: QueueSettings
  /// Who started it.
  package var owner: Person

  package init(queue: QueueSettings, owner: Person) {
    self.queue = queue
    self.owner = owner
  }

  var scheme: String { tls == nil ? "http" : "https" }

  /// Whether browsers reach it by https, by itself or through a proxy.
  var isSecure: Bool { tls != nil || publicURL?.text.hasPrefix("https:") ?? false }

  /// What clients call it; nil where nobody knows.
  var host: String? {
    if let publicURL { return URL(string: publicURL.text)?.host(percentEncoded: false) }
    guard case .network(let host, _) = address, !ListenAddress.isWildcard(host) else { return nil }
    return host
  }

  /// Refuses what does not fit together, or would stand open to everybody.
  ///
  /// - Throws: ``UserError/request(_:)``
  func check(_ store: HistoryStore) throws {
    if tls != nil {
      if case .socket = address {
        throw UserError.request(
          "Nobody listens in on a socket of this machine: leave out --tls-certificate and --tls-key.")
      }
      guard publicURL.map({ $0.text.hasPrefix("https:") }) ?? true else {
        throw UserError.request("With --tls-certificate, --public-url begins with https://.")
      }
    }
    guard case .network(let host, _) = address, !address.isLocal else { return }
    guard !needsNoToken else {
      throw UserError.request(
        "--no-token is for this machine alone: at \(host) everybody in the network could paint in your name.")
    }
    guard try store.tokens().contains(where: { $0.isValid() }) else {
      throw UserError.request(
        "At \(host) others reach this server, and nobody has a token yet: make one with `limn tokens create NAME --role creator`, or leave out --listen."
      )
    }
    guard publicURL != nil || !ListenAddress.isWildcard(host) else {
      throw UserError.request(
        "\(host) is every address of this machine: say by --public-url how people call it, such as http://studio.local:7870; requests under other names are refused."
      )
    }
  }
}
