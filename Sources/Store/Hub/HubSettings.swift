import Foundation
import System

/// How the hub is reached, as the environment says; the variables are those of huggingface_hub (`constants.py`).
package struct HubSettings: Sendable {
  /// `https://huggingface.co`, or another that speaks its protocol; without a slash at the end.
  package var endpoint: URL
  /// Sent to the endpoint's host and to no other.
  package var token: String?
  /// Whether nobody wants the network to be used.
  package var isOffline: Bool
  package var proxies: ProxySettings
  /// A file of certificates (PEM) that are trusted in place of the system's (`SSL_CERT_FILE`).
  package var certificates: String?
  /// After so long without a byte a connection counts as dead.
  package var idleSeconds: Double
  /// Before something is tried again; doubled each time.
  package var pauseSeconds = 1.0
  /// How often in a row something may fail without a byte more.
  package var attempts = 5
  /// The longest wait that a server may ask for.
  package var longestWaitSeconds = 300.0

  private static let standardEndpoint = "https://huggingface.co"

  /// - Throws: ``UserError/request(_:)`` where a variable cannot be used.
  package init(environment: [String: String]) throws(UserError) {
    func text(_ names: String...) -> String? {
      names.lazy.compactMap { environment[$0]?.trimmingCharacters(in: .whitespacesAndNewlines) }.first { !$0.isEmpty }
    }
    func isTrue(_ names: String...) -> Bool {
      names.contains { ["1", "ON", "YES", "TRUE"].contains(environment[$0]?.uppercased() ?? "") }
    }
    var address = text("HF_ENDPOINT") ?? HubSettings.standardEndpoint
    while address.hasSuffix("/") { address.removeLast() }
    guard let url = URL(string: address), ["http", "https"].contains(url.scheme), url.host() != nil else {
      throw .request(
        "HF_ENDPOINT is \"\(address.harmlessName)\"; an address such as https://huggingface.co was expected.")
    }
    endpoint = url
    isOffline = isTrue("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
    proxies = try ProxySettings(environment: environment)
    certificates = text("SSL_CERT_FILE")
    idleSeconds = text("HF_HUB_DOWNLOAD_TIMEOUT").flatMap(Double.init).flatMap { $0 > 0 && $0 < 1e6 ? $0 : nil } ?? 30
    let saysNothing = isTrue("HF_HUB_DISABLE_IMPLICIT_TOKEN")
    let token = text("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN") ?? (saysNothing ? nil : HubSettings.storedToken(environment))
    // Anything else would end the header that it stands in.
    guard token?.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) ?? true else {
      throw .request(
        "The token of the hub (HF_TOKEN, or the file that `hf auth login` wrote) holds characters that no token has.")
    }
    self.token = token
  }

  /// What `hf auth login` wrote: `HF_TOKEN_PATH`, or `token` in `HF_HOME`.
  private static func storedToken(_ environment: [String: String]) -> String? {
    func path(_ name: String) -> String? {
      guard let value = environment[name], !value.isEmpty else { return nil }
      return value.hasPrefix("~/") ? environment["HOME"].map { $0 + value.dropFirst() } : value
    }
    let caches = path("XDG_CACHE_HOME") ?? environment["HOME"].map { "\($0)/.cache" }
    let home = path("HF_HOME") ?? caches.map { "\($0)/huggingface" }
    guard let file = path("HF_TOKEN_PATH") ?? home.map({ "\($0)/token" }),
      let bytes = try? FileTree.read(file, atMost: 1 << 16)
    else { return nil }
    let token = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    return token.isEmpty ? nil : token
  }

  /// The endpoint's host, for sentences.
  package var host: String { endpoint.host() ?? endpoint.absoluteString }

  /// Whether an address is of the endpoint itself, which the token is for.
  func isEndpoint(_ url: URL) -> Bool {
    url.scheme == endpoint.scheme && url.host()?.lowercased() == endpoint.host()?.lowercased()
      && url.effectivePort == endpoint.effectivePort
  }
}

extension URL {
  /// The one that the scheme stands for where none is named.
  var effectivePort: Int { port ?? (scheme == "http" ? 80 : 443) }
}
