import Foundation
import Store
import System

/// The `limn serve` that the environment names, and how it is reached.
package struct RemoteAddress: Sendable {
  /// `https://studio.example.org:7870`, or the path of a socket.
  package let name: String
  /// What requests begin with.
  let base: String
  /// What it is called in requests where the address does not say so.
  let host: String?
  let token: String?
  let proxies: ProxySettings
  /// Certificates that are trusted in place of the system's.
  let certificates: String?

  private static let longestToken = 1 << 12

  /// - Returns: Nil where `LIMN_HOST` names none: everything is painted here.
  /// - Throws: ``UserError/request(_:)`` where it names no server, or the token cannot be read.
  package init?(environment: [String: String]) throws(UserError) {
    var text = environment["LIMN_HOST"]?.trimmingCharacters(in: .whitespaces) ?? ""
    guard !text.isEmpty else { return nil }
    while text.hasSuffix("/") { text.removeLast() }
    name = text
    if text.hasPrefix("/") {
      // As async-http-client spells sockets.
      let path = text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? text
      (base, host) = ("http+unix://\(path)", "localhost")
    } else {
      guard let url = URL(string: text), ["http", "https"].contains(url.scheme), let name = url.host(), !name.isEmpty,
        url.path.isEmpty, url.query == nil, url.user() == nil
      else {
        throw .request(
          "LIMN_HOST is \"\(text.harmlessName)\"; an address such as https://studio.example.org or http://192.168.1.5:7870 was expected, or the path of a socket."
        )
      }
      (base, host) = (text, nil)
    }
    token = try RemoteAddress.token(environment)
    proxies = try ProxySettings(environment: environment)
    certificates = environment["SSL_CERT_FILE"].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// `LIMN_TOKEN`, or what stands in the file that `LIMN_TOKEN_FILE` names.
  private static func token(_ environment: [String: String]) throws(UserError) -> String? {
    var text = environment["LIMN_TOKEN"] ?? ""
    if text.isEmpty, let file = environment["LIMN_TOKEN_FILE"], !file.isEmpty {
      guard let bytes = try? FileTree.read(file, atMost: longestToken) else {
        throw .request("LIMN_TOKEN_FILE names \(file.harmlessName), which cannot be read.")
      }
      text = String(decoding: bytes, as: UTF8.self)
    }
    text = text.trimmingCharacters(in: .whitespacesAndNewlines)
    // Anything else would end the header that it stands in.
    guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw .request("The token of \(environment["LIMN_HOST"] ?? "") holds characters that no token has.")
    }
    return text.isEmpty ? nil : text
  }

  /// What to say of a token that everybody on the way can read; nil where none can.
  package var warning: String? {
    guard token != nil, base.hasPrefix("http://"), let host = URL(string: base)?.host(),
      host != "localhost", host != "::1", !host.hasPrefix("127.")
    else { return nil }
    return "The token for \(name) goes over the network unencrypted; https:// would keep it."
  }
}
