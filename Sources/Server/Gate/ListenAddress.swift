import Foundation
import System

/// Where a server listens.
package enum ListenAddress: Sendable, Equatable {
  /// `port` 0 takes any that is free.
  case network(host: String, port: Int)
  case socket(path: String)

  package static let standardPort = 7870

  /// `127.0.0.1`, `0.0.0.0:7870`, `[::1]:80`, `:8080`.
  ///
  /// - Throws: ``UserError/request(_:)``
  package init(_ text: String) throws(UserError) {
    var (host, port) = (text, Self.standardPort)
    let mistake = UserError.request(
      "--listen \(text.harmlessName) is no address: write 127.0.0.1, 127.0.0.1:7870 or [::1]:7870.")
    if text.hasPrefix("[") {
      guard let end = text.firstIndex(of: "]") else { throw mistake }
      host = String(text[text.index(after: text.startIndex)..<end])
      let rest = text[text.index(after: end)...]
      if !rest.isEmpty {
        guard rest.hasPrefix(":"), let number = Int(rest.dropFirst()) else { throw mistake }
        port = number
      }
    } else if let colon = text.firstIndex(of: ":"), text.firstIndex(of: ":") == text.lastIndex(of: ":") {
      guard let number = Int(text[text.index(after: colon)...]) else { throw mistake }
      host = colon == text.startIndex ? "127.0.0.1" : String(text[..<colon])
      port = number
    }
    guard (0...65_535).contains(port), !host.isEmpty,
      host.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || ".:-%".contains($0)) })
    else { throw mistake }
    self = .network(host: host, port: port)
  }

  /// Whether only this machine reaches it.
  package var isLocal: Bool {
    switch self {
    case .network(let host, _): host == "localhost" || host == "::1" || host.hasPrefix("127.")
    case .socket: true
    }
  }

  /// As `--listen` and `--socket` take it.
  var text: String {
    switch self {
    case .network(let host, let port): "\(host.bracketed):\(port)"
    case .socket(let path): path.harmlessName
    }
  }

  static func isWildcard(_ host: String) -> Bool { ["0.0.0.0", "::", "*"].contains(host) }
}

/// What a proxy before the server, or a name in the network, calls it: `https://limn.example.org`.
package struct PublicURL: Sendable, Equatable {
  package let text: String
  /// As they stand in Host.
  let hosts: Set<String>

  /// - Throws: ``UserError/request(_:)``
  package init(_ text: String) throws(UserError) {
    guard let url = URL(string: text), let scheme = url.scheme, ["http", "https"].contains(scheme),
      let host = url.host(percentEncoded: false), !host.isEmpty, ["", "/"].contains(url.path), url.query == nil
    else {
      throw .request("--public-url \(text.harmlessName) is no address such as https://limn.example.org.")
    }
    self.text = text.hasSuffix("/") ? String(text.dropLast()) : text
    let name = host.bracketed.lowercased()
    hosts = url.port.map { ["\(name):\($0)"] } ?? [name, "\(name):\(scheme == "https" ? 443 : 80)"]
  }
}
