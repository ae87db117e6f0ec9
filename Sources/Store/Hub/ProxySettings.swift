import Foundation
import System

/// Which requests go through a proxy: `https_proxy`, `http_proxy`, `all_proxy` and `no_proxy`, in either case.
package struct ProxySettings: Sendable, Hashable {
  package struct Proxy: Sendable, Hashable {
    package let host: String
    package let port: Int
    /// As the address names them, `name:password@`.
    package let user: String?
    package let password: String?
  }

  private var byScheme: [String: Proxy] = [:]
  private var exceptions: [String] = []

  package init() {}

  /// - Throws: ``UserError/request(_:)`` where an address is none of a proxy that limn can use.
  package init(environment: [String: String]) throws(UserError) {
    func text(_ name: String) -> (name: String, value: String)? {
      for name in [name, name.uppercased()] {
        if let value = environment[name], !value.isEmpty { return (name, value) }
      }
      return nil
    }
    for scheme in ["http", "https"] {
      guard let (name, address) = text("\(scheme)_proxy") ?? text("all_proxy") else { continue }
      byScheme[scheme] = try ProxySettings.proxy(address, from: name)
    }
    let list = text("no_proxy")?.value ?? ""
    exceptions = list.split { $0 == "," || $0.isWhitespace }.map { $0.lowercased() }
  }

  private static func proxy(_ address: String, from variable: String) throws(UserError) -> Proxy {
    let url = URL(string: address.contains("://") ? address : "http://\(address)")
    guard let url, url.scheme == "http", let host = url.host(), !host.isEmpty else {
      throw .request("\(variable) is no address of an HTTP proxy, such as http://proxy.example:3128.")
    }
    return Proxy(
      host: host, port: url.effectivePort, user: url.user(percentEncoded: false),
      password: url.password(percentEncoded: false))
  }

  /// The proxy for an address; nil where it is reached straight.
  package func proxy(for url: URL) -> Proxy? {
    guard let proxy = byScheme[url.scheme ?? ""], let host = url.host()?.lowercased() else { return nil }
    return exceptions.contains { ProxySettings.matches($0, host: host, port: url.effectivePort) } ? nil : proxy
  }

  /// `*`, a host, a domain with or without a dot before it, each with or without a port.
  private static func matches(_ exception: String, host: String, port: Int) -> Bool {
    if exception == "*" { return true }
    var name = exception[...]
    if let colon = name.lastIndex(of: ":"), let wanted = Int(name[name.index(after: colon)...]) {
      guard wanted == port else { return false }
      name = name[..<colon]
    }
    name = name.hasPrefix("*.") ? name.dropFirst(2) : name.hasPrefix(".") ? name.dropFirst() : name
    return !name.isEmpty && (host == name || host.hasSuffix(".\(name)"))
  }
}
